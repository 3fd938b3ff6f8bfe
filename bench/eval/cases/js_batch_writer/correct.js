/**
 * Writes rows to a table in batches.
 *
 * @typedef {Record<string, unknown>} Row
 * @typedef {{insert: (rows: Row[]) => Promise<void>, close: () => Promise<void>}} Sink
 */

/** What is thrown when a writer is used after it was closed. */
export class WriterClosedError extends Error {
  constructor() {
    super("the writer is closed");
    this.name = "WriterClosedError";
  }
}

export class BatchWriter {
  #sink;
  #size;
  #rows = [];
  #written = 0;
  #closed = false;

  /**
   * @param {Sink} sink where the rows go
   * @param {number} size how many rows are inserted together, at least 1
   */
  constructor(sink, size = 500) {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(`size must be a positive integer, not ${size}`);
    }
    this.#sink = sink;
    this.#size = size;
  }

  /** How many rows the sink has taken so far. */
  get written() {
    return this.#written;
  }

  /** How many rows wait to be inserted. */
  get pending() {
    return this.#rows.length;
  }

  /**
   * Takes a row, and inserts the rows that wait if they fill a batch. The next row must not be
   * written before this is done.
   *
   * @param {Row} row
   */
  async write(row) {
    if (this.#closed) {
      throw new WriterClosedError();
    }
    this.#rows.push(row);
    if (this.#rows.length >= this.#size) {
      await this.flush();
    }
  }

  /** Inserts the rows that wait. If the sink refuses them, they go on waiting. */
  async flush() {
    if (this.#rows.length === 0) {
      return;
    }
    await this.#sink.insert(this.#rows);
    this.#written += this.#rows.length;
    this.#rows = [];
  }

  /**
   * Completes the writing, so that every row has reached the sink, and closes the sink, even if it
   * refuses the last rows. Closing again does nothing.
   */
  async close() {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    try {
      await this.flush();
    } finally {
      await this.#sink.close();
    }
  }
}

/**
 * Copies rows to a sink and closes it.
 *
 * @param {AsyncIterable<Row> | Iterable<Row>} rows
 * @param {Sink} sink
 * @param {{size?: number, transform?: (row: Row) => Row | null}} options `transform` returns null for
 *   a row that is to be left out
 * @returns {Promise<number>} how many rows were written
 */
export async function copyRows(rows, sink, { size, transform = (row) => row } = {}) {
  const writer = new BatchWriter(sink, size);
  try {
    for await (const row of rows) {
      const transformed = transform(row);
      if (transformed !== null) {
        await writer.write(transformed);
      }
    }
  } finally {
    await writer.close();
  }
  return writer.written;
}
