import { again, PERSISTENCE } from "./persistence.ts";

export interface Scan {
  place: string;
  at: string;
}

export class Tracker {
  constructor(private readonly fetchScans: (id: string) => Promise<Scan[]>) {}

  async last(id: string): Promise<Scan | undefined> {
    const scans = await again(PERSISTENCE.tracking, () => this.fetchScans(id));
    return scans.at(-1);
  }

  /** Nobody has seen it for ten days. */
  async vanished(id: string, now: Date): Promise<boolean> {
    const last = await this.last(id);
    return last !== undefined && now.getTime() - Date.parse(last.at) > 10 * 86_400_000;
  }
}
