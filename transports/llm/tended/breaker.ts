/**
 * Whether a model is worth asking. One that failed twice in a row is down: it is left alone for a while, then one
 * call tries it; well again, or down for twice as long.
 *
 *   closed ──two faults, or one that time will not heal──▶ down ──cool-down──▶ one trial ──▶ closed or down
 */
import type { ModelFault } from "../model-port.ts";

/** One may be chance; each has had its retries already. */
const FAULTS_IN_A_ROW = 2;
export const COOLDOWN_MS_MAX = 600_000;

/** Of the request, not of the model. */
const NOT_ITS_FAULT: ReadonlySet<ModelFault["code"]> = new Set([
  "badRequest",
  "contextTooLong",
  "busy",
  "aborted",
]);

export class Breaker {
  readonly #cooldownMs: number;
  #inARow = 0;
  /** How often it was found down since it was last well. */
  #downs = 0;
  #untilMs: number | undefined;
  #isTried = false;

  constructor(cooldownMs: number) {
    this.#cooldownMs = cooldownMs;
  }

  get isDown(): boolean {
    return this.#untilMs !== undefined;
  }

  get isFailing(): boolean {
    return this.#inARow > 0;
  }

  /** 0: ask; else how long it is left alone. A yes to a model that is down is its one trial. */
  waitMs(nowMs: number): number {
    if (this.#untilMs === undefined) return 0;
    if (nowMs < this.#untilMs) return this.#untilMs - nowMs;
    if (this.#isTried) return this.#cooldownMs;
    this.#isTried = true;
    return 0;
  }

  succeeded(): void {
    this.#inARow = 0;
    this.#downs = 0;
    this.#untilMs = undefined;
    this.#isTried = false;
  }

  /** `chance` in [0, 1) spreads nodes that share a server. */
  failed(fault: ModelFault, nowMs: number, chance: number): void {
    this.#isTried = false;
    if (NOT_ITS_FAULT.has(fault.code)) return;
    this.#inARow++;
    if (fault.code === "rateLimited") {
      // It is well, but not for us, for as long as it says.
      this.#untilMs = nowMs + Math.min(fault.retryAfterMs ?? this.#cooldownMs, COOLDOWN_MS_MAX);
      return;
    }
    const isHopeless = fault.code === "unauthorized";
    if (!isHopeless && this.#untilMs === undefined && this.#inARow < FAULTS_IN_A_ROW) return;
    const forMs = isHopeless ? COOLDOWN_MS_MAX : this.#cooldownMs * 2 ** Math.min(this.#downs, 16);
    this.#downs++;
    this.#untilMs = nowMs + Math.min(forMs, COOLDOWN_MS_MAX) * (1 - chance / 4);
  }
}
