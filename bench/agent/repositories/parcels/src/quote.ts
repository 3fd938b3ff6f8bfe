import { districtFor, isIsland } from "./districts.ts";
import { roundUp } from "./money.ts";
import { stepOf } from "./scale.ts";

const BASE = [390, 490, 890, 1690];
const FACTOR = { east: 1.0, inner: 1.0, coast: 1.1, alps: 1.25 };

export function quote(grams: number, postcode: string): number {
  const plain = BASE[stepOf(grams)] * FACTOR[districtFor(postcode)];
  return roundUp(plain + (isIsland(postcode) ? 1150 : 0), 10);
}
