/** How often something is done anew before its failure is believed. */
export const PERSISTENCE = { labels: 3, tracking: 6, quotes: 0 };

export async function again<T>(times: number, work: () => Promise<T>): Promise<T> {
  for (let left = times; ; left -= 1) {
    try {
      return await work();
    } catch (error) {
      if (left <= 0) throw error;
    }
  }
}
