/**
 * Saves a draft on the server. When the request fails for any reason, the draft is put
 * into the offline queue instead, and the returned promise still resolves.
 *
 * @param {{post: (path: string, body: object) => Promise<{revision: number}>}} client
 * @param {{id: string, text: string}[]} offlineQueue
 * @param {{id: string, text: string}} draft
 * @returns {Promise<{revision: number | null}>} the revision is null for a queued draft
 */
export async function saveDraft(client, offlineQueue, draft) {
  const path = `/drafts/${encodeURIComponent(draft.id)}`;
  try {
    return await client.post(path, { text: draft.text });
  } catch {
    offlineQueue.push({ ...draft });
    return { revision: null };
  }
}
