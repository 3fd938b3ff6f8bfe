import { batches } from "./batches.js";

/** Sends letters, so many at once; how many there were. */
export async function sendAll(letters, send, atOnce = 3) {
  let count = 0;
  for (const batch of batches(letters, atOnce)) {
    await Promise.all(batch.map(send));
    count += batch.length;
  }
  return count;
}
