/**
 * Client of the geocoding service.
 *
 * @typedef {{label: string, latitude: number, longitude: number}} Address
 */

export class GeocoderError extends Error {
  /**
   * @param {string} message
   * @param {{status?: number, cause?: unknown}} details
   */
  constructor(message, { status, cause } = {}) {
    super(message, { cause });
    this.name = "GeocoderError";
    this.status = status;
  }

  /** Whether the same request may succeed later. */
  get temporary() {
    return this.status === undefined || this.status === 429 || this.status >= 500;
  }
}

function toAddress({ display_name: label, lat, lon }) {
  return { label, latitude: Number(lat), longitude: Number(lon) };
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class GeocoderClient {
  #baseUrl;
  #timeoutMs;
  #attempts;
  #pauseMs;
  #fetch;

  /**
   * @param {string} baseUrl
   * @param {object} options
   * @param {number} [options.timeoutMs] how long one attempt may take; by default ten seconds
   * @param {number} [options.attempts] how often a request is sent at most; by default three times
   * @param {number} [options.pauseMs] how long to wait before another attempt; by default half a second
   * @param {typeof fetch} [options.fetch] what sends the requests
   */
  constructor(baseUrl, { timeoutMs = 10_000, attempts = 3, pauseMs = 500, fetch = globalThis.fetch } = {}) {
    this.#baseUrl = baseUrl.replace(/\/+$/, "");
    this.#timeoutMs = timeoutMs;
    this.#attempts = attempts;
    this.#pauseMs = pauseMs;
    this.#fetch = fetch;
  }

  /**
   * @param {string} text an address as a person writes it
   * @param {number} limit how many results are wanted at most
   * @returns {Promise<Address[]>} the best result first
   */
  async search(text, limit = 5) {
    const query = new URLSearchParams({ q: text, limit: String(limit), format: "json" });
    const results = await this.#get(`/search?${query}`);
    return results.map(toAddress);
  }

  /**
   * @param {number} latitude
   * @param {number} longitude
   * @returns {Promise<Address | null>} the address nearest to a place; null if there is none
   */
  async reverse(latitude, longitude) {
    const query = new URLSearchParams({ lat: String(latitude), lon: String(longitude), format: "json" });
    const result = await this.#get(`/reverse?${query}`);
    return "error" in result ? null : toAddress(result);
  }

  /** Fetches JSON. Temporary errors are tried again until there are no attempts left. */
  async #get(path) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#getOnce(path);
      } catch (error) {
        if (!error.temporary || attempt >= this.#attempts) {
          throw error;
        }
      }
      await wait(this.#pauseMs);
    }
  }

  /** Fetches JSON in one attempt; every failure becomes a GeocoderError. */
  async #getOnce(path) {
    const send = this.#fetch;
    let response;
    let body;
    try {
      response = await send(this.#baseUrl + path, { signal: AbortSignal.timeout(this.#timeoutMs) });
      body = response.ok ? await response.json() : undefined;
    } catch (cause) {
      throw new GeocoderError("the geocoding service did not answer", { cause });
    }
    if (!response.ok) {
      throw new GeocoderError(`the geocoding service answered ${response.status}`, { status: response.status });
    }
    return body;
  }
}
