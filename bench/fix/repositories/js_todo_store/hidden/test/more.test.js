import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY, reduce } from "../src/reducer.js";

test("toggle leaves the old state and the others as they are", () => {
  const before = { ...EMPTY, items: [{ id: 1, text: "a", done: true }, { id: 2, text: "b", done: true }] };
  const after = reduce(before, { type: "toggle", id: 1 });
  assert.deepEqual(after.items.map((item) => item.done), [false, true]);
  assert.equal(before.items[0].done, true);
});

test("unknown actions change nothing", () => {
  assert.equal(reduce(EMPTY, { type: "x" }), EMPTY);
});
