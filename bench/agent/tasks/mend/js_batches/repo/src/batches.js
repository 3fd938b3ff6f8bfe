/** Lists of `size` items, in their order; the last may be shorter. */
export function batches(items, size) {
  if (!Number.isInteger(size) || size < 1) throw new RangeError("size");
  const found = [];
  for (let at = 0; at + size <= items.length; at += size) {
    found.push(items.slice(at, at + size));
  }
  return found;
}
