export interface Quote {
  readonly symbol: string;
  readonly price: number;
}

export interface PollerState {
  readonly quotes: readonly Quote[];
  /** When the quotes were fetched, in milliseconds since the epoch; undefined before the first time. */
  readonly updatedAt?: number;
  /** Why the quotes could not be refreshed the last time. */
  readonly error?: string;
}

export type FetchQuotes = (symbols: readonly string[]) => Promise<Quote[]>;
/** Is told of each new state; it must not throw. */
export type StateListener = (state: PollerState) => void;

const MIN_INTERVAL_MS = 1_000;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Keeps the quotes on a dashboard up to date for as long as it is visible. */
export class QuotePoller {
  private state: PollerState = { quotes: [] };
  private timer: ReturnType<typeof setInterval> | undefined;
  private refreshing = false;
  private readonly listeners = new Set<StateListener>();
  private readonly intervalMs: number;

  constructor(
    private readonly symbols: readonly string[],
    private readonly fetchQuotes: FetchQuotes,
    intervalMs = 15_000,
  ) {
    this.intervalMs = Math.max(intervalMs, MIN_INTERVAL_MS);
  }

  get running(): boolean {
    return this.timer !== undefined;
  }

  /** Calls the listener with the current state and after each change; returns a function that ends this. */
  subscribe(listener: StateListener): () => void {
    this.listeners.add(listener);
    listener(this.state);
    return () => {
      this.listeners.delete(listener);
    };
  }

  /** Refreshes the quotes now and then at the interval. Does nothing if the poller is running. */
  start(): void {
    if (this.running) {
      return;
    }
    void this.refresh();
    this.timer = setInterval(() => void this.refresh(), this.intervalMs);
  }

  /** Ends the refreshing at the interval. The quotes stay as they are. */
  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Fetches the quotes once, unless that is already under way. After a failure the old quotes stay. */
  async refresh(): Promise<void> {
    if (this.refreshing) {
      return;
    }
    this.refreshing = true;
    const state = await this.nextState();
    this.refreshing = false;
    this.update(state);
  }

  private async nextState(): Promise<PollerState> {
    try {
      const quotes = await this.fetchQuotes(this.symbols);
      return { quotes, updatedAt: Date.now() };
    } catch (error) {
      return { ...this.state, error: messageOf(error) };
    }
  }

  private update(state: PollerState): void {
    this.state = state;
    for (const listener of this.listeners) {
      listener(state);
    }
  }
}
