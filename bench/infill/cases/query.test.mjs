import assert from "node:assert/strict";
import { buildQuery, parseQuery, withQuery } from "./query.js";

assert.deepEqual(parseQuery("?a=1&b=x+y&&c"), { a: "1", b: "x y", c: "" });
assert.deepEqual(parseQuery("k=1&k=2&k=3"), { k: ["1", "2", "3"] });
assert.deepEqual(parseQuery("n%26=%C3%A9"), { "n&": "é" });
assert.deepEqual(parseQuery(""), {});
assert.equal(buildQuery({ b: [1, 2], a: "x&y", c: null, d: undefined, e: 0 }), "a=x%26y&b=1&b=2&e=0");
assert.equal(withQuery("/list?page=2&sort=name", { page: 3 }), "/list?page=3&sort=name");
assert.equal(withQuery("/list", {}), "/list");
assert.equal(withQuery("/list", { q: "a" }), "/list?q=a");
