/**
 * The air between in-process links: it loses, delays, damages, repeats and reorders frames, by
 * chance and time given from outside, so that a seed replays what happened.
 *
 *   link.send ──▶ lost? repeated? damaged? ──(due at)──▶ queue ──timer──▶ receiver of the other link
 */
import type { Clock } from "../../runtime/clock.ts";
import { invariant } from "../../runtime/invariant.ts";
import type { Random } from "../../runtime/random.ts";
import { FRAME_BYTES_MAX } from "../link.ts";
import { MemoryLink } from "./memory-link.ts";

/** Probabilities are 0..1 for each frame. */
export interface MediumFaults {
  readonly loss: number;
  readonly duplicate: number;
  /** One bit of the frame flips, which the checksum of wire v1 always sees. */
  readonly damage: number;
  /** The frame arrives `reorderByMs` late, so that those sent meanwhile pass it. */
  readonly reorder: number;
  readonly reorderByMs: number;
  readonly delayMs: number;
  /** Adds 0..jitterMs, without changing the order. */
  readonly jitterMs: number;
}

export interface MediumOptions extends Partial<MediumFaults> {
  readonly clock: Clock;
  readonly random: Random;
}

/** What became of frames, for tests that account for each. */
export interface MediumStats {
  readonly lost: number;
  readonly duplicated: number;
  readonly damaged: number;
  readonly reordered: number;
  /** Due when nobody listened at their address. */
  readonly unheard: number;
}

const CLEAN: MediumFaults = {
  loss: 0,
  duplicate: 0,
  damage: 0,
  reorder: 0,
  reorderByMs: 10,
  delayMs: 0,
  jitterMs: 0,
};

/** Frames under way at a time: 16 for each of 256 leaves, some 1 MB. */
const UNDER_WAY_MAX = 4096;

interface UnderWay {
  readonly dueMs: number;
  readonly from: string;
  readonly to: string;
  readonly frame: Uint8Array;
}

export class MemoryMedium {
  readonly #clock: Clock;
  readonly #random: Random;
  #faults: MediumFaults;
  /** Links that are open, by name; as many as a test makes. */
  readonly #open = new Map<string, MemoryLink>();
  /** Sorted by due time; equal ones in the order sent. */
  readonly #underWay: UnderWay[] = [];
  /** When the newest frame in order is due, by `from to`; as many as pairs of links. */
  readonly #lastDueMs = new Map<string, number>();
  readonly #stats = { lost: 0, duplicated: 0, damaged: 0, reordered: 0, unheard: 0 };

  constructor({ clock, random, ...faults }: MediumOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#faults = { ...CLEAN, ...faults };
  }

  /** A link at `memory://name`, closed until `open`; a gateway's takes more bytes than a frame has. */
  link(name: string, frameBytesMax: number = FRAME_BYTES_MAX): MemoryLink {
    return new MemoryLink(this, name, frameBytesMax);
  }

  /** Changes what happens to frames sent from now on: weather comes and goes. */
  setFaults(faults: Partial<MediumFaults>): void {
    this.#faults = { ...this.#faults, ...faults };
  }

  stats(): MediumStats {
    return { ...this.#stats };
  }

  /** For `MemoryLink`: false when another link is open at this name. */
  attach(name: string, link: MemoryLink): boolean {
    if (this.#open.has(name)) return false;
    this.#open.set(name, link);
    return true;
  }

  /** For `MemoryLink`. */
  detach(name: string): void {
    this.#open.delete(name);
  }

  /** For `MemoryLink`: takes a copy of the frame; false when too many are under way. */
  carry(from: string, to: string, frame: Uint8Array): boolean {
    if (this.#underWay.length + 2 > UNDER_WAY_MAX) return false;
    if (this.#happens(this.#faults.loss)) {
      this.#stats.lost += 1;
      return true;
    }
    this.#enqueue(from, to, frame);
    if (this.#happens(this.#faults.duplicate)) {
      this.#stats.duplicated += 1;
      this.#enqueue(from, to, frame);
    }
    return true;
  }

  #enqueue(from: string, to: string, frame: Uint8Array): void {
    const copy = this.#damagedAtTimes(new Uint8Array(frame));
    const nowMs = this.#clock.monotonicMs();
    const pair = `${from} ${to}`;
    const { delayMs, jitterMs, reorder, reorderByMs } = this.#faults;
    const earliestMs = nowMs + delayMs + (jitterMs > 0 ? this.#random.next() * jitterMs : 0);
    let dueMs = Math.max(earliestMs, this.#lastDueMs.get(pair) ?? 0);
    if (this.#happens(reorder)) {
      this.#stats.reordered += 1;
      dueMs += reorderByMs;
    } else {
      this.#lastDueMs.set(pair, dueMs);
    }
    let at = this.#underWay.length;
    while (at > 0 && (this.#underWay[at - 1]?.dueMs ?? 0) > dueMs) at -= 1;
    this.#underWay.splice(at, 0, { dueMs, from, to, frame: copy });
    this.#clock.after(dueMs - nowMs, this.#deliverNext);
  }

  #damagedAtTimes(frame: Uint8Array): Uint8Array {
    if (frame.length === 0 || !this.#happens(this.#faults.damage)) return frame;
    this.#stats.damaged += 1;
    const bit = Math.floor(this.#random.next() * frame.length * 8);
    const at = bit >> 3;
    frame[at] = (frame[at] ?? 0) ^ (1 << (bit & 7));
    return frame;
  }

  /**
   * Each frame has a timer, and the queue is sorted as the timers are: the n-th to fire is for the
   * n-th frame, even where real timers fire early or out of order.
   */
  readonly #deliverNext = (): void => {
    const next = this.#underWay.shift();
    if (next === undefined) return;
    const link = this.#open.get(next.to);
    if (link === undefined) this.#stats.unheard += 1;
    else link.arrive(next.from, next.frame);
  };

  /** Draws only for faults that can happen, so that adding a kind leaves old seeds as they were. */
  #happens(probability: number): boolean {
    invariant(probability >= 0 && probability <= 1, `a probability is 0..1, not ${probability}`);
    return probability > 0 && this.#random.next() < probability;
  }
}
