/** How a room is heated. */
export interface HeatingState {
  /** The temperature that is wanted, in degrees Celsius. */
  target: number;
  /** Whether the valve is open. */
  heating: boolean;
}

/** Is called with a state of a thermostat. */
export type HeatingListener = (state: HeatingState) => void;

/** The lowest temperature that can be set, in degrees Celsius. */
export const LOWEST = 5;

/** The highest temperature that can be set, in degrees Celsius. */
export const HIGHEST = 28;

/** A thermostat that others can watch. */
export class Thermostat {
  #state: HeatingState = { target: 18, heating: false };
  readonly #listeners = new Set<HeatingListener>();

  /** The present state, as a copy; at first the target is 18 degrees and the valve is closed. */
  get state(): HeatingState {
    return { ...this.#state };
  }

  /**
   * Watches the state.
   *
   * @param listener - Is called with the present state before this method returns, and then with
   *   the new state after every change.
   * @returns A function that ends it; calling it again has no effect.
   */
  watch(listener: HeatingListener): () => void {
    this.#listeners.add(listener);
    listener(this.state);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /**
   * Sets the temperature that is wanted.
   *
   * @param target - In degrees Celsius; it is raised to LOWEST or lowered to HIGHEST if it lies outside.
   */
  setTarget(target: number): void {
    this.#change({ target: Math.min(HIGHEST, Math.max(LOWEST, target)) });
  }

  /**
   * Opens or closes the valve by the temperature of the room.
   *
   * @param measured - In degrees Celsius. The valve is open if it is below the target.
   */
  report(measured: number): void {
    this.#change({ heating: measured < this.#state.target });
  }

  #change(part: Partial<HeatingState>): void {
    const before = this.#state;
    const after = { ...before, ...part };
    if (after.target === before.target && after.heating === before.heating) {
      return;
    }
    this.#state = after;
    for (const listener of this.#listeners) {
      listener(this.state);
    }
  }
}
