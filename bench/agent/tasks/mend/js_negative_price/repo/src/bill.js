import { shown } from "./price.js";

export function bill(rows) {
  const sum = rows.reduce((all, row) => all + row.cents, 0);
  return [...rows.map((row) => `${row.name}: ${shown(row.cents)}`), `sum: ${shown(sum)}`].join("\n");
}
