/**
 * How much work a team can take on in a sprint. Dates are texts such as `2026-03-02`.
 *
 * @typedef {{from: string, until: string}} Absence both days are included
 * @typedef {{name: string, hoursPerDay?: number, absences?: Absence[]}} Member
 * @typedef {{start: string, end: string, holidays?: string[]}} Sprint `start` and `end` are included
 * @typedef {{title: string, hours: number}} Task
 */

/** The hours of a member for whom nothing else was agreed. */
const DEFAULT_HOURS_PER_DAY = 8;

/** The share of the time that is left for planned work after meetings and support. */
const FOCUS_FACTOR = 0.75;

function nextDay(day) {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + 1);
  return date.toISOString().slice(0, 10);
}

function isWeekend(day) {
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return weekday === 0 || weekday === 6;
}

/**
 * @param {Sprint} sprint
 * @returns {string[]} the days on which the team works
 */
export function workingDays({ start, end, holidays = [] }) {
  const days = [];
  for (let day = start; day <= end; day = nextDay(day)) {
    if (!isWeekend(day) && !holidays.includes(day)) {
      days.push(day);
    }
  }
  return days;
}

/**
 * @param {Member} member
 * @param {string} day
 * @returns {boolean}
 */
export function isAbsent({ absences = [] }, day) {
  return absences.some(({ from, until }) => from <= day && day <= until);
}

/**
 * @param {Member} member
 * @param {Sprint} sprint
 * @returns {number} all hours for which the member is there during the sprint
 */
export function memberHours(member, sprint) {
  const days = workingDays(sprint).filter((day) => !isAbsent(member, day));
  return (member.hoursPerDay ?? DEFAULT_HOURS_PER_DAY) * days.length;
}

/**
 * @param {Member[]} members
 * @param {Sprint} sprint
 * @returns {number} the hours of the whole team for planned work, rounded down
 */
export function teamCapacity(members, sprint) {
  const hours = members.reduce((sum, member) => sum + memberHours(member, sprint), 0);
  return Math.floor(hours * FOCUS_FACTOR);
}

/**
 * Divides a backlog into what fits into the capacity and what does not. A task that is too large
 * for what is left is skipped, so that a smaller one after it may still fit.
 *
 * @param {Task[]} backlog the most important task first
 * @param {number} capacity in hours
 * @returns {{planned: Task[], remaining: Task[]}}
 */
export function planSprint(backlog, capacity) {
  const planned = [];
  const remaining = [];
  let left = capacity;
  for (const task of backlog) {
    if (task.hours <= left) {
      planned.push(task);
      left -= task.hours;
    } else {
      remaining.push(task);
    }
  }
  return { planned, remaining };
}
