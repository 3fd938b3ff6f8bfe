/** Everyday helpers for arrays; none changes its argument. */

/** Splits an array into pieces of `size`; the last may be shorter. */
export function chunk(items, size) {
  const chunks = [];
  for (let start = 0; start < items.length; start += size) {
    chunks.push(items.slice(start, start + size));
  }
  return chunks;
}

/** An object from each key to the array of items that have it. */
export function groupBy(items, keyOf) {
  const groups = {};
  for (const item of items) {
    const key = keyOf(item);
    if (!groups[key]) {
      groups[key] = [];
    }
    groups[key].push(item);
  }
  return groups;
}

/** The first item of each key, in the order of the array. */
export function uniqueBy(items, keyOf) {
  const seen = new Set();
  return items.filter((item) => {
    const key = keyOf(item);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** A sorted copy, by several properties; a leading "-" means descending. */
export function sortBy(items, ...names) {
  return [...items].sort((first, second) => {
    for (const name of names) {
      const down = name.startsWith("-");
      const key = down ? name.slice(1) : name;
      if (first[key] === second[key]) continue;
      const order = first[key] < second[key] ? -1 : 1;
      return down ? -order : order;
    }
    return 0;
  });
}
