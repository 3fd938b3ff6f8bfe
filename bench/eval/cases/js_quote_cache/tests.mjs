import assert from "node:assert/strict";
import { QuoteCache } from "./subject.mjs";

let now = 0;
let calls = 0;
const load = async (sku, currency) => {
  calls += 1;
  return currency === "EUR" ? 10 : 12;
};
const cache = new QuoteCache(load, 1000, () => now);
assert.equal(await cache.quote("a", "EUR"), 10);
assert.equal(await cache.quote("a", "EUR"), 10);
assert.equal(calls, 1);
assert.equal(await cache.quote("a", "USD"), 12);
now = 1000;
assert.equal(cache.sweep(), 2);
assert.equal(await cache.quote("a", "EUR"), 10);
assert.equal(calls, 3);
