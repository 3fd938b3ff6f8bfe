import assert from "node:assert/strict";
import test from "node:test";
import { bill } from "../src/bill.js";

test("a bill", () => {
  assert.equal(bill([{ name: "sofa", cents: 123450 }]), "sofa: 1,234.50\nsum: 1,234.50");
});

test("a credit", () => {
  assert.equal(bill([{ name: "credit", cents: -50 }]), "credit: -0.50\nsum: -0.50");
});
