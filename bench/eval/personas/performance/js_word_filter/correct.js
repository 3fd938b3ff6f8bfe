const MAX_LENGTH = 2_000;

function escapeRegExp(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** A pattern that finds any of the words, whole and regardless of case. */
function patternOf(words) {
  const alternatives = words.map(escapeRegExp).join('|');
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${alternatives})(?![\\p{L}\\p{N}])`, 'giu');
}

/**
 * Blanks words that the moderators of a game don't want to see.
 *
 * @param {{ from: string, text: string }[]} messages - Those of a whole day.
 * @param {string[]} words - Some hundred words.
 * @returns {{ from: string, text: string }[]} New messages, cut to the length that is shown.
 */
export function blankWords(messages, words) {
  if (words.length === 0) {
    return messages.map(shorten);
  }
  const pattern = patternOf(words);
  return messages.map(({ from, text }) => {
    return shorten({ from, text: text.replace(pattern, (word) => '*'.repeat(word.length)) });
  });
}

/** Cuts a message to the length that is shown. */
function shorten({ from, text }) {
  return { from, text: text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text };
}

/** Counts how many messages of each player have a blanked word. */
export function offences(before, after) {
  const counts = new Map();
  before.forEach(({ from, text }, index) => {
    if (text !== after[index].text && after[index].text.includes('*')) {
      counts.set(from, (counts.get(from) ?? 0) + 1);
    }
  });
  return counts;
}
