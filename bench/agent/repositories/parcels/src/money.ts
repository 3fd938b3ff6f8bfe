export function roundUp(cents: number, to: number): number {
  return Math.ceil(cents / to) * to;
}

export function shown(cents: number): string {
  return `${(cents / 100).toFixed(2)} EUR`;
}
