import { roundUp } from "./money.ts";

export function palletPrice(count: number): number {
  return roundUp(count * 4375, 100);
}
