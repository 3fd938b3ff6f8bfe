/** Cents as people read them: `1,234.50`, `-0.50`. */
export function shown(cents) {
  const whole = Math.floor(cents / 100);
  const part = Math.abs(cents % 100);
  return `${grouped(whole)}.${String(part).padStart(2, "0")}`;
}

function grouped(whole) {
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ",");
}
