/**
 * Billing periods, which are calendar months in UTC.
 *
 * @typedef {{year: number, month: number}} Period the month counts from 1 (January) to 12
 */

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * @param {string} id for instance `2026-03`
 * @returns {Period}
 * @throws {RangeError} if this is not the id of a period
 */
export function parsePeriod(id) {
  const match = /^(20\d{2})-(0[1-9]|1[0-2])$/.exec(id);
  if (match === null) {
    throw new RangeError(`not a billing period: ${id}`);
  }
  return { year: Number(match[1]), month: Number(match[2]) };
}

/**
 * The inverse of `parsePeriod`.
 *
 * @param {Period} period
 * @returns {string}
 */
export function formatPeriod({ year, month }) {
  return `${year}-${String(month).padStart(2, "0")}`;
}

/**
 * @param {Date} date
 * @returns {Period} the period to which a moment belongs
 */
export function periodOf(date) {
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1 };
}

/**
 * @param {Period} period
 * @returns {Period} the period after this one
 */
export function nextPeriod({ year, month }) {
  return month === 12 ? { year: year + 1, month: 1 } : { year, month: month + 1 };
}

/**
 * @param {Period} period
 * @returns {Date} midnight at the beginning of its first day
 */
export function startOf({ year, month }) {
  return new Date(Date.UTC(year, month - 1, 1));
}

/**
 * @param {Period} period
 * @returns {number} how many days it has
 */
export function daysIn(period) {
  return (startOf(nextPeriod(period)).getTime() - startOf(period).getTime()) / DAY_MS;
}

/**
 * What a subscription costs in the period in which it begins: the first day of the subscription
 * and all later days of the period are charged.
 *
 * @param {number} monthlyCents the price of a whole period
 * @param {Date} begin
 * @returns {number} whole cents
 */
export function firstCharge(monthlyCents, begin) {
  const period = periodOf(begin);
  const days = daysIn(period);
  const charged = days - begin.getUTCDate() + 1;
  return Math.round((monthlyCents * charged) / days);
}

/**
 * @param {Date} from
 * @param {Date} to
 * @returns {string[]} the ids of all periods from that of `from` to that of `to`, both included
 */
export function periodsBetween(from, to) {
  const ids = [];
  for (let period = periodOf(from); startOf(period) <= to; period = nextPeriod(period)) {
    ids.push(formatPeriod(period));
  }
  return ids;
}
