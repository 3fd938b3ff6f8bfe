import assert from "node:assert/strict";
import test from "node:test";
import { Shop } from "../src/shop.js";

const shop = new Shop("shop.example");

test("a word", () => {
  assert.equal(shop.search("tea"), "https://shop.example/search?q=tea");
});

test("an ampersand", () => {
  assert.equal(new URL(shop.search("salt & pepper")).searchParams.get("q"), "salt & pepper");
});

test("tags", () => {
  assert.equal(shop.search("tea", { page: 2, tags: ["a", "b"] }), "https://shop.example/search?q=tea&page=2&tag=a&tag=b");
});
