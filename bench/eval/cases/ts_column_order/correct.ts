export interface TableState {
  readonly columns: readonly string[];
  readonly sortedBy: string | null;
}

/**
 * Returns the state after a column was dragged from one position to another.
 * The given state is not changed, as the undo history still refers to it.
 */
export function moveColumn(state: TableState, from: number, to: number): TableState {
  for (const index of [from, to]) {
    if (!Number.isInteger(index) || index < 0 || index >= state.columns.length) {
      throw new RangeError(`no column at position ${index}`);
    }
  }
  const columns = [...state.columns];
  columns.splice(to, 0, ...columns.splice(from, 1));
  return { ...state, columns };
}
