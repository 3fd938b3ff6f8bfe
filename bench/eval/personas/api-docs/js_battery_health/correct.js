/**
 * Estimates how much of its capacity the battery of an electric bus still has.
 *
 * @param {{ start: number, end: number, kilowattHours: number }[]} charges - The charges of the last
 *   weeks: the state of charge before and after in percent, and the energy that was put in.
 * @param {number} nominal - The capacity of the new battery in kilowatt hours.
 * @returns {number | undefined} The share that is left, from 0 to 1, or undefined if no charge was
 *   by at least 20 percentage points, as smaller ones are ignored.
 */
export function batteryHealth(charges, nominal) {
  const usable = charges.filter(({ start, end }) => end - start >= 20);
  if (usable.length === 0) {
    return undefined;
  }
  const capacities = usable.map(({ start, end, kilowattHours }) => (kilowattHours * 100) / (end - start));
  const mean = capacities.reduce((sum, capacity) => sum + capacity, 0) / capacities.length;
  return Math.min(1, Math.max(0, mean / nominal));
}
