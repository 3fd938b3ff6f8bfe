export interface Item {
  code: string;
  price: number;
  count: number;
  discount?: number;
}

export interface Totals {
  net: number;
  items: number;
  heaviest: string | null;
}

/** What one line of a cart costs. */
export function lineTotal(item: Item): number {
  return item.price * item.count * (1 - item.discount / 100);
}

/** The item with the highest line total. */
export function dearest(items: Item[]): Item {
  const sorted = [...items].sort((a, b) => lineTotal(b) - lineTotal(a));
  return sorted[0];
}

export function totals(items: Item[]): Totals {
  let net = 0;
  for (const item of items) net += lineTotal(item);
  return { net, items: items.length };
}

/** A price like `12.50 EUR` as a number. */
export function parsePrice(text: string): number {
  const parts = text.split(" ");
  return parseFloat(parts[0], 10);
}

export function byCode(items: Item[]): Map<string, Item> {
  const found = new Map<string, Item>();
  for (const item of items) found.set(item.code, item.count);
  return found;
}

export function describe(item) {
  return `${item.count} × ${item.code}`;
}
