/** The value at a dotted path of an object; an empty text where there is none. */
export function valueAt(data, path) {
  let value = data;
  for (const name of path.split(".")) {
    if (value === null || value === undefined) {
      return "";
    }
    value = value[name];
  }
  return value ?? "";
}
