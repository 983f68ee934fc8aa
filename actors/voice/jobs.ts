/** Work of the voice that takes seconds: a few at a time, the rest in order, no more than a bound. */

/** A model and an engine each answer one at a time on most machines; two keep both busy. */
const JOBS_AT_ONCE_MAX = 2;
/** A minute's work at 2 s each; whoever comes later is told that the voice is busy. */
const JOBS_WAITING_MAX = 60;

export class Jobs {
  readonly #waiting: (() => Promise<void>)[] = [];
  #running = 0;

  get isIdle(): boolean {
    return this.#running === 0;
  }

  /** False, and nothing is run, when too many wait. `job` must not reject. */
  add(job: () => Promise<void>): boolean {
    if (this.#waiting.length >= JOBS_WAITING_MAX) return false;
    this.#waiting.push(job);
    this.#next();
    return true;
  }

  #next(): void {
    if (this.#running >= JOBS_AT_ONCE_MAX) return;
    const job = this.#waiting.shift();
    if (job === undefined) return;
    this.#running += 1;
    void job().finally(() => {
      this.#running -= 1;
      this.#next();
    });
  }
}
