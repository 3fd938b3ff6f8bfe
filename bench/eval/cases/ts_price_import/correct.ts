export interface PriceRow {
  readonly sku: string;
  readonly name: string;
  readonly cents: number;
}

export interface RowProblem {
  /** The line in the file, counted from 1. */
  readonly line: number;
  readonly reason: string;
}

export interface ImportResult {
  readonly rows: readonly PriceRow[];
  readonly problems: readonly RowProblem[];
}

export interface PriceChange {
  readonly sku: string;
  /** The price up to now; missing for a new article. */
  readonly from?: number;
  readonly to: number;
}

const COLUMNS = ["sku", "name", "price"] as const;

/** The fields of a line; semicolons cannot be part of a field. */
function splitFields(line: string): string[] {
  return line.split(";").map((field) => field.trim());
}

/**
 * Reads a price such as `12` or `12.50`. Returns it in cents, or undefined if the field is
 * anything else, which includes an empty field.
 */
function parseCents(field: string): number | undefined {
  if (!/^\d{1,9}(\.\d{1,2})?$/.test(field)) {
    return undefined;
  }
  return Math.round(Number(field) * 100);
}

/** The row in a line, or the reason why there is none. */
function parseRow(line: string): PriceRow | string {
  const fields = splitFields(line);
  if (fields.length !== COLUMNS.length) {
    return `expected ${COLUMNS.length} fields, found ${fields.length}`;
  }
  const [sku = "", name = "", price = ""] = fields;
  if (sku === "") {
    return "the article number is missing";
  }
  const cents = parseCents(price);
  return cents === undefined ? `"${price}" is not a price` : { sku, name, cents };
}

function isHeader(line: string): boolean {
  return splitFields(line).join(";").toLowerCase() === COLUMNS.join(";");
}

/**
 * Reads the price list of a supplier. Its first line may name the columns, empty lines are
 * skipped, and a line with a problem does not keep the others from being read.
 */
export function readPriceList(text: string): ImportResult {
  const rows: PriceRow[] = [];
  const problems: RowProblem[] = [];
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === "" || (index === 0 && isHeader(line))) {
      return;
    }
    const row = parseRow(line);
    if (typeof row === "string") {
      problems.push({ line: index + 1, reason: row });
    } else {
      rows.push(row);
    }
  });
  return { rows, problems };
}

/** One change for each row whose price differs from the current one (cents by article number). */
export function priceChanges(rows: readonly PriceRow[], current: ReadonlyMap<string, number>): PriceChange[] {
  return rows
    .map(({ sku, cents }) => ({ sku, from: current.get(sku), to: cents }))
    .filter(({ from, to }) => from !== to);
}
