/** Cents as people read them: `1,234.50`, `-0.50`. */
export function shown(cents) {
  const size = Math.abs(cents);
  const whole = Math.floor(size / 100);
  const part = size % 100;
  return `${cents < 0 ? "-" : ""}${grouped(whole)}.${String(part).padStart(2, "0")}`;
}

function grouped(whole) {
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ",");
}
