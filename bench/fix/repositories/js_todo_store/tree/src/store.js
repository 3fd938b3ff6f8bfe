import { EMPTY, reduce } from "./reducer.js";

/** A state that tells its listeners when it has changed. */
export function createStore(state = EMPTY) {
  const listeners = new Set();
  return {
    get state() {
      return state;
    },
    dispatch(action) {
      const next = reduce(state, action);
      if (next !== state) {
        state = next;
        listeners.forEach((listener) => listener(state));
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
