export interface SearchState {
  readonly query: string;
  readonly status: "idle" | "loading" | "ready" | "failed";
  readonly results: readonly string[];
  readonly message?: string;
}

export type SearchRequest = (query: string) => Promise<readonly string[]>;
export type Listener = (state: SearchState) => void;

const EMPTY: SearchState = { query: "", status: "idle", results: [] };

/** The state behind a search box: shows the results of what was typed last. */
export class SearchBox {
  private state: SearchState = EMPTY;
  private latestTicket = 0;
  private readonly listeners = new Set<Listener>();

  constructor(
    private readonly request: SearchRequest,
    private readonly minLength = 2,
  ) {}

  get current(): SearchState {
    return this.state;
  }

  /** Calls the listener after each change; returns a function that ends this. */
  subscribe(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  /** Empties the box; an answer that is still on its way is ignored. */
  clear(): void {
    this.latestTicket += 1;
    this.update(EMPTY);
  }

  /** Searches for the text; answers may arrive in any order, and only that to the latest query is shown. */
  async search(text: string): Promise<void> {
    const query = text.trim();
    if (query.length < this.minLength) {
      this.clear();
      return;
    }
    this.latestTicket += 1;
    const ticket = this.latestTicket;
    this.update({ query, status: "loading", results: this.state.results });
    const outcome = await this.fetchState(query);
    if (ticket !== this.latestTicket) {
      return;
    }
    this.update(outcome);
  }

  private async fetchState(query: string): Promise<SearchState> {
    try {
      return { query, status: "ready", results: await this.request(query) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { query, status: "failed", results: [], message };
    }
  }

  private update(state: SearchState): void {
    this.state = state;
    for (const listener of this.listeners) {
      listener(state);
    }
  }
}
