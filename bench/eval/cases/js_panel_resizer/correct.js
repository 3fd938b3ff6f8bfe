/**
 * Lets the user change the width of a side panel by dragging its edge.
 *
 * @typedef {{min?: number, max?: number, onResize?: (width: number) => void}} ResizerOptions
 */

const KEY_STEP = 16;

function clamp(value, min, max) {
  return Math.min(Math.max(value, min), max);
}

export class PanelResizer {
  #handle;
  #root;
  #width;
  #min;
  #max;
  #onResize;
  /** Where the drag began, as a position of the pointer and a width; null while there is none. */
  #origin = null;
  #onDown = (event) => this.#begin(event);
  #onMove = (event) => this.#drag(event);
  #onUp = () => this.#finish();
  #onKey = (event) => this.#step(event);

  /**
   * @param {EventTarget} handle the edge that is dragged
   * @param {EventTarget} root the document, which gets the events while the pointer is elsewhere
   * @param {number} width the width at the beginning, in pixels
   * @param {ResizerOptions} options
   */
  constructor(handle, root, width, { min = 120, max = 640, onResize = () => {} } = {}) {
    this.#handle = handle;
    this.#root = root;
    this.#min = min;
    this.#max = max;
    this.#onResize = onResize;
    this.#width = clamp(width, min, max);
    handle.addEventListener("pointerdown", this.#onDown);
    handle.addEventListener("keydown", this.#onKey);
  }

  get width() {
    return this.#width;
  }

  get dragging() {
    return this.#origin !== null;
  }

  /** Ends a drag that is under way and removes all listeners. */
  dispose() {
    this.#finish();
    this.#handle.removeEventListener("pointerdown", this.#onDown);
    this.#handle.removeEventListener("keydown", this.#onKey);
  }

  /** The root is listened to from the beginning of a drag to its end only. */
  #begin(event) {
    if (this.dragging) {
      return;
    }
    this.#origin = { x: event.clientX, width: this.#width };
    this.#root.addEventListener("pointermove", this.#onMove);
    this.#root.addEventListener("pointerup", this.#onUp);
    this.#root.addEventListener("pointercancel", this.#onUp);
  }

  #drag(event) {
    const { x, width } = this.#origin;
    this.#resize(width + event.clientX - x);
  }

  /** Ends a drag: the root is no longer listened to. */
  #finish() {
    this.#root.removeEventListener("pointermove", this.#onMove);
    this.#root.removeEventListener("pointerup", this.#onUp);
    this.#root.removeEventListener("pointercancel", this.#onUp);
    this.#origin = null;
  }

  /** Changes the width by the arrow keys. */
  #step(event) {
    if (event.key === "ArrowLeft") {
      this.#resize(this.#width - KEY_STEP);
    } else if (event.key === "ArrowRight") {
      this.#resize(this.#width + KEY_STEP);
    }
  }

  #resize(wanted) {
    const width = clamp(wanted, this.#min, this.#max);
    if (width !== this.#width) {
      this.#width = width;
      this.#onResize(width);
    }
  }
}
