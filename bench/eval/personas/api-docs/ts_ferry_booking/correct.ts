/** A place for a vehicle on a ferry. */
export interface Place {
  /** The registration of the vehicle. */
  registration: string;
  /** The deck, counted from the bottom, from 1. */
  deck: number;
  /** How much of the lane the vehicle takes up, in metres. */
  metres: number;
}

/**
 * Makes the place for a vehicle.
 *
 * @param registration - The registration of the vehicle, which is put into upper case.
 * @param metres - The length of the vehicle in metres; half a metre is added to it.
 * @param deck - The deck from the bottom. It may be left out: the vehicle is put on deck 1 then.
 * @returns The place, with the registration and the length changed as described.
 * @throws RangeError if the length isn't above 0.
 */
export function placeFor(registration: string, metres: number, deck = 1): Place {
  if (!(metres > 0)) {
    throw new RangeError(`a vehicle cannot be ${metres} m long`);
  }
  return { registration: registration.toUpperCase(), deck, metres: metres + 0.5 };
}
