/**
 * A mailbox: an actor's bounded queue of messages, in the order they came.
 *
 *   tell ──▶ front, or slots[head … head + count) ──▶ take  (a ring, doubled up to capacity)
 *   tellBytes ──▶ BYTES in a slot, the bytes in a byte ring ──▶ onBytes
 *
 * An actor cell is a mailbox, so that a million idle ones need no object more. Its methods are `private` rather than
 * #private, of which each class would put a brand of 8 bytes into every cell. The slots are given back when the mailbox
 * is drained. This is the data lane; the system and control lanes are queues of the cell.
 *
 *   full and  dropOldest    the oldest becomes a dead letter
 *             dropNewest    the new one becomes a dead letter
 *             conflate      replaces the waiting one of its key; without one as dropOldest
 *             refuse        a dead letter, and the sender is told
 *             backpressure  is taken beyond capacity while the sender has overshoot, which then waits
 *
 * Full is also who has `BYTE_RING_BYTES_MAX` bytes waiting.
 */
import { ByteRing, recordBytes } from "./byte-ring.ts";
import { BYTES_LETTER, type DeadLetterReason } from "./dead-letters.ts";
import { invariant } from "./invariant.ts";
import {
  BYTE_RING_BYTES_MAX,
  BYTES_ON_CREDIT_MAX,
  BYTES_OVERSHOOT_MAX,
  MAILBOX_SLOTS_MIN,
  OVERSHOOT_MIN,
} from "./limits.ts";
import { keyOf, type MessageKey } from "./mailbox-rules.ts";
import { type Note, RareMailboxState } from "./rare-mailbox-state.ts";
import type { MailboxSpec } from "./supervisor.ts";
import type { Cause } from "./watching/tracing.ts";

/** In a slot: the message is the next record of the byte ring. */
export const BYTES = Symbol("bytes");
/** In a slot: the message is in a note, with the time it came. */
export const NOTED = Symbol("noted");
/** In a slot: as `BYTES`, and there is a note. */
export const NOTED_BYTES = Symbol("noted bytes");

/** What became of a message. */
export const PUT = { queued: 0, overCredit: 1, shed: 2, refused: 3 } as const;
export type Put = (typeof PUT)[keyof typeof PUT];

/** A byte message on its way from one mailbox to another. */
export class ByteMessage {
  readonly bytes: Uint8Array;
  readonly tag: number;
  readonly atMs: number;

  constructor(bytes: Uint8Array, tag: number, atMs: number) {
    this.bytes = bytes;
    this.tag = tag;
    this.atMs = atMs;
  }
}

/** In `front`: no message. */
export const NONE = Symbol("none");

const NO_SLOTS: unknown[] = [];

/** Mailboxes whose ring ran empty since `releaseDrained`, one for each such turn; some are filled anew. */
const drained: (Mailbox<never> | undefined)[] = [];
let drainedCount = 0;

/** Rings that are still empty at the end of a box are let go; in a busy one they go from turn to turn. */
export function releaseDrained(): void {
  for (let i = 0; i < drainedCount; i += 1) {
    drained[i]?.releaseIfEmpty();
    drained[i] = undefined;
  }
  drainedCount = 0;
}

export abstract class Mailbox<M> {
  /**
   * The oldest message, if it came to an empty mailbox without a ring: most come alone and need none. Where
   * others then make one, its own slot stays empty.
   */
  protected front: unknown = NONE;
  /** A ring of a power of two; index of a position is position & (length - 1). */
  protected slots: unknown[] = NO_SLOTS;
  /** Position of the oldest message: only grows, modulo 2^32. */
  protected head = 0;
  count = 0;
  /** Below this count a message needs no more than its place; 0 where more is to be looked at. */
  protected limit = 0;
  protected rare: RareMailboxState | undefined = undefined;

  protected abstract get rules(): MailboxSpec<M>;
  /** A message left the mailbox unhandled. */
  protected abstract shed(message: unknown, reason: DeadLetterReason): void;

  protected shedNoted(message: unknown, reason: DeadLetterReason, _note: Note | undefined): void {
    this.shed(message, reason);
  }

  get capacity(): number {
    return this.rules.capacity;
  }

  protected get isFull(): boolean {
    if (this.count >= this.rules.capacity) return true;
    return (this.rare?.bytes?.waitingBytes ?? 0) >= BYTE_RING_BYTES_MAX;
  }

  /** The messages that wait, oldest first; bytes are left out. */
  waiting(): M[] {
    const messages: M[] = [];
    for (let i = 0; i < this.count; i += 1) {
      const position = (this.head + i) | 0;
      const slot = this.at(position);
      if (slot === NOTED) messages.push(this.rare?.noteAt(position)?.message as M);
      else if (slot !== BYTES && slot !== NOTED_BYTES) messages.push(slot as M);
    }
    return messages;
  }

  put(message: M): Put {
    if (this.rules.overflow === "conflate" && this.replace(message)) return PUT.queued;
    if (this.count >= this.rules.capacity) {
      const outcome = this.overflow(message, false);
      if (outcome !== PUT.queued) {
        if (outcome === PUT.overCredit) this.append(message);
        return outcome;
      }
    }
    this.append(message);
    return PUT.queued;
  }

  putBytes(bytes: Uint8Array, start: number, end: number, tag: number, atMs: number): Put {
    if (isTooLarge(end - start)) {
      this.shed(BYTES_LETTER, "mailboxFull");
      return PUT.refused;
    }
    const rare = this.rareState();
    rare.bytes ??= new ByteRing(BYTE_RING_BYTES_MAX);
    let outcome: Put = PUT.queued;
    if (this.count >= this.rules.capacity) {
      outcome = this.overflow(BYTES, false);
      if (outcome > PUT.overCredit) return outcome;
    }
    const bytesMax =
      this.rules.overflow === "backpressure" ? BYTES_OVERSHOOT_MAX : BYTE_RING_BYTES_MAX;
    while (!rare.bytes.put(bytes, start, end, tag, atMs, bytesMax)) {
      const full = this.overflow(BYTES, true);
      if (full !== PUT.queued) return full;
    }
    this.append(BYTES);
    return outcome;
  }

  /** Puts bytes, also beyond capacity and the bound of bytes; false when there is no room at all. */
  protected appendBytes(
    bytes: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
  ): boolean {
    const rare = this.rareState();
    rare.bytes ??= new ByteRing(BYTE_RING_BYTES_MAX);
    if (!rare.bytes.put(bytes, start, end, tag, atMs, BYTES_ON_CREDIT_MAX)) return false;
    this.append(BYTES);
    return true;
  }

  /** Takes the oldest; `BYTES`, `NOTED` and `NOTED_BYTES` stand for what `rare` holds. */
  protected takeSlot(): unknown {
    let message = this.front;
    if (message !== NONE) this.front = NONE;
    else {
      const at = this.indexOf(this.head);
      message = this.slots[at];
      this.slots[at] = undefined;
    }
    this.head = (this.head + 1) | 0;
    this.count -= 1;
    return message;
  }

  /** Takes the oldest for another mailbox: a message, or a `ByteMessage`. */
  takeLetter(): unknown {
    const slot = this.takeSlot();
    const note = slot === NOTED || slot === NOTED_BYTES ? this.takeNote() : undefined;
    if (slot === NOTED) return note?.message;
    if (slot !== BYTES && slot !== NOTED_BYTES) return slot;
    const ring = this.rare?.bytes;
    invariant(ring !== undefined, "a byte ring holds what the slot announces");
    ring.take();
    const letter = new ByteMessage(ring.bytes.slice(ring.start, ring.end), ring.tag, ring.atMs);
    ring.release();
    return letter;
  }

  /** Notes when the message just put came, and why. */
  protected note(message: unknown, atMs: number, cause: Cause | undefined): void {
    const rare = this.rareState();
    const newest = (this.head + this.count - 1) | 0;
    const key = message === BYTES ? undefined : rare.lastKey;
    const position = key === undefined ? newest : (rare.positions?.get(key) ?? newest);
    const isBytes = message === BYTES;
    this.setAt(position, isBytes ? NOTED_BYTES : NOTED);
    rare.notes.push({ position, message: isBytes ? undefined : message, atMs, cause });
  }

  protected get hasNotes(): boolean {
    return this.rare !== undefined && this.rare.notes.length > 0;
  }

  /** Of the message that was taken last. */
  protected takeNote(): Note {
    const note = this.rare?.dropNote((this.head - 1) | 0);
    invariant(note !== undefined, "a note is kept until its message is taken");
    return note;
  }

  /** Puts a message, also beyond capacity, before all others: it had been accepted before. */
  protected putFirst(message: M): void {
    if (this.count >= this.slots.length) this.grow();
    if (this.front !== NONE) {
      this.slots[this.indexOf(this.head)] = this.front;
      this.front = NONE;
    }
    // The place before the oldest may be one that a key still remembers.
    this.rare?.forgetPassed(this.head);
    this.head = (this.head - 1) | 0;
    this.slots[this.indexOf(this.head)] = message;
    this.count += 1;
  }

  protected append(message: unknown): void {
    // Keys are forgotten together with the ring.
    const needsRing = this.slots.length > 0 || this.rare?.positions !== undefined;
    if (this.count === 0 && !needsRing) this.front = message;
    else {
      if (this.count >= this.slots.length) this.grow();
      this.slots[this.indexOf(this.head + this.count)] = message;
    }
    this.count += 1;
  }

  releaseIfEmpty(): void {
    if (this.count === 0) this.releaseSlots();
  }

  /** Has handled all there was, and may have more in a moment. */
  protected noteDrained(): void {
    drained[drainedCount] = this as unknown as Mailbox<never>;
    drainedCount += 1;
  }

  /** Lets the ring of an empty mailbox go. */
  protected releaseSlots(): void {
    this.slots = NO_SLOTS;
    this.openShortWay();
    this.rare?.positions?.clear();
  }

  /** Makes dead letters of all that waits, and takes nothing more by the short way. */
  protected shedAll(reason: DeadLetterReason): void {
    while (this.count > 0) this.shedOldest(reason);
    if (this.slots !== NO_SLOTS) this.releaseSlots();
    this.limit = 0;
  }

  protected rareState(): RareMailboxState {
    this.rare ??= new RareMailboxState();
    return this.rare;
  }

  /** Whether a plain message may be stored without a look at the rules. */
  protected hasShortWay(): boolean {
    return this.rules.overflow !== "conflate" && this.rules.isControl === undefined;
  }

  protected keyOf(message: M): MessageKey {
    return keyOf(this.rules, message);
  }

  /** To be called once the rules are known. */
  protected openShortWay(): void {
    const places = Math.max(this.slots.length, 1);
    this.limit = this.hasShortWay() ? Math.min(places, this.rules.capacity) : 0;
  }

  private indexOf(position: number): number {
    return position & (this.slots.length - 1);
  }

  private at(position: number): unknown {
    const isFront = position === this.head && this.front !== NONE;
    return isFront ? this.front : this.slots[this.indexOf(position)];
  }

  private setAt(position: number, message: unknown): void {
    if (position === this.head && this.front !== NONE) this.front = message;
    else this.slots[this.indexOf(position)] = message;
  }

  /** `queued`: room was made. */
  private overflow(message: unknown, bytesFull: boolean): Put {
    switch (this.rules.overflow) {
      case "dropOldest":
      case "conflate":
        if (this.count === 0) {
          this.shed(letterOf(message), "mailboxFull");
          return PUT.refused;
        }
        this.shedOldest("droppedOldest");
        return PUT.queued;
      case "dropNewest":
        this.shed(letterOf(message), "droppedNewest");
        return PUT.shed;
      case "refuse":
        this.shed(letterOf(message), "mailboxFull");
        return PUT.refused;
      case "backpressure":
        return !bytesFull && this.count < overshootLimit(this.rules.capacity)
          ? PUT.overCredit
          : PUT.refused;
    }
  }

  private shedOldest(reason: DeadLetterReason): void {
    const message = this.takeSlot();
    const note = message === NOTED || message === NOTED_BYTES ? this.takeNote() : undefined;
    if (message === BYTES || message === NOTED_BYTES) {
      this.rare?.bytes?.drop();
      this.shedNoted(BYTES_LETTER, reason, note);
    } else {
      this.shedNoted(note === undefined ? message : note.message, reason, note);
    }
  }

  /** Puts the message in the place of the waiting one of its key; notes its place if there is none. */
  private replace(message: M): boolean {
    const key = this.keyOf(message);
    if (key === undefined && this.rare === undefined) return false;
    const rare = this.rareState();
    rare.lastKey = key;
    if (key === undefined) return false;
    const position = rare.waitingAt(key, this.head, this.count);
    if (position === undefined) {
      rare.enterKey(key, this.head, this.count, this.rules.capacity);
      return false;
    }
    if (this.at(position) === NOTED) rare.dropNote(position);
    this.setAt(position, message);
    return true;
  }

  private grow(): void {
    const old = this.slots;
    const slots = new Array(Math.max(MAILBOX_SLOTS_MIN, old.length * 2)).fill(undefined);
    const moved = old.length === 0 ? 0 : this.count;
    for (let i = 0; i < moved; i += 1) {
      const position = this.head + i;
      slots[position & (slots.length - 1)] = old[position & (old.length - 1)];
    }
    this.slots = slots;
    this.openShortWay();
  }
}

/** For any mailbox, so that no other message needs to make room for it. */
export const isTooLarge = (bytes: number): boolean => recordBytes(bytes) > BYTE_RING_BYTES_MAX;

const overshootLimit = (capacity: number): number => capacity + Math.max(OVERSHOOT_MIN, capacity);

const letterOf = (message: unknown): unknown => (message === BYTES ? BYTES_LETTER : message);
