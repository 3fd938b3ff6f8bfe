/**
 * A sighting that somebody has reported.
 *
 * @typedef {object} Sighting
 * @property {string} id - Given by the phone of the observer, and kept when the sighting is edited.
 * @property {string} species - The scientific name.
 * @property {number} count - How many birds there were.
 * @property {number} editedAt - When it was written or last edited, in milliseconds since 1970.
 */

/**
 * Puts the sightings of two devices together.
 *
 * If both have a sighting with the same id, the one that was edited later is kept, and that of
 * `local` if both were edited at the same time. Neither array is changed.
 *
 * @param {Sighting[]} local - Each id occurs once.
 * @param {Sighting[]} remote - Each id occurs once.
 * @returns {Sighting[]} A new array, first with the ids in `local` and then with all others.
 */
export function mergeSightings(local, remote) {
  const merged = new Map(local.map((sighting) => [sighting.id, sighting]));
  for (const sighting of remote) {
    const known = merged.get(sighting.id);
    if (known === undefined || sighting.editedAt > known.editedAt) {
      merged.set(sighting.id, sighting);
    }
  }
  return [...merged.values()];
}

/**
 * Adds up the birds of each species.
 *
 * @param {Sighting[]} sightings
 * @returns {Map<string, number>} The number of birds per species, the most frequent one first;
 *   species with equal numbers are in the order in which they were sighted first.
 */
export function birdsPerSpecies(sightings) {
  const counts = new Map();
  for (const { species, count } of sightings) {
    counts.set(species, (counts.get(species) ?? 0) + count);
  }
  return new Map([...counts].sort(([, a], [, b]) => b - a));
}
