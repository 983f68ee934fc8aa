/**
 * What a hub does for one sealed leaf, in the simplest words: every counter that came is in a set. It
 * notes each nonce under each key, and refuses to go on when one comes twice with another frame.
 */
import assert from "node:assert/strict";
import { SEALED } from "../../firmware/wire/sealed-types.ts";
import { toHex } from "../../transports/frame/hex.ts";
import { expandKey } from "../../transports/frame/sealed/aes.ts";
import { decodeOpened, decodeSealed } from "../../transports/frame/sealed/decode.ts";
import { encodeSealed } from "../../transports/frame/sealed/encode.ts";
import {
  checkSealed,
  sealedCounter,
  sealedKeyNo,
  sealedWantsAnswer,
} from "../../transports/frame/sealed/read.ts";
import { fleetInstallCode, openFrame, pairingKey } from "../../transports/frame/sealed/seal.ts";
import type { SealedFrame } from "../../transports/frame/sealed/sealed-frame.ts";

export const FLEET_SECRET = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");
export const LEAF_ID = 300;

type FrameOf<Type> = Extract<SealedFrame, { readonly type: Type }>;
/** A hub's frame without what every header has. */
export type HubSays = Omit<SealedFrame, "version" | "keyNo" | "leafId" | "epoch" | "sequence"> &
  Record<string, unknown>;

export class HubModel {
  /** Every frame that was taken, in order. */
  readonly taken: { readonly atMs: number; readonly frame: SealedFrame }[] = [];
  refused = 0;
  isOpenForPairing = true;
  readonly #keys = new Map<number, string>();
  #keyNo = 0;
  #pending = 0;
  #pairing: string | undefined;
  #counter = 0;
  readonly #came = new Set<number>();
  #answered = -1;
  #pairedCounter = -1;
  readonly #nonces = new Map<string, string>();

  of<Type extends SealedFrame["type"]>(type: Type): FrameOf<Type>[] {
    return this.taken
      .map(({ frame }) => frame)
      .filter((frame): frame is FrameOf<Type> => frame.type === type);
  }

  /** Values of a channel with when they were measured, in the order in which they came. */
  readings(channel: string): (readonly [atMs: number, value: number])[] {
    return this.taken.flatMap(({ atMs, frame }) =>
      frame.type !== "REPORT"
        ? []
        : frame.groups.flatMap(({ ageMs, readings }) =>
            readings
              .filter((reading) => reading.channel === channel)
              .map(({ value }) => [atMs - ageMs, value] as const),
          ),
    );
  }

  /** Takes what a leaf has sent, even if it is lost on its way: a nonce is used when it is sealed. */
  sealed(bytes: Uint8Array): void {
    const key = sealedKeyNo(bytes, 0) === 0 ? "pairing" : this.#keys.get(sealedKeyNo(bytes, 0));
    const nonce = `${key} ${toHex(bytes, 2, 13)}`;
    const frame = toHex(bytes);
    assert.equal(this.#nonces.get(nonce) ?? frame, frame, "a nonce was used for two frames");
    this.#nonces.set(nonce, frame);
    const counter = `${key} ${sealedCounter(bytes, 0)}`;
    assert.equal(this.#nonces.get(counter) ?? frame, frame, "a counter was used for two frames");
    this.#nonces.set(counter, frame);
  }

  /** A frame that has arrived; what the hub answers. */
  hear(bytes: Uint8Array, atMs: number): Uint8Array[] {
    assert.equal(checkSealed(bytes, 0, bytes.length), undefined);
    const keyNo = sealedKeyNo(bytes, 0);
    if (keyNo === 0) return this.#pair(bytes);
    const key = this.#keys.get(keyNo);
    const counter = sealedCounter(bytes, 0);
    const opened = new Uint8Array(SEALED.bytesMax);
    const length =
      key === undefined
        ? 0
        : openFrame(expandKey(bytesOf(key)), 0, bytes, 0, bytes.length, opened, 0);
    const isAskedAgain = counter === this.#answered;
    if (length === 0 || this.#came.has(counter) || counter < this.#answered) {
      this.refused += 1;
      return length > 0 && isAskedAgain ? [this.#ack(counter)] : [];
    }
    this.#came.add(counter);
    const decoded = decodeOpened(opened, 0, length);
    assert.ok(decoded.ok);
    this.taken.push({ atMs, frame: decoded.value });
    if (keyNo === this.#pending) {
      this.#keys.delete(this.#keyNo);
      this.#keyNo = keyNo;
      this.#pending = 0;
    }
    return sealedWantsAnswer(bytes, 0) ? [this.#ack(counter)] : [];
  }

  #ack(counter: number): Uint8Array {
    this.#answered = Math.max(counter, this.#answered);
    let seenBefore = 0;
    for (let n = 0; n < 32; n++) if (this.#came.has(counter - 1 - n)) seenBefore |= 1 << n;
    return this.says({
      type: "ACK",
      ackEpoch: Math.floor(counter / 0x10000),
      ackSequence: counter % 0x10000,
      seenBefore: seenBefore >>> 0,
    });
  }

  #pair(bytes: Uint8Array): Uint8Array[] {
    const code = fleetInstallCode(FLEET_SECRET, bytes.subarray(13, 21));
    const key = pairingKey(code);
    const decoded = decodeSealed(expandKey(key), bytes);
    const counter = sealedCounter(bytes, 0);
    if (!decoded.ok || decoded.value.type !== "PAIR_REQUEST" || !this.isOpenForPairing) {
      this.refused += 1;
      return [];
    }
    if (counter <= this.#pairedCounter) return [];
    this.#pairedCounter = counter;
    this.#pairing = toHex(key);
    this.#keys.clear();
    this.#keyNo = 1;
    this.#pending = 0;
    const newKey = this.#freshKey();
    this.#keys.set(1, newKey);
    const accept = this.#seal(0, this.#pairing, {
      type: "PAIR_ACCEPT",
      challenge: decoded.value.challenge,
      newLeafId: LEAF_ID,
      newKeyNo: 1,
      newKey,
    });
    return [accept];
  }

  /** A REKEY of the next number, or the same one again while it is not confirmed. */
  rekey(): Uint8Array {
    if (this.#pending === 0) {
      this.#pending = (this.#keyNo % 255) + 1;
      this.#keys.set(this.#pending, this.#freshKey());
    }
    const newKey = this.#keys.get(this.#pending) ?? "";
    return this.says({ type: "REKEY", newKeyNo: this.#pending, newKey });
  }

  /** A start of the hub's node. */
  restart(): void {
    this.#counter = (Math.floor(this.#counter / 0x10000) + 1) * 0x10000;
  }

  says(what: HubSays): Uint8Array {
    return this.#seal(this.#keyNo, this.#keys.get(this.#keyNo) ?? "", what);
  }

  #seal(keyNo: number, key: string, what: HubSays): Uint8Array {
    const counter = this.#counter++;
    const epoch = Math.floor(counter / 0x10000);
    const header = { version: 2, keyNo, leafId: LEAF_ID, epoch, sequence: counter % 0x10000 };
    const encoded = encodeSealed({ ...header, ...what } as SealedFrame, expandKey(bytesOf(key)));
    assert.ok(encoded.ok);
    return encoded.value;
  }

  #keysMade = 0;
  #freshKey(): string {
    this.#keysMade += 1;
    return this.#keysMade.toString(16).padStart(32, "0");
  }
}

export const commandOf = (commandId: number, command: string, args: object = {}): HubSays => ({
  type: "COMMAND",
  commandId,
  expiresS: 0,
  command,
  args,
});

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
