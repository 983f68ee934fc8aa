/**
 * A v2 leaf for tests, on the codec alone: pairs, seals what it says, and takes what its hub seals. It
 * keeps to the rules of a leaf: counters only rise, a key is taken before it is used.
 */
import { SEALED, SEALED_AT, SEALED_TYPES } from "../../firmware/wire/sealed-types.ts";
import { expandKey } from "../../transports/frame/sealed/aes.ts";
import {
  ackCounter,
  ackSeenBefore,
  checkOpened,
  checkSealed,
  pairAcceptChallengeAt,
  pairAcceptKeyAt,
  pairAcceptKeyNo,
  pairAcceptLeafId,
  rekeyKeyAt,
  rekeyKeyNo,
  sealedCounter,
  sealedKeyNo,
  sealedKind,
} from "../../transports/frame/sealed/read.ts";
import { openFrame, pairingKey, sealFrame } from "../../transports/frame/sealed/seal.ts";
import {
  writeBeat,
  writeGroup,
  writeHeader,
  writePairRequest,
  writeSealedRegister,
} from "../../transports/frame/sealed/write.ts";

export interface GroupOf {
  readonly ageMs: number;
  /** Channel code → value. */
  readonly readings: readonly (readonly [number, number])[];
}

export interface SaysWhat {
  readonly answer?: boolean;
}

const NO_ID = 0xffff;

export class SealedLeaf {
  readonly eui: Uint8Array;
  /** Of the next frame: epoch and sequence as one number. */
  counter: number;
  leafId = NO_ID;
  keyNo = 0;
  /** What it was told, newest last. */
  readonly acks: number[] = [];
  /** Of the last ACK: bit n says that the frame n + 1 before it came. */
  seenBefore = 0;
  readonly told: { readonly kind: number; readonly payload: Uint8Array }[] = [];
  refused = 0;
  #pairing: Int32Array;
  #challenge = new Uint8Array(SEALED.challengeBytes);
  #key: Int32Array | undefined;
  /** The key that a REKEY has replaced: its hub may seal under it once more. */
  #before: { readonly keyNo: number; readonly key: Int32Array } | undefined;
  #heard = -1;

  constructor(eui: number, installCode: Uint8Array, counter = 0x10000) {
    this.eui = new Uint8Array(SEALED.euiBytes);
    new DataView(this.eui.buffer).setUint32(0, eui, true);
    this.#pairing = expandKey(pairingKey(installCode));
    this.counter = counter;
  }

  get isPaired(): boolean {
    return this.#key !== undefined;
  }

  pairRequest(challenge = this.counter): Uint8Array {
    new DataView(this.#challenge.buffer).setFloat64(0, challenge, true);
    const { eui } = this;
    return this.#seal(this.#pairing, 0, NO_ID, SEALED_TYPES.PAIR_REQUEST, (frame, at) =>
      writePairRequest(frame, at, eui, this.#challenge),
    );
  }

  report(groups: readonly GroupOf[], { answer = false }: SaysWhat = {}): Uint8Array {
    return this.say(SEALED_TYPES.REPORT | (answer ? SEALED.answerBit : 0), (frame, from) => {
      let at = from;
      for (const { ageMs, readings } of groups) {
        const channels = readings.map(([channel]) => channel);
        const values = readings.map(([, value]) => value);
        at = writeGroup(frame, at, ageMs, channels, values, readings.length);
      }
      return at;
    });
  }

  /** One reading of temperature, of now. */
  temperature(value: number, what: SaysWhat = {}): Uint8Array {
    return this.report([{ ageMs: 0, readings: [[0x01, value]] }], what);
  }

  heartbeat(batteryMv = 3_300): Uint8Array {
    return this.say(SEALED_TYPES.HEARTBEAT, (frame, at) =>
      writeBeat(frame, at, batteryMv, 60, 0, 0, 0),
    );
  }

  register(hardware = 1, capabilities: readonly number[] = [0x01]): Uint8Array {
    return this.say(SEALED_TYPES.REGISTER, (frame, at) =>
      writeSealedRegister(frame, at, hardware, 0, 1, 0, capabilities),
    );
  }

  say(type: number, write: (frame: Uint8Array, at: number) => number): Uint8Array {
    const key = this.#key;
    if (key === undefined) throw new Error("a leaf that is not paired says nothing");
    return this.#seal(key, this.keyNo, this.leafId, type, write);
  }

  /** What a restart keeps: keys and the epoch, which goes on. */
  reboot(): void {
    this.counter = (Math.floor(this.counter / 0x10000) + 1) * 0x10000;
  }

  /** A frame from the hub; false when it is none for this leaf, or an old one. */
  hear(frame: Uint8Array): boolean {
    const isTaken = this.#take(frame);
    if (!isTaken) this.refused += 1;
    return isTaken;
  }

  #take(frame: Uint8Array): boolean {
    if (checkSealed(frame, 0, frame.length) !== undefined) return false;
    const out = new Uint8Array(SEALED.bytesMax);
    const kind = sealedKind(frame, 0);
    const keyNo = sealedKeyNo(frame, 0);
    const isPairing = kind === SEALED_TYPES.PAIR_ACCEPT;
    const key = isPairing
      ? this.#pairing
      : keyNo === this.keyNo
        ? this.#key
        : keyNo === this.#before?.keyNo
          ? this.#before.key
          : undefined;
    if (key === undefined) return false;
    const end = openFrame(key, 0, frame, 0, frame.length, out, 0);
    if (end === 0 || checkOpened(out, 0, end) !== undefined) return false;
    if (!isPairing) {
      if (sealedCounter(frame, 0) <= this.#heard) return false;
      this.#heard = sealedCounter(frame, 0);
    }
    switch (kind) {
      case SEALED_TYPES.PAIR_ACCEPT: {
        const at = pairAcceptChallengeAt(0);
        if (this.#challenge.some((byte, i) => byte !== out[at + i])) return false;
        this.leafId = pairAcceptLeafId(out, 0);
        this.#newKey(pairAcceptKeyNo(out, 0), out, pairAcceptKeyAt(0));
        return true;
      }
      case SEALED_TYPES.REKEY:
        if (rekeyKeyNo(out, 0) !== this.keyNo) {
          this.#newKey(rekeyKeyNo(out, 0), out, rekeyKeyAt(0));
        }
        return true;
      case SEALED_TYPES.ACK: {
        const counter = ackCounter(out, 0);
        this.acks.push(counter);
        this.seenBefore = ackSeenBefore(out, 0);
        // Of a counter that is yet to come: the hub refuses all up to there.
        if (counter >= this.counter) this.counter = counter + 1;
        return true;
      }
      default:
        this.told.push({ kind, payload: out.slice(SEALED_AT.payload, end) });
        return true;
    }
  }

  #newKey(keyNo: number, bytes: Uint8Array, at: number): void {
    this.#before = this.#key && { keyNo: this.keyNo, key: this.#key };
    this.#key = expandKey(bytes, at);
    this.keyNo = keyNo;
  }

  #seal(
    key: Int32Array,
    keyNo: number,
    leafId: number,
    type: number,
    write: (frame: Uint8Array, at: number) => number,
  ): Uint8Array {
    const frame = new Uint8Array(SEALED.bytesMax);
    const counter = this.counter++;
    const epoch = Math.floor(counter / 0x10000);
    const at = writeHeader(frame, 0, type, keyNo, leafId, epoch, counter % 0x10000);
    return frame.slice(0, sealFrame(key, 0, frame, 0, write(frame, at)));
  }
}
