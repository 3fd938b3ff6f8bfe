import assert from "node:assert/strict";
import { test } from "node:test";
import { escapeHtml } from "../src/escape.js";

test("all characters", () => {
  assert.equal(escapeHtml('<a href="x">&</a>'), "&lt;a href=&quot;x&quot;&gt;&amp;&lt;/a&gt;");
  assert.equal(escapeHtml("&lt;"), "&amp;lt;");
  assert.equal(escapeHtml(5), "5");
});
