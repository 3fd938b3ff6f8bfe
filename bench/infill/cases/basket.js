// A shopping basket that merges equal items and knows its total.

class Basket {
  constructor(currency = "EUR") {
    this.currency = currency;
    this.items = new Map();
  }

  // Adds a number of items; the same name at the same price counts as one line.
  add(name, price, count = 1) {
    if (price < 0 || count < 1) {
      throw new RangeError("price and count must be positive");
    }
    const key = `${name}@${price}`;
    const line = this.items.get(key);
    if (line) {
      line.count += count;
    } else {
      this.items.set(key, { name, price, count });
    }
    return this;
  }

  remove(name) {
    for (const [key, line] of this.items) {
      if (line.name === name) {
        this.items.delete(key);
      }
    }
  }

  // The sum in cents, with a discount in percent taken off and rounded.
  total(discount = 0) {
    let sum = 0;
    for (const line of this.items.values()) {
      sum += line.price * line.count;
    }
    return Math.round(sum * (1 - discount / 100));
  }
}

module.exports = { Basket };
