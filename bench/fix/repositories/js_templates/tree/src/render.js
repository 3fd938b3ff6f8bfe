import { escapeHtml } from "./escape.js";
import { valueAt } from "./path.js";

const TAG = /\{\{(\{)?\s*([\w.]+)\s*\}?\}\}/g;

/** A template with its values: `{{name}}` is escaped, `{{{name}}}` isn't. */
export function render(template, data) {
  return template.replace(TAG, (_, raw, path) => {
    const value = valueAt(data, path);
    return raw ? String(value) : escapeHtml(value);
  });
}
