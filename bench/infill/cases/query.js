/** Read and write the query part of an address. */

/** Parses "?a=1&b=x+y" into an object; a name that comes again becomes an array. */
export function parseQuery(text) {
  const result = {};
  const query = text.startsWith("?") ? text.slice(1) : text;
  for (const pair of query.split("&")) {
    if (!pair) continue;
    const [name, value = ""] = pair.split("=").map((part) => decodeURIComponent(part.replaceAll("+", " ")));
    if (name in result) {
      result[name] = [].concat(result[name], value);
    } else {
      result[name] = value;
    }
  }
  return result;
}

/** The opposite of parseQuery, names in alphabetical order. Null and undefined are left out. */
export function buildQuery(values) {
  const parts = [];
  for (const name of Object.keys(values).sort()) {
    for (const value of [].concat(values[name])) {
      if (value === null || value === undefined) continue;
      parts.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
    }
  }
  return parts.join("&");
}

/** Adds values to an address that may already have a query; the new values win. */
export function withQuery(address, values) {
  const [path, query = ""] = address.split("?");
  const joined = buildQuery({ ...parseQuery(query), ...values });
  return joined ? `${path}?${joined}` : path;
}
