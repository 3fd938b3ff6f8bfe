export interface Booking {
  room: string;
  /** Inclusive. */
  start: Date;
  /** Exclusive: a booking that starts at this moment does not overlap. */
  end: Date;
}

function overlaps(a: Booking, b: Booking): boolean {
  return a.room === b.room && a.start < b.end && b.start < a.end;
}

/** Returns the existing bookings that make it impossible to add the wanted one. */
export function conflicts(existing: readonly Booking[], wanted: Booking): Booking[] {
  if (wanted.end <= wanted.start) {
    throw new RangeError("a booking must end after its start");
  }
  return existing.filter((booking) => overlaps(booking, wanted));
}
