import assert from "node:assert/strict";
import { cartTotals, discountFor, formatAmount } from "./subject.mjs";

const lines = [
  { sku: "a", unitPrice: 1000, quantity: 2 },
  { sku: "b", unitPrice: 500, quantity: 1 },
];
assert.deepEqual(cartTotals(lines, null, 0.2), { gross: 2500, discount: 0, net: 2500, tax: 500, total: 3000 });
assert.deepEqual(cartTotals(lines, { kind: "percent", value: 10 }, 0.2), {
  gross: 2500,
  discount: 250,
  net: 2250,
  tax: 450,
  total: 2700,
});
assert.equal(discountFor(300, { kind: "fixed", value: 500 }), 300);
assert.equal(formatAmount(1250, "EUR"), "12.50 EUR");
