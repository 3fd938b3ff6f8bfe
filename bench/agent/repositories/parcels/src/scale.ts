/** Grams. Beyond the last step nothing is taken. */
export const STEPS = [500, 2_000, 10_000, 31_500];

export function stepOf(grams: number): number {
  const step = STEPS.findIndex((most) => grams <= most);
  if (step < 0) throw new RangeError(`${grams} g is too heavy`);
  return step;
}
