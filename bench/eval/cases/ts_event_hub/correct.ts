export type Listener<T> = (payload: T) => void;

/** Distributes typed events to listeners, in the order in which they were added. */
export class EventHub<Events extends Record<string, unknown>> {
  private readonly listeners = new Map<keyof Events, Set<Listener<never>>>();

  /**
   * Adds a listener and returns a function that removes it again. Adding a listener
   * that is there already changes nothing.
   */
  on<K extends keyof Events>(event: K, listener: Listener<Events[K]>): () => void {
    let group = this.listeners.get(event);
    if (group === undefined) {
      group = new Set();
      this.listeners.set(event, group);
    }
    group.add(listener);
    return () => this.off(event, listener);
  }

  /** Adds a listener that is called for the next event only. */
  once<K extends keyof Events>(event: K, listener: Listener<Events[K]>): () => void {
    const remove = this.on(event, (payload: Events[K]) => {
      remove();
      listener(payload);
    });
    return remove;
  }

  /** Removes a listener; unknown listeners are ignored. */
  off<K extends keyof Events>(event: K, listener: Listener<Events[K]>): void {
    const group = this.listeners.get(event);
    if (group?.delete(listener) && group.size === 0) {
      this.listeners.delete(event);
    }
  }

  /**
   * Calls all listeners that are registered at the time of the call. An error thrown by
   * one of them ends the call and reaches the caller.
   */
  emit<K extends keyof Events>(event: K, payload: Events[K]): void {
    const group = this.listeners.get(event) ?? new Set();
    for (const listener of [...group] as Listener<Events[K]>[]) {
      listener(payload);
    }
  }

  listenerCount(event: keyof Events): number {
    return this.listeners.get(event)?.size ?? 0;
  }
}
