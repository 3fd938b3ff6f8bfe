export interface Backend {
  read(key: string): Promise<string | null>;
  write(key: string, value: string): Promise<void>;
}

/** Keeps values in memory and writes them behind the caller's back. */
export class Store {
  private values: Record<string, string> = {};

  constructor(private readonly backend: Backend) {}

  async get(key: string): Promise<string | null> {
    if (this.values.hasOwnProperty(key)) return this.values[key] ?? null;
    const found = await this.backend.read(key);
    if (found !== null) this.values[key] = found;
    return found;
  }

  async set(key: string, value: string): Promise<void> {
    this.values[key] = value;
    this.backend.write(key, value);
  }

  async keys(): Promise<string[]> {
    return Object.keys(this.values).sort();
  }

  load(text: string): void {
    const parsed: any = JSON.parse(text);
    this.values = parsed as Record<string, string>;
  }
}

/** The values of several keys, null for those that can't be read. */
export async function readAll(backend: Backend, keys: string[]): Promise<(string | null)[]> {
  return Promise.all(
    keys.map(async (key) => {
      try {
        return await backend.read(key);
      } catch (error) {
        return null;
      }
    }),
  );
}
