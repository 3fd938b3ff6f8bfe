const MAX_TERM_LENGTH = 60;

/** Makes a text match only itself in a regular expression. */
export function escapeRegExp(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/**
 * Finds the entries of the glossary that contain what a visitor has typed, regardless of case.
 *
 * @param {{ term: string, meaning: string }[]} entries
 * @param {string} typed
 */
export function searchGlossary(entries, typed) {
  const term = typed.trim().slice(0, MAX_TERM_LENGTH);
  if (term === '') {
    return [];
  }
  const pattern = new RegExp(escapeRegExp(term), 'iu');
  return entries.filter((entry) => pattern.test(entry.term) || pattern.test(entry.meaning));
}
