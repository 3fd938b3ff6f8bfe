export function pooled(recipes) {
  const sums = new Map();
  for (const recipe of recipes) {
    for (const part of recipe.parts) sums.set(part.name, (sums.get(part.name) ?? 0) + part.grams);
  }
  return [...sums].map(([name, grams]) => ({ name, grams }));
}

export function missingFrom(pantry, wanted) {
  return wanted
    .map(({ name, grams }) => ({ name, grams: grams - pantry.stock(name) }))
    .filter(({ grams }) => grams > 0);
}
