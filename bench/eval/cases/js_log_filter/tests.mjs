import assert from "node:assert/strict";
import { atLeast, containing, mark, parseEntry, parseLog, withContext } from "./subject.mjs";

const entries = parseLog(
  [
    "left over",
    "2026-02-01T10:00:00Z INFO started",
    "2026-02-01T10:00:01Z WARN Disk is almost full",
    "2026-02-01T10:00:02Z ERROR disk is full (sda.1)",
    "  at write",
    "2026-02-01T10:00:03Z DEBUG idle",
    "",
  ].join("\n"),
);
assert.equal(parseEntry("2026-02-01T10:00:00Z NOTE x"), null);
assert.equal(entries.length, 4);
assert.equal(entries[2].message, "disk is full (sda.1)\n  at write");
assert.deepEqual(atLeast(entries, "warn"), entries.slice(1, 3));
assert.throws(() => atLeast(entries, "loud"), RangeError);
assert.deepEqual(containing(entries, "disk"), entries.slice(1, 3));
assert.deepEqual(containing(entries, "(SDA.1)"), [entries[2]]);
assert.deepEqual(containing(entries, "a.m"), []);
assert.equal(mark("Disk, disk", "disk"), "[Disk], [disk]");
assert.deepEqual(withContext(entries, [entries[0], entries[2]], 1), [
  { entry: entries[0], context: [] },
  { entry: entries[2], context: [entries[1]] },
]);
