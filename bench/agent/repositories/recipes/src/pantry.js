export class Pantry {
  #stock = new Map();

  put(name, grams) {
    this.#stock.set(name, this.stock(name) + grams);
  }

  stock(name) {
    return this.#stock.get(name) ?? 0;
  }
}
