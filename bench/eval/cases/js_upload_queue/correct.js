/** Runs uploads with a limit on how many are under way at the same time. */
export class UploadQueue {
  #limit;
  #active = 0;
  #waiting = [];
  #idle = [];

  /** @param {number} limit - How many tasks may run at the same time, at least 1. */
  constructor(limit) {
    if (!Number.isInteger(limit) || limit < 1) {
      throw new RangeError(`limit must be a positive integer, not ${limit}`);
    }
    this.#limit = limit;
  }

  /** The number of tasks that wait for their turn. */
  get waiting() {
    return this.#waiting.length;
  }

  /**
   * Runs a task as soon as there is room; tasks start in the order in which they were added.
   *
   * @template T
   * @param {() => Promise<T>} task
   * @returns {Promise<T>} What the task returns or throws.
   */
  add(task) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, resolve, reject });
      this.#startNext();
    });
  }

  /** Resolves once no task is running or waiting. */
  async whenIdle() {
    if (this.#active === 0 && this.#waiting.length === 0) {
      return;
    }
    await new Promise((resolve) => this.#idle.push(resolve));
  }

  #startNext() {
    if (this.#active >= this.#limit) {
      return;
    }
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#reportIdle();
      return;
    }
    this.#active += 1;
    this.#run(next);
  }

  async #run({ task, resolve, reject }) {
    try {
      resolve(await task());
    } catch (error) {
      reject(error);
    } finally {
      this.#active -= 1;
      this.#startNext();
    }
  }

  #reportIdle() {
    if (this.#active > 0) {
      return;
    }
    for (const resolve of this.#idle.splice(0)) {
      resolve();
    }
  }
}
