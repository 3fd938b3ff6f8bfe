const FIRST_DIGITS: Record<string, string> = { "0": "east", "1": "east", "2": "coast", "8": "alps" };

export type District = "east" | "coast" | "alps" | "inner";

export function districtFor(postcode: string): District {
  return (FIRST_DIGITS[postcode[0] ?? ""] as District | undefined) ?? "inner";
}

export function isIsland(postcode: string): boolean {
  return postcode.startsWith("2649");
}
