import assert from "node:assert/strict";
import { latencyPercentile } from "./subject.mjs";

assert.equal(latencyPercentile([], 50), null);
assert.equal(latencyPercentile([30, 20, 10, 40], 50), 20);
assert.equal(latencyPercentile([9, 100, 25], 100), 100);
assert.throws(() => latencyPercentile([1], 0), RangeError);
