import assert from "node:assert/strict";
import { daysIn, firstCharge, formatPeriod, nextPeriod, parsePeriod, periodOf, periodsBetween } from "./subject.mjs";

assert.deepEqual(parsePeriod("2026-03"), { year: 2026, month: 3 });
assert.throws(() => parsePeriod("2026-13"), RangeError);
assert.equal(formatPeriod({ year: 2026, month: 3 }), "2026-03");
assert.deepEqual(nextPeriod({ year: 2025, month: 12 }), { year: 2026, month: 1 });
assert.equal(daysIn({ year: 2028, month: 2 }), 29);
assert.equal(daysIn({ year: 2025, month: 12 }), 31);
assert.deepEqual(periodOf(new Date("2026-01-31T23:59:59Z")), { year: 2026, month: 1 });
assert.equal(firstCharge(2800, new Date("2026-02-15T10:00:00Z")), 1400);
assert.equal(firstCharge(3100, new Date("2026-03-01T00:00:00Z")), 3100);
assert.deepEqual(periodsBetween(new Date("2025-11-30T12:00:00Z"), new Date("2026-01-01T00:00:00Z")), [
  "2025-11",
  "2025-12",
  "2026-01",
]);
