/** Keys that lead to the prototype of an object. */
export const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

function isPlainObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Puts the layout that a user has saved over the default one, and returns the latter.
 *
 * @param {object} layout - The default layout, which is changed.
 * @param {object} saved - What the user's browser has sent, parsed from JSON.
 */
export function applyLayout(layout, saved) {
  for (const [key, value] of Object.entries(saved)) {
    if (FORBIDDEN_KEYS.has(key)) {
      continue;
    }
    if (isPlainObject(value) && isPlainObject(layout[key])) {
      applyLayout(layout[key], value);
    } else {
      layout[key] = value;
    }
  }
  return layout;
}
