/**
 * Finds entries in application logs.
 *
 * @typedef {{time: string, level: string, message: string}} Entry
 * @typedef {{entry: Entry, context: Entry[]}} Match
 */

const LEVELS = ["debug", "info", "warn", "error"];

function escapeRegExp(text) {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/**
 * Reads a line such as `2026-02-01T10:00:00Z WARN disk is almost full`.
 *
 * @param {string} line
 * @returns {Entry | null} null if the line has another form
 */
export function parseEntry(line) {
  const match = /^(\S+Z) ([A-Z]+) (.*)$/.exec(line);
  if (match === null) {
    return null;
  }
  const level = match[2].toLowerCase();
  return LEVELS.includes(level) ? { time: match[1], level, message: match[3] } : null;
}

/**
 * Reads a whole log. A line that is not the beginning of an entry continues the message of the
 * entry before it; such lines at the very beginning are dropped.
 *
 * @param {string} text
 * @returns {Entry[]}
 */
export function parseLog(text) {
  const entries = [];
  for (const line of text.split(/\r?\n/)) {
    const entry = parseEntry(line);
    const last = entries.at(-1);
    if (entry !== null) {
      entries.push(entry);
    } else if (last !== undefined && line !== "") {
      last.message += `\n${line}`;
    }
  }
  return entries;
}

/**
 * @param {Entry[]} entries
 * @param {string} level
 * @returns {Entry[]} the entries of this level and of the more serious ones
 */
export function atLeast(entries, level) {
  const least = LEVELS.indexOf(level);
  if (least === -1) {
    throw new RangeError(`unknown level: ${level}`);
  }
  return entries.filter((entry) => LEVELS.indexOf(entry.level) >= least);
}

/**
 * @param {Entry[]} entries
 * @param {string} term plain text, of which upper and lower case are the same
 * @returns {Entry[]} every entry whose message contains the term
 */
export function containing(entries, term) {
  const pattern = new RegExp(escapeRegExp(term), "i");
  return entries.filter((entry) => pattern.test(entry.message));
}

/**
 * Marks each occurrence of a term.
 *
 * @param {string} message
 * @param {string} term as in `containing`, but not empty
 * @returns {string} for instance `the [disk] is full`
 */
export function mark(message, term) {
  return message.replace(new RegExp(escapeRegExp(term), "gi"), "[$&]");
}

/**
 * @param {Entry[]} entries all entries of a log
 * @param {Entry[]} found some of them
 * @param {number} before how many entries of context are wanted
 * @returns {Match[]} the found entries together with what was logged just before each of them
 */
export function withContext(entries, found, before) {
  const wanted = new Set(found);
  return entries.flatMap((entry, index) =>
    wanted.has(entry) ? [{ entry, context: entries.slice(Math.max(0, index - before), index) }] : [],
  );
}
