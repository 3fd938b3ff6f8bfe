/** The items that the filter shows. */
export function shown(state) {
  if (state.filter === "all") {
    return state.items;
  }
  return state.items.filter((item) => item.done === (state.filter === "done"));
}

/** How many items are open. */
export function left(state) {
  return state.items.filter((item) => !item.done).length;
}
