const assert = require("node:assert");
const { Basket } = require("./basket.js");

const basket = new Basket();
assert.equal(basket.currency, "EUR");
basket.add("tea", 250, 2).add("tea", 250).add("mug", 900);
assert.equal(basket.items.size, 2);
assert.equal(basket.total(), 1650);
assert.equal(basket.total(10), 1485);
basket.remove("tea");
assert.equal(basket.total(), 900);
assert.throws(() => basket.add("x", -1), RangeError);
assert.throws(() => basket.add("x", 1, 0), RangeError);
