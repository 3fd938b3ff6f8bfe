const assert = require("node:assert");
const { once, groupBy, chunks, range } = require("./helpers.js");

let calls = 0;
const first = once((value) => {
  calls += 1;
  return value * 2;
});
assert.equal(first(4), 8);
assert.equal(first(9), 8);
assert.equal(calls, 1);
const groups = groupBy(["ab", "c", "de"], (word) => word.length);
assert.deepEqual([...groups], [[2, ["ab", "de"]], [1, ["c"]]]);
assert.deepEqual(chunks([1, 2, 3, 4, 5], 2), [[1, 2], [3, 4], [5]]);
assert.deepEqual(range(0, 3), [0, 1, 2]);
assert.deepEqual(range(3, 0, -1), [3, 2, 1]);
