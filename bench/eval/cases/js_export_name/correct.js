/**
 * The name of an export file, such as `orders-2024-03-09.csv`.
 *
 * @param {string} title - What was exported; anything but letters and digits becomes a hyphen.
 * @param {Date} date - When; its date in UTC becomes part of the name.
 * @param {string} [extension] - Without the dot.
 * @returns {string}
 */
export function exportName(title, date, extension = "csv") {
  const slug = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  const year = String(date.getUTCFullYear());
  const month = String(date.getUTCMonth() + 1).padStart(2, "0");
  const day = String(date.getUTCDate()).padStart(2, "0");
  return `${slug || "export"}-${year}-${month}-${day}.${extension}`;
}
