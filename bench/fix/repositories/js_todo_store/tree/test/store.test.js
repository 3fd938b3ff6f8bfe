import assert from "node:assert/strict";
import { test } from "node:test";
import { left, shown } from "../src/select.js";
import { createStore } from "../src/store.js";

function filled() {
  const store = createStore();
  store.dispatch({ type: "add", text: " milk " });
  store.dispatch({ type: "add", text: "bread" });
  return store;
}

test("add", () => {
  assert.deepEqual(filled().state.items.map((item) => item.text), ["milk", "bread"]);
});

test("an item that is toggled twice is open again", () => {
  const store = filled();
  store.dispatch({ type: "toggle", id: 1 });
  store.dispatch({ type: "toggle", id: 1 });
  assert.equal(left(store.state), 2);
});

test("only open ones are shown", () => {
  const store = filled();
  store.dispatch({ type: "toggle", id: 2 });
  store.dispatch({ type: "show", filter: "open" });
  assert.deepEqual(shown(store.state).map((item) => item.id), [1]);
});

test("listeners hear of changes", () => {
  const store = filled();
  const heard = [];
  const stop = store.subscribe((state) => heard.push(state.items.length));
  store.dispatch({ type: "remove", id: 1 });
  stop();
  store.dispatch({ type: "remove", id: 2 });
  assert.deepEqual(heard, [1]);
});
