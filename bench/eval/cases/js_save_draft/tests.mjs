import assert from "node:assert/strict";
import { saveDraft } from "./subject.mjs";

const draft = { id: "a b", text: "hello" };
const queue = [];
const online = { post: async (path) => (assert.equal(path, "/drafts/a%20b"), { revision: 4 }) };
assert.deepEqual(await saveDraft(online, queue, draft), { revision: 4 });
assert.equal(queue.length, 0);
const offline = {
  post: async () => {
    throw new Error("offline");
  },
};
assert.deepEqual(await saveDraft(offline, queue, draft), { revision: null });
assert.deepEqual(queue, [draft]);
