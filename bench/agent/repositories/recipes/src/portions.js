import { bounds } from "./bounds.js";

export function forGuests(recipe, guests) {
  if (guests > bounds.guests) throw new RangeError("too many guests");
  const factor = guests / recipe.serves;
  return { ...recipe, serves: guests, parts: recipe.parts.map((part) => ({ ...part, grams: part.grams * factor })) };
}
