import assert from "node:assert/strict";
import { serverOptions } from "./subject.mjs";

assert.deepEqual(serverOptions(), { host: "127.0.0.1", port: 8080, keepAliveMs: 5000 });
assert.deepEqual(serverOptions({ port: 0, keepAliveMs: 0 }), { host: "127.0.0.1", port: 0, keepAliveMs: 0 });
assert.throws(() => serverOptions({ port: 70000 }), RangeError);
