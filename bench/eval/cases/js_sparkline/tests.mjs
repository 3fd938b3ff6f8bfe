import assert from "node:assert/strict";
import { bar, barChart, condense, fractionOf, sparkline } from "./subject.mjs";

assert.equal(fractionOf(5, 0, 10), 0.5);
assert.equal(fractionOf(-5, 0, 10), 0);
assert.equal(fractionOf(5, 5, 5), 0);
assert.equal(sparkline([]), "");
assert.equal(sparkline([0, 1, 2, 3, 4, 5, 6, 7]), "▁▂▃▄▅▆▇█");
assert.equal(sparkline([3, 3]), "▁▁");
assert.equal(sparkline([5], { min: 0, max: 5 }), "█");
assert.deepEqual(condense([1, 3, 5, 7, 9], 2), [2, 7]);
assert.deepEqual(condense([1, 2], 2), [1, 2]);
assert.equal(bar(5, 10, 4), "██  ");
assert.deepEqual(barChart(new Map([["a", 1], ["bcd", 2]]), { width: 2 }), ["bcd ██ 2", "a   █  1"]);
assert.deepEqual(barChart(new Map()), []);
