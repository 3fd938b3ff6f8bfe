import { shown } from "./money.ts";
import { quote } from "./quote.ts";

export interface Address {
  name: string;
  street: string;
  postcode: string;
  town: string;
}

export function label(to: Address, grams: number): string {
  const lines = [to.name, to.street, `${to.postcode} ${to.town}`];
  return [...lines, shown(quote(grams, to.postcode))].join("\n");
}
