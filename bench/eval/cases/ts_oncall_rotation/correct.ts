/** A span of time in milliseconds since the epoch; `end` is not part of it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Shift extends Span {
  readonly person: string;
}

/** Somebody who stands in for whoever is on call by the rotation. */
export interface Substitute extends Span {
  readonly person: string;
}

export interface RotationOptions {
  /** The people on call, in the order in which they take turns. */
  readonly people: readonly string[];
  /** When the first of them has the first shift. */
  readonly start: number;
  readonly shiftMs: number;
}

function contains(span: Span, time: number): boolean {
  return span.start <= time && time < span.end;
}

/** People who are on call in turn, in shifts of equal length. */
export class OncallRotation {
  private readonly people: readonly string[];
  private readonly start: number;
  private readonly shiftMs: number;
  private readonly substitutes: Substitute[] = [];

  constructor({ people, start, shiftMs }: RotationOptions) {
    if (people.length === 0) {
      throw new RangeError("a rotation needs at least one person");
    }
    if (!(shiftMs > 0)) {
      throw new RangeError("shifts need a length");
    }
    this.people = [...people];
    this.start = start;
    this.shiftMs = shiftMs;
  }

  /** Adds a substitute. Where several overlap, the one that was added last is on call. */
  substitute(substitute: Substitute): void {
    if (substitute.end <= substitute.start) {
      throw new RangeError("a substitute has to be on call for some time");
    }
    this.substitutes.push(substitute);
  }

  /** Who is on call at a time, with regard to substitutes. */
  onCallAt(time: number): string {
    const substitute = this.substitutes.findLast((candidate) => contains(candidate, time));
    return substitute?.person ?? this.personOf(this.shiftNumber(time));
  }

  /** The shifts of the rotation that overlap a span, without regard to substitutes. */
  shiftsIn(span: Span): Shift[] {
    const shifts: Shift[] = [];
    if (span.end <= span.start) {
      return shifts;
    }
    for (let number = this.shiftNumber(span.start); this.startOf(number) < span.end; number += 1) {
      shifts.push({ person: this.personOf(number), start: this.startOf(number), end: this.startOf(number + 1) });
    }
    return shifts;
  }

  /** The shifts are numbered from 0; those before the start of the rotation have negative numbers. */
  private shiftNumber(time: number): number {
    return Math.floor((time - this.start) / this.shiftMs);
  }

  private startOf(shiftNumber: number): number {
    return this.start + shiftNumber * this.shiftMs;
  }

  /** Who has a shift. Before the start of the rotation, people took turns in the same way. */
  private personOf(shiftNumber: number): string {
    const count = this.people.length;
    return this.people[((shiftNumber % count) + count) % count]!;
  }
}
