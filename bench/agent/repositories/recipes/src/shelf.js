/** Keeps what was used last. */
export class Shelf {
  #most;
  #kept = new Map();

  constructor(most) {
    this.#most = most;
  }

  take(key, make) {
    if (!this.#kept.has(key)) this.#kept.set(key, make());
    const value = this.#kept.get(key);
    this.#kept.delete(key);
    this.#kept.set(key, value);
    if (this.#kept.size > this.#most) this.#kept.delete(this.#kept.keys().next().value);
    return value;
  }
}
