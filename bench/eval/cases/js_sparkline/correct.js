/** Small charts of plain text for reports in the terminal. The series must not contain NaN. */

const LEVELS = "▁▂▃▄▅▆▇█";
const FULL = "█";

/**
 * Where a value lies between two others.
 *
 * @param {number} value
 * @param {number} min
 * @param {number} max
 * @returns {number} from 0 (at `min` or below) to 1 (at `max` or above); 0 if both are the same
 */
export function fractionOf(value, min, max) {
  if (max <= min) {
    return 0;
  }
  return Math.min(Math.max((value - min) / (max - min), 0), 1);
}

/**
 * A line with one sign for each value. The scale runs from the smallest to the largest value,
 * unless it is given.
 *
 * @param {number[]} values
 * @param {{min?: number, max?: number}} scale
 * @returns {string}
 */
export function sparkline(values, { min = Math.min(...values), max = Math.max(...values) } = {}) {
  return values
    .map((value) => LEVELS[Math.round(fractionOf(value, min, max) * (LEVELS.length - 1))])
    .join("");
}

/**
 * Reduces a series to a number of values, each of which is the mean of the values it stands for.
 *
 * @param {number[]} values
 * @param {number} count how many values there may be afterwards, at least 1
 * @returns {number[]} the series itself if it is short enough
 */
export function condense(values, count) {
  if (values.length <= count) {
    return values;
  }
  return Array.from({ length: count }, (_, index) => {
    const start = Math.floor((index * values.length) / count);
    const end = Math.floor(((index + 1) * values.length) / count);
    const part = values.slice(start, end);
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}

/**
 * A bar that starts at the left.
 *
 * @param {number} value not negative
 * @param {number} max the value of a bar of full width
 * @param {number} width in signs
 * @returns {string} padded with blanks to the full width
 */
export function bar(value, max, width) {
  return FULL.repeat(Math.round(fractionOf(value, 0, max) * width)).padEnd(width);
}

/**
 * One line with a label, a bar and the value for each entry, the largest value first.
 *
 * @param {Map<string, number>} entries values that are not negative
 * @param {{width?: number}} options `width` is that of the bars
 * @returns {string[]}
 */
export function barChart(entries, { width = 30 } = {}) {
  const sorted = [...entries].sort(([, left], [, right]) => right - left);
  const max = sorted.length > 0 ? sorted[0][1] : 0;
  const labelWidth = Math.max(0, ...sorted.map(([label]) => label.length));
  return sorted.map(([label, value]) => `${label.padEnd(labelWidth)} ${bar(value, max, width)} ${value}`);
}
