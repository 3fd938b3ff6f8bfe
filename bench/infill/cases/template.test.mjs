import assert from "node:assert/strict";
import { escapeHtml, render, renderList, valueAt } from "./template.js";

assert.equal(escapeHtml(`<a href="x">'&'</a>`), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
assert.equal(escapeHtml(5), "5");
assert.equal(valueAt({ a: { b: [7] } }, "a.b.0"), 7);
assert.equal(valueAt({ a: null }, "a.b.c"), undefined);
assert.equal(render("Hi {{ user.name }}!", { user: { name: "<Bo>" } }), "Hi &lt;Bo&gt;!");
assert.equal(render("{{{html}}}|{{none}}|{{zero}}", { html: "<b>", zero: 0 }), "<b>||0");
assert.equal(renderList("{{index}}. {{name}}", [{ name: "a" }, { name: "b" }]), "1. a\n2. b");
assert.equal(renderList("{{name}}", [{ name: "a" }, { name: "b" }], ", "), "a, b");
