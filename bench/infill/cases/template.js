/** A tiny template language: {{name}} is a value, {{{name}}} one that isn't escaped. */

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Makes a text safe for use in HTML. */
export function escapeHtml(text) {
  return String(text).replace(/[&<>"']/g, (character) => ESCAPES[character]);
}

/** The value at a dotted path such as "user.name"; undefined when a part is missing. */
export function valueAt(data, path) {
  let current = data;
  for (const name of path.split(".")) {
    if (current === null || current === undefined) {
      return undefined;
    }
    current = current[name];
  }
  return current;
}

/** Fills a template in. Missing values become empty. */
export function render(template, data) {
  const pattern = /\{\{\{\s*([\w.]+)\s*\}\}\}|\{\{\s*([\w.]+)\s*\}\}/g;
  return template.replace(pattern, (_, raw, escaped) => {
    const value = valueAt(data, raw ?? escaped) ?? "";
    return raw ? String(value) : escapeHtml(value);
  });
}

/** Renders the template once for each item, joined by the separator. */
export function renderList(template, items, separator = "\n") {
  return items.map((item, index) => render(template, { ...item, index: index + 1 })).join(separator);
}
