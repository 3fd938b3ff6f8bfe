import assert from "node:assert/strict";
import test from "node:test";
import { shown } from "../src/price.js";

test("both sides of nothing", () => {
  assert.equal(shown(0), "0.00");
  assert.equal(shown(5), "0.05");
  assert.equal(shown(-5), "-0.05");
  assert.equal(shown(-100), "-1.00");
  assert.equal(shown(-123456), "-1,234.56");
  assert.equal(shown(99999), "999.99");
});
