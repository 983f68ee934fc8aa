/** At most so many calls at once, and a bounded number that wait; first come, first served. */

/** A cycle of the agent and a few sentences of the voice; more means that the model cannot keep up. */
export const CALLS_WAITING_MAX = 16;

export class Gate {
  readonly #concurrentMax: number;
  readonly #waiting: (() => void)[] = [];
  #active = 0;

  constructor(concurrentMax: number) {
    this.#concurrentMax = concurrentMax;
  }

  /** `entered` when it is this call's turn, which it must `leave`; `busy` at once; `aborted` when the signal came. */
  enter(signal: AbortSignal): Promise<"entered" | "busy" | "aborted"> {
    if (signal.aborted) return Promise.resolve("aborted");
    if (this.#active < this.#concurrentMax) {
      this.#active++;
      return Promise.resolve("entered");
    }
    if (this.#waiting.length >= CALLS_WAITING_MAX) return Promise.resolve("busy");
    return new Promise((done) => {
      const onTurn = (): void => {
        signal.removeEventListener("abort", onAbort);
        done("entered");
      };
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(onTurn), 1);
        done("aborted");
      };
      this.#waiting.push(onTurn);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** The place goes to who waits longest, so that nobody new comes in between. */
  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#active--;
    else next();
  }
}
