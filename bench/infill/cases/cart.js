/** A shopping cart. Prices are whole cents. */
export class Cart {
  constructor() {
    this.lines = new Map();
    this.discounts = [];
  }

  /** Adds an item, or raises the quantity of one that is already there. */
  add(item, quantity = 1) {
    if (quantity <= 0) {
      throw new RangeError("quantity must be positive");
    }
    const line = this.lines.get(item.id);
    if (line) {
      line.quantity += quantity;
    } else {
      this.lines.set(item.id, { item, quantity });
    }
  }

  /** Takes some of an item out; the line disappears when nothing is left. */
  remove(id, quantity = 1) {
    const line = this.lines.get(id);
    if (!line) return;
    line.quantity -= quantity;
    if (line.quantity <= 0) {
      this.lines.delete(id);
    }
  }

  /** A discount of some percent from a least subtotal on. */
  addDiscount(percent, from = 0) {
    this.discounts.push({ percent, from });
  }

  get count() {
    return [...this.lines.values()].reduce((sum, line) => sum + line.quantity, 0);
  }

  get subtotal() {
    let sum = 0;
    for (const { item, quantity } of this.lines.values()) {
      sum += item.price * quantity;
    }
    return sum;
  }

  /** The subtotal less the best discount that applies, rounded to a cent. */
  get total() {
    const usable = this.discounts.filter((discount) => this.subtotal >= discount.from);
    const percent = Math.max(0, ...usable.map((discount) => discount.percent));
    return Math.round((this.subtotal * (100 - percent)) / 100);
  }
}
