const assert = require("node:assert");
const { parseQuery, formatQuery } = require("./query.js");

assert.deepEqual(parseQuery(""), {});
assert.deepEqual(parseQuery("?a=1&b=x%20y&c"), { a: "1", b: "x y", c: "" });
assert.deepEqual(parseQuery("a=1&a=2&a=3"), { a: ["1", "2", "3"] });
assert.equal(formatQuery({}), "");
assert.equal(formatQuery({ a: 1, b: ["x y", "z"] }), "?a=1&b=x%20y&b=z");
assert.deepEqual(parseQuery(formatQuery({ "k&": "v=" })), { "k&": "v=" });
