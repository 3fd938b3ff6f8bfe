import assert from "node:assert/strict";
import { exportName } from "./subject.mjs";

assert.equal(exportName("Orders (open)", new Date("2024-03-09T23:30:00Z")), "orders-open-2024-03-09.csv");
assert.equal(exportName("?!", new Date("2023-12-31T00:00:00Z"), "json"), "export-2023-12-31.json");
