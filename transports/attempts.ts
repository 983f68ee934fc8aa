/**
 * Guessing passwords made slow: who failed often waits, twice as long with each further failure. Counted by
 * address and by name, since an attacker has many of the one or tries many of the other. The wait of a name
 * stays short, so that nobody is shut out for long by somebody else's guesses.
 *
 * A restart forgets the counts.
 */
import type { Clock } from "../runtime/clock.ts";

interface Rule {
  /** Failures that cost no wait: fingers slip. */
  readonly free: number;
  readonly waitMsMax: number;
}

const FIRST_WAIT_MS = 1_000;
/** OWASP: a quarter of an hour stops guessing and ends by itself. */
const ADDRESS_WAIT_MS_MAX = 900_000;
const NAME_WAIT_MS_MAX = 30_000;
const RULES = {
  address: { free: 10, waitMsMax: ADDRESS_WAIT_MS_MAX },
  name: { free: 5, waitMsMax: NAME_WAIT_MS_MAX },
} as const satisfies Record<string, Rule>;
/** Failures older than this count no more. */
const FORGET_MS = 3_600_000;
/** Of each kind; beyond it the oldest is forgotten. */
export const ATTEMPTS_KEPT_MAX = 4_096;
/** A longer name is nobody's; its letters are not kept. */
const NAME_CHARS_MAX = 64;

interface Failures {
  count: number;
  lastAtMs: number;
}

export class Attempts {
  readonly #byAddress: Waits;
  readonly #byName: Waits;

  constructor(clock: Pick<Clock, "nowMs">) {
    const nowMs = (): number => clock.nowMs();
    this.#byAddress = new Waits(RULES.address, nowMs);
    this.#byName = new Waits(RULES.name, nowMs);
  }

  get size(): number {
    return this.#byAddress.size + this.#byName.size;
  }

  /** ms until the next attempt is looked at; 0: now. */
  waitMs(address: string, name: string): number {
    return Math.max(this.#byAddress.waitMs(networkOf(address)), this.#byName.waitMs(keyOf(name)));
  }

  failed(address: string, name: string): void {
    this.#byAddress.failed(networkOf(address));
    this.#byName.failed(keyOf(name));
  }

  /** The address keeps its count: an attacker with an account of his own must not wipe it out. */
  succeeded(name: string): void {
    this.#byName.forget(keyOf(name));
  }
}

/** Failures by key, and what each costs the key. */
export class Waits {
  readonly #rule: Rule;
  readonly #nowMs: () => number;
  /** At most `ATTEMPTS_KEPT_MAX`. */
  readonly #byKey = new Map<string, Failures>();

  constructor(rule: Rule, nowMs: () => number) {
    this.#rule = rule;
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#byKey.size;
  }

  waitMs(key: string): number {
    const { free, waitMsMax } = this.#rule;
    const failures = this.#byKey.get(key);
    if (failures === undefined || failures.count < free) return 0;
    const sinceMs = this.#nowMs() - failures.lastAtMs;
    if (sinceMs > FORGET_MS) {
      this.#byKey.delete(key);
      return 0;
    }
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** (failures.count - free), waitMsMax);
    // A clock that was set back must not shut anybody out.
    return sinceMs < 0 ? 0 : Math.max(0, waitMs - sinceMs);
  }

  failed(key: string): void {
    const nowMs = this.#nowMs();
    const known = this.#byKey.get(key);
    const isFresh = known !== undefined && nowMs - known.lastAtMs <= FORGET_MS;
    this.#byKey.delete(key);
    if (this.#byKey.size >= ATTEMPTS_KEPT_MAX) {
      this.#byKey.delete(this.#byKey.keys().next().value as string);
    }
    // 2^30 s is beyond every wait; a count without end would overflow it.
    const count = Math.min(isFresh ? known.count + 1 : 1, this.#rule.free + 30);
    this.#byKey.set(key, { count, lastAtMs: nowMs });
  }

  forget(key: string): void {
    this.#byKey.delete(key);
  }
}

export const keyOf = (name: string): string => name.slice(0, NAME_CHARS_MAX);

/** Who has one address of IPv6 has the 2^64 beside it. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  if (!plain.includes(":")) return plain;
  const [head = "", tail = ""] = plain.split("::", 2);
  const before = head === "" ? [] : head.split(":");
  const after = tail === "" ? [] : tail.split(":");
  const zeros = plain.includes("::") ? Math.max(0, 8 - before.length - after.length) : 0;
  const groups = [...before, ...Array<string>(zeros).fill("0"), ...after];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, "").toLowerCase())
    .join(":");
}
