/**
 * The history of a document in an editor. States are never changed in place, so that it is enough
 * to remember references to them.
 *
 * @template T
 */
export class EditHistory {
  #past = [];
  #present;
  #future = [];
  #limit;
  /** The label and the time of the last edit; null if the next one cannot be merged with it. */
  #lastEdit = null;
  #saved;

  /**
   * @param {T} initial
   * @param {{limit?: number}} options `limit` is how many edits can be undone at most
   */
  constructor(initial, { limit = 100 } = {}) {
    if (!Number.isInteger(limit) || limit < 1) {
      throw new RangeError(`limit must be a positive integer, not ${limit}`);
    }
    this.#present = initial;
    this.#saved = initial;
    this.#limit = limit;
  }

  /** @returns {T} */
  get present() {
    return this.#present;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  /** Whether the present state differs from the one that was saved last. */
  get modified() {
    return this.#present !== this.#saved;
  }

  /**
   * Makes a new state the present one. From then on, the edits that were undone before cannot be
   * redone. Edits with the same label within a second, such as typed letters, are undone as one.
   *
   * @param {T} state
   * @param {string} label
   * @param {number} now the current time in milliseconds
   */
  edit(state, label, now = Date.now()) {
    if (!this.#mergesWithLast(label, now)) {
      this.#past.push(this.#present);
      this.#past.splice(0, this.#past.length - this.#limit);
    }
    this.#future = [];
    this.#present = state;
    this.#lastEdit = { label, time: now };
  }

  /** Goes one edit back. Returns false if there is none. */
  undo() {
    if (!this.canUndo) {
      return false;
    }
    this.#future.push(this.#present);
    this.#present = this.#past.pop();
    this.#lastEdit = null;
    return true;
  }

  /** Takes back the last undo. Returns false if there is none. */
  redo() {
    if (!this.canRedo) {
      return false;
    }
    this.#past.push(this.#present);
    this.#present = this.#future.pop();
    this.#lastEdit = null;
    return true;
  }

  /** Remembers that the present state was saved. */
  markSaved() {
    this.#saved = this.#present;
    this.#lastEdit = null;
  }

  #mergesWithLast(label, now) {
    return this.#lastEdit !== null && this.#lastEdit.label === label && now - this.#lastEdit.time < 1000;
  }
}
