import assert from "node:assert/strict";
import { test } from "node:test";
import { render } from "../src/render.js";

test("values", () => {
  assert.equal(render("Hello {{ user.name }}!", { user: { name: "Ada" } }), "Hello Ada!");
});

test("missing values are empty", () => {
  assert.equal(render("[{{a.b.c}}]", { a: {} }), "[]");
});

test("markup is escaped", () => {
  assert.equal(render("<p>{{text}}</p>", { text: "a < b" }), "<p>a &lt; b</p>");
});

test("raw values aren't escaped", () => {
  assert.equal(render("{{{text}}}", { text: "<b>" }), "<b>");
});
