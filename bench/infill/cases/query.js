// Query strings as objects and back.

function parseQuery(text) {
  const found = {};
  const plain = text.startsWith("?") ? text.slice(1) : text;
  if (plain === "") {
    return found;
  }
  for (const part of plain.split("&")) {
    const at = part.indexOf("=");
    const key = decodeURIComponent(at < 0 ? part : part.slice(0, at));
    const value = at < 0 ? "" : decodeURIComponent(part.slice(at + 1));
    if (key in found) {
      found[key] = [].concat(found[key], value);
    } else {
      found[key] = value;
    }
  }
  return found;
}

function formatQuery(values) {
  const parts = [];
  for (const [key, value] of Object.entries(values)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      parts.push(`${encodeURIComponent(key)}=${encodeURIComponent(one)}`);
    }
  }
  return parts.length ? "?" + parts.join("&") : "";
}

module.exports = { parseQuery, formatQuery };
