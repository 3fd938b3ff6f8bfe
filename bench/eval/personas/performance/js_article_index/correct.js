/**
 * Groups the articles of a catalogue, tens of thousands, by the shelf on which they lie.
 *
 * @param {{ number: string, shelf: string }[]} articles
 * @returns {Map<string, string[]>} The numbers of the articles per shelf, in the given order.
 */
export function numbersByShelf(articles) {
  const shelves = new Map();
  for (const { number, shelf } of articles) {
    const numbers = shelves.get(shelf);
    if (numbers === undefined) {
      shelves.set(shelf, [number]);
    } else {
      numbers.push(number);
    }
  }
  return shelves;
}
