export type Unit = "ms" | "s" | "min";

/** A duration in the unit that suits it. */
export function duration(ms: number): string {
  const unit: Unit = ms < 1000 ? "ms" : ms < 60_000 ? "s" : "min";
  let shown = ms;
  switch (unit) {
    case "ms":
      shown = ms;
      break;
    case "s":
      const seconds = ms / 1000;
      shown = Math.round(seconds * 10) / 10;
    case "min":
      shown = Math.round(ms / 60_000);
      break;
  }
  return `${shown} ${unit}`;
}

/** The initials of a name. */
export function initials(name: string): string {
  return name
    .split(/\s+/)
    .map((part) => {
      if (part.length > 0) return part[0];
    })
    .join("");
}

/** A text of at most so many characters. */
export function shortened(text: string, most: number): string {
  text = text.trim();
  if (text.length <= most) return text;
  return text.slice(0, most - 1) + "…";
}

export function row(cells: { label: string; value: unknown }[]): string {
  return cells.map((cell) => `${cell.label}: ${cell.value}`).join(", ");
}
