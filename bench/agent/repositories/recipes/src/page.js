import { measured } from "./measures.js";

export function page(recipe) {
  const lines = recipe.parts.map((part) => `<li>${measured(part.grams)} ${part.name}</li>`);
  return `<h1>${recipe.name}</h1><ul>${lines.join("")}</ul>`;
}
