function pairs(fields) {
  return Object.entries(fields).flatMap(([name, value]) => {
    if (value === undefined || value === null) return [];
    return Array.isArray(value) ? value.map((one) => [name, one]) : [[name, value]];
  });
}

/** An address with fields behind it; a list is a field for each of its values. */
export function address(base, fields) {
  const said = pairs(fields).map(([name, value]) => `${encodeURIComponent(name)}=${value}`);
  return said.length ? `${base}?${said.join("&")}` : base;
}
