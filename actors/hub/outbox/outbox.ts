/**
 * What one leaf still has to be told: commands in their order, until each has come to its one end.
 *
 *   submit ─▶ queued ──▶ sent ──▶ applied · acknowledged · refused
 *               │          │ └─ again, ever more seldom ─┐
 *               │          └────────◀────────────────────┘
 *               └──▶ superseded     both ──▶ expired · refused (cancelled)
 *
 * Pure: events come in with their time, and what is to be done goes out through the ports.
 *
 * A v1 leaf's ACK names no command, so one is under way at a time, and after one whose ACK may still
 * come the next waits. A v2 leaf names the command: several are under way, as long as each has a merge
 * key of its own; a command without one is sent alone. So what depends on order keeps it.
 */
import { invariant } from "../../../runtime/invariant.ts";
import type { Wire } from "../downlink.ts";
import type { CommandOutcome, CommandRecord, CommandRefusal } from "./messages.ts";

/** Commands of one leaf that have not ended: a day's worth of hourly settings with room left. */
export const OUTBOX_COMMANDS_MAX = 32;
/** A v2 leaf remembers at least 16 ids; a quarter of them lets an ESP32 answer all in one frame. */
const UNDER_WAY_MAX = 4;
/** A leaf answers within tens of ms, over a busy radio and a slow gateway within one second. */
const ANSWER_MS_MAX = 1_000;
/** An ACK that comes later than this belongs to no command any more. */
const LATE_ACK_MS_MAX = 2_000;
const RETRY_MS_MIN = 2_000;
/** A leaf that is away costs one frame a minute. */
const RETRY_MS_MAX = 60_000;
/** A leaf that was silent for so long and speaks again is sent to at once. */
const SILENT_MS_MIN = 10_000;
/** A leaf that sleeps listens after it has sent; frames are on their way to it in no time. */
const LISTENS_MS_MAX = 1_000;

export interface OutboxPorts {
  /** False: it did not leave, and is tried again. */
  transmit(record: CommandRecord, nowMs: number): boolean;
  /** Asks another leaf to wake this one. */
  rouse(): void;
  /** Once for each command. */
  ended(record: CommandRecord, outcome: CommandOutcome, reason: CommandRefusal | undefined): void;
  random(): number;
}

interface Entry {
  readonly record: CommandRecord;
  /** Transmissions; after a restart of the hub at least one if there was any. */
  tries: number;
  lastSentMs: number;
  /** Not before; also of the next attempt to wake the leaf. */
  dueMs: number;
  rouses: number;
  /** An `onWake` command waits for a frame that comes after it was given. */
  waitsForFrame: boolean;
}

export class Outbox {
  readonly #ports: OutboxPorts;
  /** In the order given; at most `OUTBOX_COMMANDS_MAX`. */
  #entries: Entry[] = [];
  #wire: Wire | undefined;
  /** It hears only after it has sent. */
  #sleeps = false;
  /** It was sent to sleep and has not been heard since. */
  #isInDeepSleep = false;
  #canBeRoused = false;
  #heardAtMs = -Infinity;
  /** v1: no other command before this. */
  #quietUntilMs = -Infinity;
  /** When it was called last: the wall clock may be set back. */
  #calledAtMs = -Infinity;

  constructor(ports: OutboxPorts) {
    this.#ports = ports;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** How the leaf hears: as it speaks, as it has registered, as an operator says. */
  describe(how: {
    readonly wire: Wire | undefined;
    readonly sleeps: boolean;
    readonly canBeRoused: boolean;
  }): void {
    this.#wire = how.wire ?? this.#wire;
    this.#sleeps = how.sleeps;
    this.#canBeRoused = how.canBeRoused;
  }

  /** The caller has looked at `size`. */
  submit(record: CommandRecord, nowMs: number): void {
    this.#clock(nowMs);
    invariant(this.#entries.length < OUTBOX_COMMANDS_MAX, "an outbox is bounded");
    const { mergeKey, sentAtMs } = record;
    if (mergeKey !== undefined) {
      for (const { record: older } of this.#entries.filter(
        (entry) => entry.tries === 0 && entry.record.mergeKey === mergeKey,
      )) {
        this.#end(older.commandId, "superseded", undefined);
      }
    }
    const isRestored = sentAtMs !== undefined;
    this.#entries.push({
      record,
      tries: isRestored ? 1 : 0,
      lastSentMs: sentAtMs ?? -Infinity,
      dueMs: nowMs,
      rouses: 0,
      waitsForFrame: record.delivery === "onWake" && !isRestored,
    });
    this.tick(nowMs);
  }

  /** A frame of the leaf was accepted, or another leaf has woken it. */
  heard(nowMs: number): void {
    this.#note(nowMs);
    this.tick(nowMs);
  }

  /** Instead of `heard`, for a v1 leaf's ACK; false when no command waits for one. */
  acknowledged(nowMs: number): boolean {
    this.#note(nowMs);
    const entry = this.#entries.find(({ tries }) => tries > 0);
    if (entry !== undefined) this.#answered(entry, "acknowledged", undefined);
    this.tick(nowMs);
    return entry !== undefined;
  }

  /** Instead of `heard`: what a v2 leaf says of one command; false when that has ended. */
  result(
    commandId: number,
    outcome: Extract<CommandOutcome, "applied" | "refused" | "expired">,
    reason: CommandRefusal | undefined,
    nowMs: number,
  ): boolean {
    this.#note(nowMs);
    const entry = this.#entries.find(
      ({ record, tries }) => record.commandId === commandId && tries > 0,
    );
    if (entry !== undefined) this.#answered(entry, outcome, reason);
    this.tick(nowMs);
    return entry !== undefined;
  }

  /** False: it has ended. */
  cancel(commandId: number, nowMs: number): boolean {
    const isThere = this.#end(commandId, "refused", "cancelled");
    this.tick(nowMs);
    return isThere;
  }

  /** Sends what is due and ends what is too late. To be called at `dueMs`, and harmless at any time. */
  tick(nowMs: number): void {
    this.#clock(nowMs);
    for (const { record } of this.#entries.filter(({ record }) => record.expiresAtMs <= nowMs)) {
      this.#end(record.commandId, "expired", undefined);
    }
    for (const entry of this.#sendable()) {
      if (!this.#isDue(entry, nowMs)) continue;
      if (this.#hears(nowMs)) this.#send(entry, nowMs);
      else this.#rouse(entry, nowMs);
    }
  }

  /** When `tick` has something to do next; Infinity: when something is heard or submitted. */
  dueMs(nowMs: number): number {
    let dueMs = Infinity;
    for (const { record } of this.#entries) dueMs = Math.min(dueMs, record.expiresAtMs);
    if (!this.#hears(nowMs) && !this.#canBeRoused) return dueMs;
    for (const entry of this.#sendable()) {
      if (!this.#hears(nowMs) && entry.record.delivery !== "now") continue;
      const isFirst = entry.tries === 0;
      const notBeforeMs = isFirst ? Math.max(entry.dueMs, this.#quietUntilMs) : entry.dueMs;
      if (!this.#sleeps || notBeforeMs <= this.#heardAtMs + LISTENS_MS_MAX || this.#canBeRoused) {
        dueMs = Math.min(dueMs, notBeforeMs);
      }
    }
    return dueMs;
  }

  /** A clock that was set back must not hold up what is due by the old time; expiry goes by the new one. */
  #clock(nowMs: number): void {
    if (nowMs < this.#calledAtMs) {
      this.#heardAtMs = Math.min(this.#heardAtMs, nowMs);
      this.#quietUntilMs = Math.min(this.#quietUntilMs, nowMs + LATE_ACK_MS_MAX);
      for (const entry of this.#entries) {
        entry.dueMs = Math.min(entry.dueMs, nowMs + RETRY_MS_MIN);
        entry.lastSentMs = Math.min(entry.lastSentMs, nowMs);
      }
    }
    this.#calledAtMs = nowMs;
  }

  #note(nowMs: number): void {
    this.#clock(nowMs);
    const isBack = nowMs - this.#heardAtMs >= SILENT_MS_MIN || this.#sleeps || this.#isInDeepSleep;
    this.#heardAtMs = nowMs;
    this.#isInDeepSleep = false;
    for (const entry of this.#entries) {
      entry.waitsForFrame = false;
      if (isBack) entry.dueMs = Math.max(nowMs, entry.lastSentMs + ANSWER_MS_MAX);
    }
  }

  #answered(entry: Entry, outcome: CommandOutcome, reason: CommandRefusal | undefined): void {
    this.#end(entry.record.commandId, outcome, reason);
    const isObeyed = outcome === "acknowledged" || outcome === "applied";
    if (isObeyed && entry.record.command === "deep_sleep") this.#isInDeepSleep = true;
  }

  /** In their order, those that no other holds back: first what is under way, then what is earlier. */
  #sendable(): Entry[] {
    const ready = this.#entries.filter(({ waitsForFrame }) => !waitsForFrame);
    const isFree = (entry: Entry, at: number): boolean =>
      !ready.some((other, otherAt) => {
        if (other === entry || !this.#areInOrder(other, entry)) return false;
        return entry.tries > 0 ? other.tries > 0 && otherAt < at : other.tries > 0 || otherAt < at;
      });
    return ready.filter(isFree).slice(0, UNDER_WAY_MAX);
  }

  /** Whether one of the two must have ended before the other is sent. */
  #areInOrder({ record: a }: Entry, { record: b }: Entry): boolean {
    if (this.#wire !== 2) return true;
    return a.mergeKey === undefined || b.mergeKey === undefined || a.mergeKey === b.mergeKey;
  }

  #isDue(entry: Entry, nowMs: number): boolean {
    return entry.dueMs <= nowMs && (entry.tries > 0 || this.#quietUntilMs <= nowMs);
  }

  #hears(nowMs: number): boolean {
    if (this.#isInDeepSleep) return false;
    return !this.#sleeps || nowMs - this.#heardAtMs <= LISTENS_MS_MAX;
  }

  #send(entry: Entry, nowMs: number): void {
    const isOut = this.#ports.transmit(entry.record, nowMs);
    if (isOut) {
      entry.tries += 1;
      entry.lastSentMs = nowMs;
    }
    entry.dueMs = nowMs + this.#retryMs(isOut ? entry.tries : 1);
  }

  #rouse(entry: Entry, nowMs: number): void {
    if (!this.#canBeRoused || entry.record.delivery !== "now") return;
    this.#ports.rouse();
    entry.rouses += 1;
    entry.dueMs = nowMs + this.#retryMs(entry.rouses);
  }

  /** Doubles up to its bound; up to half as much again, so that leaves are not sent to in step. */
  #retryMs(tries: number): number {
    const ms = Math.min(RETRY_MS_MIN * 2 ** (tries - 1), RETRY_MS_MAX);
    return ms * (1 + this.#ports.random() / 2);
  }

  #end(commandId: number, outcome: CommandOutcome, reason: CommandRefusal | undefined): boolean {
    const at = this.#entries.findIndex(({ record }) => record.commandId === commandId);
    const entry = this.#entries[at];
    if (entry === undefined) return false;
    this.#entries.splice(at, 1);
    const isSettled = entry.tries === 0 || (entry.tries === 1 && outcome === "acknowledged");
    if (this.#wire !== 2 && !isSettled) {
      this.#quietUntilMs = Math.max(this.#quietUntilMs, entry.lastSentMs + LATE_ACK_MS_MAX);
    }
    this.#ports.ended(entry.record, outcome, reason);
    return true;
  }
}
