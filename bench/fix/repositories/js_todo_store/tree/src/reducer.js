/** The state of a list of things to do. */
export const EMPTY = Object.freeze({ items: [], nextId: 1, filter: "all" });

/**
 * The next state. `toggle` turns an item that is open into one that is done, and the other way round.
 */
export function reduce(state, action) {
  switch (action.type) {
    case "add": {
      const item = { id: state.nextId, text: action.text.trim(), done: false };
      return { ...state, items: [...state.items, item], nextId: state.nextId + 1 };
    }
    case "toggle":
      return {
        ...state,
        items: state.items.map((item) => (item.id === action.id ? { ...item, done: !item.done } : item)),
      };
    case "remove":
      return { ...state, items: state.items.filter((item) => item.id !== action.id) };
    case "show":
      return { ...state, filter: action.filter };
    default:
      return state;
  }
}
