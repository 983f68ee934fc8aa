/**
 * A sealed leaf's keys and counters: seals what it says, opens what its hub says, pairs, changes keys.
 *
 *   payload ──seal──▶ frame of the next counter      hub's frame ──open──▶ header and payload, or nothing
 *
 * Whatever a restart must not take back is in the memory before it is used: the epoch before its first
 * frame, a key before the first frame under it.
 */
import { expandKey } from "../../transports/frame/sealed/aes.ts";
import {
  checkOpened,
  checkSealed,
  pairAcceptChallengeAt,
  pairAcceptKeyAt,
  pairAcceptKeyNo,
  pairAcceptLeafId,
  rekeyKeyAt,
  rekeyKeyNo,
  sealedCounter,
  sealedFromHub,
  sealedKeyNo,
  sealedKind,
  sealedLeafId,
} from "../../transports/frame/sealed/read.ts";
import { openFrame, pairingKey, sealFrame } from "../../transports/frame/sealed/seal.ts";
import { writeHeader, writePairRequest } from "../../transports/frame/sealed/write.ts";
import { SEALED, SEALED_TYPES } from "../wire/sealed-types.ts";
import type { Chance } from "./chance.ts";
import type { LeafKey, LeafMemory, LeafState } from "./leaf-memory.ts";

export interface SessionOptions {
  readonly eui: Uint8Array;
  readonly installCode: Uint8Array;
  readonly memory: LeafMemory;
  /** Draws challenges: an emulated leaf has no secret to lose by them. */
  readonly chance: Chance;
  /** Of its first frame, where a wrap is to come soon. Default: 0. */
  readonly sequence?: number;
}

interface Held {
  readonly keyNo: number;
  readonly words: Int32Array;
  readonly hex: string;
}

const EPOCH_COUNTERS = SEALED.sequenceMax + 1;
/** What a device without an id says in its pairing request. */
const NO_LEAF_ID = 0xffff;

/** One for all leaves of the thread: a frame is handed over before the next is begun. */
export const sealedFrame = new Uint8Array(SEALED.bytesMax);
/** Header and payload of the hub's frame that was opened last. */
export const openedFrame = new Uint8Array(SEALED.bytesMax);

export class LeafSession {
  readonly #eui: Uint8Array;
  readonly #pairing: Int32Array;
  readonly #memory: LeafMemory;
  readonly #chance: Chance;
  readonly #challenge = new Uint8Array(SEALED.challengeBytes);
  #asked = false;
  #state: LeafState;
  #sequence = 0;
  #key: Held | undefined;
  #before: Held | undefined;
  #hubCounter: number;

  constructor({ eui, installCode, memory, chance, sequence = 0 }: SessionOptions) {
    this.#sequence = sequence;
    this.#eui = eui;
    this.#pairing = expandKey(pairingKey(installCode));
    this.#memory = memory;
    this.#chance = chance;
    const known = memory.load() ?? { epoch: 0, hubCounter: -1, configVersion: 0 };
    this.#key = held(known.key);
    this.#before = held(known.before);
    this.#hubCounter = known.hubCounter;
    // The jump: whatever was sent before the restart lies below.
    this.#state = { ...known, epoch: known.epoch + 1 };
    memory.save(this.#state);
  }

  get state(): LeafState {
    return this.#state;
  }
  get isPaired(): boolean {
    return this.#key !== undefined;
  }
  /** Whether an answer to its request to be paired may be on its way. */
  get isPairing(): boolean {
    return this.#asked;
  }
  get leafId(): number {
    return this.#state.leafId ?? NO_LEAF_ID;
  }
  get keyNo(): number {
    return this.#key?.keyNo ?? 0;
  }
  /** Of the next frame: epoch and sequence as one number. */
  get counter(): number {
    return this.#state.epoch * EPOCH_COUNTERS + this.#sequence;
  }

  /** Kept before it returns. */
  note(change: Partial<LeafState>): void {
    this.#state = { ...this.#state, ...change, hubCounter: this.#hubCounter };
    this.#memory.save(this.#state);
  }

  /** The jump of a leaf that is reset without losing its memory. */
  restart(): void {
    this.#sequence = 0;
    this.note({ epoch: this.#state.epoch + 1 });
  }

  /** Goes on above a counter that the hub has named. */
  goAbove(counter: number): void {
    if (counter < this.counter) return;
    this.#sequence = 0;
    this.note({ epoch: Math.floor(counter / EPOCH_COUNTERS) + 1 });
  }

  /** Into `sealedFrame`; `write` puts the payload at `at` and returns its end. Returns the length. */
  seal(type: number, write: (frame: Uint8Array, at: number) => number): number {
    const key = this.#key;
    if (key === undefined) throw new Error("a leaf that is not paired seals nothing");
    return this.#seal(key.words, key.keyNo, type, write);
  }

  /** A new request, with a challenge of its own. */
  sealPairRequest(): number {
    for (let n = 0; n < this.#challenge.length; n++) {
      this.#challenge[n] = Math.floor(this.#chance.next() * 256);
    }
    this.#asked = true;
    return this.#seal(this.#pairing, 0, SEALED_TYPES.PAIR_REQUEST, (frame, at) =>
      writePairRequest(frame, at, this.#eui, this.#challenge),
    );
  }

  #seal(
    key: Int32Array,
    keyNo: number,
    type: number,
    write: (frame: Uint8Array, at: number) => number,
  ): number {
    const { epoch } = this.#state;
    const at = writeHeader(sealedFrame, 0, type, keyNo, this.leafId, epoch, this.#sequence);
    const length = sealFrame(key, 0, sealedFrame, 0, write(sealedFrame, at));
    if (this.#sequence === SEALED.sequenceMax) this.restart();
    else this.#sequence += 1;
    return length;
  }

  /**
   * The end of a hub's frame for this leaf in `openedFrame`; 0 for any other, one that is not right, or one
   * that is not above the hub's last. Keys are taken over here.
   */
  open(bytes: Uint8Array, start: number, end: number): number {
    if (checkSealed(bytes, start, end) !== undefined || !sealedFromHub(bytes, start)) return 0;
    if (sealedKind(bytes, start) === SEALED_TYPES.PAIR_ACCEPT) {
      return this.#openPairAccept(bytes, start, end);
    }
    const keyNo = sealedKeyNo(bytes, start);
    const key = [this.#key, this.#before].find((one) => one?.keyNo === keyNo);
    const counter = sealedCounter(bytes, start);
    if (key === undefined || sealedLeafId(bytes, start) !== this.leafId) return 0;
    if (counter <= this.#hubCounter) return 0;
    const openedEnd = openFrame(key.words, 0, bytes, start, end, openedFrame, 0);
    if (openedEnd === 0 || checkOpened(openedFrame, 0, openedEnd) !== undefined) return 0;
    this.#hubCounter = counter;
    if (key === this.#key && this.#before !== undefined) {
      this.#before = undefined;
      this.#forgetBefore();
    }
    if (sealedKind(openedFrame, 0) === SEALED_TYPES.REKEY) this.#takeRekey(key);
    return openedEnd;
  }

  #openPairAccept(bytes: Uint8Array, start: number, end: number): number {
    if (!this.#asked || sealedKeyNo(bytes, start) !== 0) return 0;
    const openedEnd = openFrame(this.#pairing, 0, bytes, start, end, openedFrame, 0);
    if (openedEnd === 0 || checkOpened(openedFrame, 0, openedEnd) !== undefined) return 0;
    const at = pairAcceptChallengeAt(0);
    if (this.#challenge.some((byte, n) => openedFrame[at + n] !== byte)) return 0;
    this.#asked = false;
    this.#before = undefined;
    this.#forgetBefore();
    this.#hubCounter = sealedCounter(bytes, start);
    this.#take(pairAcceptKeyNo(openedFrame, 0), pairAcceptKeyAt(0), {
      leafId: pairAcceptLeafId(openedFrame, 0),
    });
    return openedEnd;
  }

  /** One of the number in force that came under it changes nothing: it was sent again. */
  #takeRekey(under: Held): void {
    const keyNo = rekeyKeyNo(openedFrame, 0);
    if (keyNo === 0 || (under === this.#key && keyNo === under.keyNo)) return;
    this.#before = under;
    this.#take(keyNo, rekeyKeyAt(0), { before: { keyNo: under.keyNo, key: under.hex } });
  }

  #take(keyNo: number, keyAt: number, change: Partial<LeafState>): void {
    const key = hexOf(openedFrame.subarray(keyAt, keyAt + SEALED.keyBytes));
    this.#key = held({ keyNo, key });
    this.note({ ...change, key: { keyNo, key } });
  }

  #forgetBefore(): void {
    const { before: _, ...state } = this.#state;
    this.#state = state;
    this.note({});
  }
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function held(key: LeafKey | undefined): Held | undefined {
  if (key === undefined) return undefined;
  return { keyNo: key.keyNo, words: expandKey(Buffer.from(key.key, "hex")), hex: key.key };
}
