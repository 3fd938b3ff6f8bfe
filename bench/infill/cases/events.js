/** Tells listeners about named events. */
export class Events {
  #listeners = new Map();

  /** Adds a listener and returns a function that removes it again. */
  on(name, listener) {
    if (!this.#listeners.has(name)) {
      this.#listeners.set(name, []);
    }
    this.#listeners.get(name).push(listener);
    return () => this.off(name, listener);
  }

  /** Like `on`, but the listener hears one event only. */
  once(name, listener) {
    const remove = this.on(name, (...values) => {
      remove();
      listener(...values);
    });
    return remove;
  }

  /** Removes a listener; one that isn't there is no error. */
  off(name, listener) {
    const kept = (this.#listeners.get(name) ?? []).filter((each) => each !== listener);
    if (kept.length > 0) {
      this.#listeners.set(name, kept);
    } else {
      this.#listeners.delete(name);
    }
  }

  /** Calls all listeners in the order they were added; returns how many there were. */
  emit(name, ...values) {
    // A copy: listeners may remove themselves while we go on.
    const listeners = [...(this.#listeners.get(name) ?? [])];
    for (const listener of listeners) {
      listener(...values);
    }
    return listeners.length;
  }

  /** Names that have a listener, sorted. */
  names() {
    return [...this.#listeners.keys()].sort();
  }
}
