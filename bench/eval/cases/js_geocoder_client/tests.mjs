import assert from "node:assert/strict";
import { GeocoderClient, GeocoderError } from "./subject.mjs";

const urls = [];
const answers = (...list) => async (url, { signal }) => {
  urls.push(url);
  const [status, body, ms = 0] = list.shift();
  await new Promise((resolve) => setTimeout(resolve, ms));
  signal.throwIfAborted();
  return { ok: status < 400, status, json: async () => body };
};
const place = { display_name: "Hill 1", lat: "1.5", lon: "-2" };
const address = { label: "Hill 1", latitude: 1.5, longitude: -2 };
const base = "https://geo.test/";

let client = new GeocoderClient(base, { fetch: answers([503], [200, [place]]), pauseMs: 1 });
assert.deepEqual(await client.search("hill & dale"), [address]);
assert.equal(urls[1], "https://geo.test/search?q=hill+%26+dale&limit=5&format=json");
client = new GeocoderClient(base, { fetch: answers([200, { error: "nothing" }], [200, place]) });
assert.equal(await client.reverse(1, 2), null);
assert.deepEqual(await client.reverse(1, 2), address);
client = new GeocoderClient(base, { fetch: answers([400]) });
await assert.rejects(client.search("x"), (error) => error instanceof GeocoderError && error.status === 400);
client = new GeocoderClient(base, { fetch: answers([500], [429]), attempts: 2, pauseMs: 1 });
await assert.rejects(client.search("x"), { status: 429 });
client = new GeocoderClient(base, { fetch: answers([200, [], 30]), attempts: 1, timeoutMs: 5 });
await assert.rejects(client.search("x"), { message: "the geocoding service did not answer" });
client = new GeocoderClient(base, { fetch: answers([200, [place], 80]), attempts: 1 });
assert.deepEqual(await client.search("slow"), [address]);
