/**
 * Caches price quotes of the pricing service for a while.
 */
export class QuoteCache {
  #entries = new Map();
  #loadQuote;
  #maxAgeMs;
  #now;

  /**
   * @param {(sku: string, currency: string) => Promise<number>} loadQuote resolves to the price
   * @param {number} maxAgeMs how long a quote may be used
   * @param {() => number} now the current time in milliseconds
   */
  constructor(loadQuote, maxAgeMs, now = Date.now) {
    this.#loadQuote = loadQuote;
    this.#maxAgeMs = maxAgeMs;
    this.#now = now;
  }

  /**
   * @param {string} sku
   * @param {string} currency
   * @returns {Promise<number>} the price of the article in the given currency
   */
  async quote(sku, currency) {
    const key = JSON.stringify([sku, currency]);
    const entry = this.#entries.get(key);
    if (entry !== undefined && this.#isFresh(entry)) {
      return entry.price;
    }
    const price = await this.#loadQuote(sku, currency);
    this.#entries.set(key, { price, loadedAt: this.#now() });
    return price;
  }

  /** Removes the quotes that are too old; returns how many these were. */
  sweep() {
    const before = this.#entries.size;
    for (const [key, entry] of this.#entries) {
      if (!this.#isFresh(entry)) {
        this.#entries.delete(key);
      }
    }
    return before - this.#entries.size;
  }

  #isFresh(entry) {
    return this.#now() - entry.loadedAt < this.#maxAgeMs;
  }
}
