/** Values by their keys, on a disk. */
export class Store {
  #disk;

  constructor(disk) {
    this.#disk = disk;
  }

  async set(key, value) {
    await this.#disk.write(`${key}.json`, JSON.stringify(value));
  }

  async get(key) {
    const text = await this.#disk.read(`${key}.json`);
    return text === undefined ? undefined : JSON.parse(text);
  }

  async has(key) {
    return (await this.get(key)) !== undefined;
  }

  /** Sets what isn't there yet. */
  async fill(values) {
    for (const [key, value] of Object.entries(values)) {
      if (!(await this.has(key))) await this.set(key, value);
    }
  }
}
