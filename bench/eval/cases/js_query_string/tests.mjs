import assert from "node:assert/strict";
import { withQuery } from "./subject.mjs";

assert.equal(withQuery("/s", {}), "/s");
assert.equal(withQuery("/s", { a: 1, b: null, c: ["x", "y"] }), "/s?a=1&c=x&c=y");
assert.equal(withQuery("/s", { q: "R&D #1" }), "/s?q=R%26D%20%231");
