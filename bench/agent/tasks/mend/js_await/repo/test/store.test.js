import assert from "node:assert/strict";
import test from "node:test";
import { Disk } from "../src/disk.js";
import { Store } from "../src/store.js";

test("what was set is there", async () => {
  const store = new Store(new Disk());
  await store.set("a", [1]);
  assert.deepEqual(await store.get("a"), [1]);
});

test("what wasn't is filled in", async () => {
  const store = new Store(new Disk());
  await store.set("a", 1);
  await store.fill({ a: 2, b: 3 });
  assert.equal(await store.get("a"), 1);
  assert.equal(await store.get("b"), 3);
});
