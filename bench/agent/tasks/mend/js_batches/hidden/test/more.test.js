import assert from "node:assert/strict";
import test from "node:test";
import { batches } from "../src/batches.js";

test("bounds", () => {
  assert.deepEqual(batches([], 2), []);
  assert.deepEqual(batches([1], 2), [[1]]);
  assert.deepEqual(batches([1, 2, 3, 4], 2), [[1, 2], [3, 4]]);
  assert.deepEqual(batches([1, 2, 3, 4, 5], 2), [[1, 2], [3, 4], [5]]);
  assert.throws(() => batches([1], 0), RangeError);
});
