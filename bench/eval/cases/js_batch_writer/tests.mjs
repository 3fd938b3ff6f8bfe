import assert from "node:assert/strict";
import { BatchWriter, WriterClosedError, copyRows } from "./subject.mjs";

class MemorySink {
  batches = [];
  closed = 0;
  refuse = false;
  async insert(rows) {
    if (this.refuse) throw new Error("refused");
    this.batches.push(rows.map((row) => row.id));
  }
  async close() {
    this.closed += 1;
  }
}

let sink = new MemorySink();
assert.throws(() => new BatchWriter(sink, 0), RangeError);
const rows = [1, 2, 3, 4, 5].map((id) => ({ id }));
assert.equal(await copyRows(rows, sink, { size: 2 }), 5);
assert.deepEqual([sink.batches, sink.closed], [[[1, 2], [3, 4], [5]], 1]);
sink = new MemorySink();
const transform = (row) => (row.id % 2 === 0 ? { id: -row.id } : null);
assert.equal(await copyRows(rows, sink, { size: 2, transform }), 2);
assert.deepEqual([sink.batches, sink.closed], [[[-2, -4]], 1]);
sink = new MemorySink();
const writer = new BatchWriter(sink, 2);
await writer.write({ id: 1 });
assert.deepEqual([writer.pending, writer.written], [1, 0]);
sink.refuse = true;
await assert.rejects(writer.write({ id: 2 }), /refused/);
assert.equal(writer.pending, 2);
sink.refuse = false;
await writer.close();
await writer.close();
assert.deepEqual([sink.batches, sink.closed, writer.pending], [[[1, 2]], 1, 0]);
await assert.rejects(writer.write({ id: 3 }), WriterClosedError);
