import assert from "node:assert/strict";
import { isAbsent, memberHours, planSprint, teamCapacity, workingDays } from "./subject.mjs";

const sprint = { start: "2026-02-27", end: "2026-03-04", holidays: ["2026-03-03"] };
assert.deepEqual(workingDays(sprint), ["2026-02-27", "2026-03-02", "2026-03-04"]);
const ann = { name: "Ann", absences: [{ from: "2026-03-01", until: "2026-03-02" }] };
const ben = { name: "Ben", hoursPerDay: 5 };
assert.ok(isAbsent(ann, "2026-03-02") && !isAbsent(ann, "2026-03-03") && !isAbsent(ben, "2026-03-02"));
assert.equal(memberHours(ann, sprint), 16);
assert.equal(memberHours(ben, sprint), 15);
assert.equal(memberHours({ name: "Cleo", hoursPerDay: 0 }, sprint), 0);
assert.equal(teamCapacity([ann, ben], sprint), 23);
const tasks = [8, 20, 4].map((hours) => ({ title: `${hours}`, hours }));
const { planned, remaining } = planSprint(tasks, 12);
assert.deepEqual([planned, remaining], [[tasks[0], tasks[2]], [tasks[1]]]);
