/**
 * Messages that found no one: counted by reason, logged, the last few kept to be looked at.
 *
 *   tell ──▶ nobody, or no room ──▶ put(message, path, reason) ──▶ counter, ring of the last ones, log
 */
import type { Clock } from "./clock.ts";
import { DEAD_LETTERS_KEPT } from "./limits.ts";
import type { Logger } from "./logger.ts";
import { messageType } from "./message-type.ts";

export const DEAD_LETTER_REASONS = [
  /** No actor was ever heard of at this address. */
  "noSuchActor",
  /** The actor had stopped, or stopped before it came to the message. */
  "stopped",
  /** The behavior returned `unhandled`. */
  "unhandled",
  /** Policy `refuse`. */
  "mailboxFull",
  /** Policy `dropOldest`, and `conflate` for a new key. */
  "droppedOldest",
  /** Policy `dropNewest`. */
  "droppedNewest",
  /** The second answer to an ask, or one after its time. */
  "lateAnswer",
  /** More than `CONTROL_LANE_MAX` control messages or promises waited. */
  "controlFull",
  /** A promise ended after the actor that had piped it was restarted. */
  "restarted",
  /** The way to the receiver's thread stayed full. */
  "wayFull",
  /** The receiver's thread is lost. */
  "threadLost",
  /** The message cannot cross threads: not plain data, or too large. */
  "cannotCross",
  /** What came from another thread could not be read. */
  "damaged",
] as const;

export type DeadLetterReason = (typeof DEAD_LETTER_REASONS)[number];

export interface DeadLetter {
  readonly message: unknown;
  /** Of the actor it was meant for. */
  readonly path: string;
  readonly reason: DeadLetterReason;
  /** ms since the epoch. */
  readonly atMs: number;
}

/** Stands for a byte message, whose bytes are not kept. */
export const BYTES_LETTER = { type: "Bytes" } as const;

interface Kept {
  message: unknown;
  to: { readonly path: string };
  reason: DeadLetterReason;
  atMs: number;
}

export class DeadLetters {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #counts = Object.fromEntries(DEAD_LETTER_REASONS.map((reason) => [reason, 0])) as Record<
    DeadLetterReason,
    number
  >;
  /** The last `DEAD_LETTERS_KEPT`, overwritten in turn: an overflowing mailbox makes no garbage. */
  readonly #kept: Kept[] = [];
  #total = 0;

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  put(message: unknown, to: { readonly path: string }, reason: DeadLetterReason): void {
    const atMs = this.#clock.nowMs();
    const kept = this.#kept[this.#total % DEAD_LETTERS_KEPT];
    if (kept === undefined) {
      this.#kept.push({ message, to, reason, atMs });
    } else {
      kept.message = message;
      kept.to = to;
      kept.reason = reason;
      kept.atMs = atMs;
    }
    this.#total += 1;
    this.#counts[reason] += 1;
    const count = this.#counts[reason];
    // The 1st, 2nd, 4th, 8th …: a flood of them must not become a flood of log lines.
    if ((count & (count - 1)) === 0) {
      this.#log.warn({ path: to.path, reason, count, type: messageType(message) }, "dead letter");
    }
  }

  total(): number {
    return this.#total;
  }

  countByReason(): Readonly<Record<DeadLetterReason, number>> {
    return { ...this.#counts };
  }

  /** The last ones, oldest first. */
  last(): readonly DeadLetter[] {
    const from = this.#total > DEAD_LETTERS_KEPT ? this.#total % DEAD_LETTERS_KEPT : 0;
    return [...this.#kept.slice(from), ...this.#kept.slice(0, from)].map(
      ({ message, to, reason, atMs }) => ({ message, path: to.path, reason, atMs }),
    );
  }
}
