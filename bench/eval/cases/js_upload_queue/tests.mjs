import assert from "node:assert/strict";
import { UploadQueue } from "./subject.mjs";

assert.throws(() => new UploadQueue(0), RangeError);
const queue = new UploadQueue(2);
await queue.whenIdle();
const started = [];
let running = 0;
let most = 0;
const task = (name) => async () => {
  started.push(name);
  most = Math.max(most, ++running);
  await new Promise((resolve) => setTimeout(resolve, 5));
  running -= 1;
  if (name === "b") throw new Error("refused");
  return name.toUpperCase();
};
const results = ["a", "b", "c", "d", "e"].map((name) => queue.add(task(name)));
const settled = Promise.allSettled(results);
assert.equal(queue.waiting, 3);
await queue.whenIdle();
assert.equal(running, 0);
assert.equal(most, 2);
assert.deepEqual((await settled).map((item) => item.value ?? item.reason.message), ["A", "refused", "C", "D", "E"]);
assert.deepEqual(started, ["a", "b", "c", "d", "e"]);
