import type { PoolClient } from 'pg';

/** A temperature that a sensor in a greenhouse has measured. */
export interface Reading {
  sensor: string;
  measuredAt: Date;
  celsius: number;
}

/** How many readings are inserted at once. */
export const BATCH_SIZE = 1_000;

/** Parses a line such as `bench-4;2024-03-01T10:00:00Z;18.5`; undefined if it is no reading. */
export function parseLine(line: string): Reading | undefined {
  const [sensor, time, value, ...rest] = line.split(';');
  if (!sensor || !time || !value || rest.length > 0) {
    return undefined;
  }
  const measuredAt = new Date(time);
  const celsius = Number(value);
  if (Number.isNaN(measuredAt.getTime()) || !Number.isFinite(celsius)) {
    return undefined;
  }
  return { sensor, measuredAt, celsius };
}

/** Inserts readings by one statement; those that are in the table already are left as they are. */
async function insert(client: PoolClient, readings: Reading[]): Promise<void> {
  await client.query(
    `INSERT INTO readings (sensor, measured_at, celsius)
     SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::float8[])
     ON CONFLICT (sensor, measured_at) DO NOTHING`,
    [
      readings.map((reading) => reading.sensor),
      readings.map((reading) => reading.measuredAt),
      readings.map((reading) => reading.celsius),
    ],
  );
}

/** Imports the lines of a file within the transaction of the client, and counts the readings. */
export async function importReadings(client: PoolClient, lines: AsyncIterable<string>): Promise<number> {
  let count = 0;
  let batch: Reading[] = [];
  for await (const line of lines) {
    const reading = parseLine(line);
    if (reading === undefined) {
      continue;
    }
    count += 1;
    batch.push(reading);
    if (batch.length >= BATCH_SIZE) {
      await insert(client, batch);
      batch = [];
    }
  }
  if (batch.length > 0) {
    await insert(client, batch);
  }
  return count;
}
