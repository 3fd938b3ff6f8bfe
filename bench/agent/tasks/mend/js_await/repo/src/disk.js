/** Files that are slow. */
export class Disk {
  #files = new Map();

  async read(name) {
    await null;
    return this.#files.get(name);
  }

  async write(name, text) {
    await null;
    this.#files.set(name, text);
  }
}
