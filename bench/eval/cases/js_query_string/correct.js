/**
 * Appends query parameters to a URL that has none yet, and no fragment. Parameters
 * whose value is null or undefined are left out; arrays become repeated parameters. Names and
 * values may contain any characters.
 *
 * @param {string} url
 * @param {Record<string, string | number | (string | number)[] | null | undefined>} params
 * @returns {string}
 */
export function withQuery(url, params) {
  const pairs = Object.entries(params)
    .filter(([, value]) => value !== null && value !== undefined)
    .flatMap(([name, value]) => [value].flat().map((item) => [name, item]))
    .map(([name, item]) => `${encodeURIComponent(name)}=${encodeURIComponent(item)}`);
  return pairs.length > 0 ? `${url}?${pairs.join("&")}` : url;
}
