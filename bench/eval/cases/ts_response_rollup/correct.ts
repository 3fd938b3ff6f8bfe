/** What one server reports for one minute. */
export interface Point {
  readonly server: string;
  /** The start of the minute, in milliseconds since the epoch. */
  readonly minute: number;
  readonly requests: number;
  readonly errors: number;
  /** The mean response time of the requests, 0 if there were none. */
  readonly meanMs: number;
  readonly maxMs: number;
}

export interface Rollup {
  readonly start: number;
  readonly requests: number;
  readonly errorRate: number;
  readonly meanMs: number;
  readonly maxMs: number;
}

const MINUTE_MS = 60_000;

function sumOf(points: readonly Point[], value: (point: Point) => number): number {
  return points.reduce((sum, point) => sum + value(point), 0);
}

/** The share of requests that failed, from 0 to 1; 0 if there were no requests. */
export function errorRate(points: readonly Point[]): number {
  const requests = sumOf(points, (point) => point.requests);
  return requests === 0 ? 0 : sumOf(points, (point) => point.errors) / requests;
}

/** The mean response time over all requests of the points; 0 if there were no requests. */
export function meanResponse(points: readonly Point[]): number {
  let total = 0;
  let weight = 0;
  for (const point of points) {
    total += point.meanMs * point.requests;
    weight += point.requests;
  }
  return weight === 0 ? 0 : total / weight;
}

/** The slowest response of all points; 0 without points. */
export function slowestResponse(points: readonly Point[]): number {
  return points.reduce((slowest, point) => Math.max(slowest, point.maxMs), 0);
}

/** Collects the points of all servers and sums them up in longer intervals. */
export class ResponseSeries {
  private readonly groups = new Map<number, Point[]>();
  private readonly intervalMs: number;

  /** @param minutes The length of an interval, a whole number of at least 1. */
  constructor(minutes: number) {
    if (!Number.isInteger(minutes) || minutes < 1) {
      throw new RangeError(`an interval cannot have ${minutes} minutes`);
    }
    this.intervalMs = minutes * MINUTE_MS;
  }

  add(point: Point): void {
    const start = this.startOf(point.minute);
    const group = this.groups.get(start);
    if (group === undefined) {
      this.groups.set(start, [point]);
    } else {
      group.push(point);
    }
  }

  /** One rollup for each interval that has points, the earliest first. */
  rollups(): Rollup[] {
    return [...this.groups]
      .sort(([left], [right]) => left - right)
      .map(([start, points]) => ({
        start,
        requests: sumOf(points, (point) => point.requests),
        errorRate: errorRate(points),
        meanMs: meanResponse(points),
        maxMs: slowestResponse(points),
      }));
  }

  /** Removes the intervals that end at or before the given time. */
  dropUntil(time: number): void {
    for (const start of [...this.groups.keys()]) {
      if (start + this.intervalMs <= time) {
        this.groups.delete(start);
      }
    }
  }

  private startOf(time: number): number {
    return Math.floor(time / this.intervalMs) * this.intervalMs;
  }
}
