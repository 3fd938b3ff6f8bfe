import assert from "node:assert/strict";
import { PanelResizer } from "./subject.mjs";

class Root extends EventTarget {
  listeners = new Set();
  addEventListener(type, listener) {
    this.listeners.add(`${type} ${listenerId(listener)}`);
    super.addEventListener(type, listener);
  }
  removeEventListener(type, listener) {
    this.listeners.delete(`${type} ${listenerId(listener)}`);
    super.removeEventListener(type, listener);
  }
}
const ids = new Map();
const listenerId = (listener) => ids.get(listener) ?? ids.set(listener, ids.size).get(listener);
const at = (type, clientX) => Object.assign(new Event(type), { clientX });
const key = (name) => Object.assign(new Event("keydown"), { key: name });

const handle = new EventTarget();
const root = new Root();
const widths = [];
const panel = new PanelResizer(handle, root, 200, { max: 300, onResize: (width) => widths.push(width) });
root.dispatchEvent(at("pointermove", 50));
handle.dispatchEvent(at("pointerdown", 10));
assert.ok(panel.dragging);
root.dispatchEvent(at("pointermove", 60));
root.dispatchEvent(at("pointermove", 500));
root.dispatchEvent(at("pointermove", 600));
root.dispatchEvent(at("pointerup", 600));
assert.ok(!panel.dragging);
assert.deepEqual(widths, [250, 300]);
assert.equal(root.listeners.size, 0);
handle.dispatchEvent(key("ArrowLeft"));
assert.equal(panel.width, 284);
handle.dispatchEvent(key("ArrowRight"));
assert.equal(panel.width, 300);
handle.dispatchEvent(at("pointerdown", 10));
panel.dispose();
handle.dispatchEvent(at("pointerdown", 10));
handle.dispatchEvent(key("ArrowLeft"));
assert.equal(panel.width, 300);
assert.equal(root.listeners.size, 0);
