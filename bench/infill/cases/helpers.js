// Small helpers for functions and lists.

// A function that runs once; later calls get the first result.
function once(work) {
  let done = false;
  let result;
  return (...values) => {
    if (!done) {
      result = work(...values);
      done = true;
    }
    return result;
  };
}

// The items in groups by what `keyOf` says of each.
function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    if (!groups.has(key)) {
      groups.set(key, []);
    }
    groups.get(key).push(item);
  }
  return groups;
}

// Pieces of at most `size` items.
function chunks(items, size) {
  const pieces = [];
  for (let start = 0; start < items.length; start += size) {
    pieces.push(items.slice(start, start + size));
  }
  return pieces;
}

function range(start, end, step = 1) {
  const numbers = [];
  for (let number = start; step > 0 ? number < end : number > end; number += step) {
    numbers.push(number);
  }
  return numbers;
}

module.exports = { once, groupBy, chunks, range };
