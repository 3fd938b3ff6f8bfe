import assert from "node:assert/strict";
import test from "node:test";
import { sendAll } from "../src/letters.js";

test("six letters", async () => {
  const sent = [];
  assert.equal(await sendAll([1, 2, 3, 4, 5, 6], async (one) => sent.push(one)), 6);
  assert.deepEqual(sent, [1, 2, 3, 4, 5, 6]);
});

test("seven letters", async () => {
  const sent = [];
  await sendAll([1, 2, 3, 4, 5, 6, 7], async (one) => sent.push(one));
  assert.deepEqual(sent, [1, 2, 3, 4, 5, 6, 7]);
});
