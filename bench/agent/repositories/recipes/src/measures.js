export function measured(grams) {
  if (grams >= 1000) return `${(grams / 1000).toFixed(1)} kg`;
  return `${Math.round(grams)} g`;
}

export function spoonfuls(grams) {
  return Math.ceil(grams / 12);
}
