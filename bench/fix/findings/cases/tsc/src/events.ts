export type Event =
  | { kind: "opened"; at: Date; path: string }
  | { kind: "saved"; at: Date; path: string; bytes: number }
  | { kind: "closed"; at: Date };

/** A line of a log for an event. */
export function line(event: Event): string {
  return `${event.at.toISOString()} ${event.kind} ${event.path}`;
}

/** How urgent an event is. */
export function weight(event: Event): number {
  switch (event.kind) {
    case "opened":
      return 1;
    case "saved":
      return event.bytes > 1000 ? 3 : 2;
  }
}

export class Log {
  private events: Event[] = [];
  private limit: number;

  add(event: Event): void {
    this.events.push(event);
    if (this.events.length > this.limit) this.events.shift();
  }

  last(): Event | undefined {
    return this.events.at(-1);
  }

  age(now: Date): number {
    return now - this.last().at;
  }
}
