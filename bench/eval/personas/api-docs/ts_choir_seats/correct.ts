/** A singer's seat in the choir stalls. */
export interface Seat {
  /** The row, counted from 0 at the front. */
  row: number;
  /** The seat in the row, counted from 0 at the left. */
  seat: number;
}

/**
 * Finds the seat for the n-th singer; the rows are filled one by one, from the front.
 *
 * @param singer - The number of the singer, counted from 0.
 * @param seatsPerRow - How many seats a row has, at least 1.
 * @returns The seat, whose row and number are counted from 0.
 * @throws RangeError if one of the numbers is too small or isn't whole.
 */
export function seatOf(singer: number, seatsPerRow: number): Seat {
  if (!Number.isInteger(singer) || singer < 0 || !Number.isInteger(seatsPerRow) || seatsPerRow < 1) {
    throw new RangeError(`there is no seat for singer ${singer} in rows of ${seatsPerRow}`);
  }
  return { row: Math.floor(singer / seatsPerRow), seat: singer % seatsPerRow };
}
