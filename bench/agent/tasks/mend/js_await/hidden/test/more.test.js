import assert from "node:assert/strict";
import test from "node:test";
import { Disk } from "../src/disk.js";
import { Store } from "../src/store.js";

test("has", async () => {
  const store = new Store(new Disk());
  assert.equal(await store.has("a"), false);
  await store.set("a", 0);
  assert.equal(await store.has("a"), true);
  await store.set("b", null);
  assert.equal(await store.has("b"), true);
});
