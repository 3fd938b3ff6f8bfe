import assert from "node:assert/strict";
import { chunk, groupBy, sortBy, uniqueBy } from "./arrays.js";

assert.deepEqual(chunk([1, 2, 3, 4, 5], 2), [[1, 2], [3, 4], [5]]);
assert.deepEqual(chunk([], 3), []);
assert.deepEqual(groupBy(["one", "two", "three"], (word) => word.length), { 3: ["one", "two"], 5: ["three"] });
const people = [
  { name: "Bo", age: 30 },
  { name: "Al", age: 30 },
  { name: "Cy", age: 25 },
];
const before = JSON.stringify(people);
assert.deepEqual(uniqueBy(people, (each) => each.age).map((each) => each.name), ["Bo", "Cy"]);
assert.deepEqual(sortBy(people, "age", "name").map((each) => each.name), ["Cy", "Al", "Bo"]);
assert.deepEqual(sortBy(people, "-age", "-name").map((each) => each.name), ["Bo", "Al", "Cy"]);
assert.deepEqual(sortBy(people, "-age").map((each) => each.name), ["Bo", "Al", "Cy"]);
assert.equal(JSON.stringify(people), before);
