import assert from "node:assert/strict";
import test from "node:test";
import { address } from "../src/address.js";

test("whatever is in a value", () => {
  for (const value of ["a=b", "50 % + 1", "#x", "ä/ö?", ""]) {
    const found = new URL(address("https://x.example/", { "k&": value })).searchParams;
    assert.equal(found.get("k&"), value);
  }
});

test("no fields", () => {
  assert.equal(address("https://x.example/", { a: undefined }), "https://x.example/");
  assert.equal(address("https://x.example/", { a: 0 }), "https://x.example/?a=0");
});
