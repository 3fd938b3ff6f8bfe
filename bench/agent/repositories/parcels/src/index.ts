export { quote } from "./quote.ts";
export { label } from "./label.ts";
export { Tracker } from "./tracker.ts";
