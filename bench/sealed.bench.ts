/**
 * Budget: 2 us a frame, so that 25,000 leaves at 1 Hz cost a twentieth of a core.
 *
 * Each frame is another leaf's, so that keys come from the whole table as they do in a hub. Every frame
 * has to open, or the bench fails.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import { SEALED, SEALED_TYPES } from "../firmware/wire/sealed-types.ts";
import { invariant } from "../runtime/invariant.ts";
import { expandKey, ROUND_KEY_WORDS } from "../transports/frame/sealed/aes.ts";
import { checkSealed } from "../transports/frame/sealed/read.ts";
import { openFrame, sealFrame } from "../transports/frame/sealed/seal.ts";
import { writeGroup, writeHeader } from "../transports/frame/sealed/write.ts";
import { collectGarbage } from "./garbage.ts";
import type { Bench } from "./harness.ts";

const LEAVES = 25_000;
/** A group of four readings between header and tag. */
const FRAME_BYTES = 46;
const OPENED_BYTES = FRAME_BYTES - SEALED.tagBytes;
const FRAMES_FOR_GARBAGE = { smoke: 1_000, full: 1_000_000 } as const;

export const sealed: Bench = {
  name: "sealed",
  question: "What does AES-128-CCM cost on a frame of four readings, from one of 25,000 leaves?",
  run: async (harness) => {
    const leaves = makeLeaves();
    await harness.compare({
      name: "open",
      unit: "frame",
      smoke: 500,
      ours: (count) => leaves.open(count),
      peers: { "node:crypto": (count) => leaves.openByNode(count) },
      aims: [{ atLeast: 500_000 }],
    });
    await harness.compare({
      name: "seal",
      unit: "frame",
      smoke: 500,
      ours: (count) => leaves.seal(count),
      peers: {
        "node:crypto": (count) => leaves.sealByNode(count),
        "node:crypto, two calls of ciphers kept open": leaves.twoCalls,
      },
      aims: [{ atLeast: 500_000 }],
    });
    const frames = harness.smoke ? FRAMES_FOR_GARBAGE.smoke : FRAMES_FOR_GARBAGE.full;
    harness.report("allocated by open", "byte/frame", garbageOf(leaves.open, frames), {
      aims: [{ atMost: 1 }],
    });
    harness.report("an expanded key", "byte", leaves.keyBytes);
  },
};

/** What stays on the heap of what `work` left behind, where no collection comes in between. */
function garbageOf(work: (count: number) => void, frames: number): number {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  work(frames);
  return Math.max(0, process.memoryUsage().heapUsed - before) / frames;
}

function makeLeaves() {
  const rawKeys = new Uint8Array(LEAVES * SEALED.keyBytes);
  for (let n = 0; n < rawKeys.length; n++) rawKeys[n] = (n * 2_654_435_761) >>> 24;
  const keys = new Int32Array(LEAVES * ROUND_KEY_WORDS);
  const plain = new Uint8Array(LEAVES * FRAME_BYTES);
  const frames = new Uint8Array(LEAVES * FRAME_BYTES);
  const out = new Uint8Array(SEALED.bytesMax);
  for (let leaf = 0; leaf < LEAVES; leaf++) {
    expandKey(rawKeys, leaf * SEALED.keyBytes, keys, leaf * ROUND_KEY_WORDS);
    const start = leaf * FRAME_BYTES;
    const at = writeHeader(plain, start, SEALED_TYPES.REPORT, 1, leaf, 1, 1);
    writeGroup(plain, at, 0, [1, 2, 4, 5], [20 + (leaf % 64) / 8, 40, 600, 300], 4);
    frames.set(plain.subarray(start, start + FRAME_BYTES), start);
    sealFrame(keys, leaf * ROUND_KEY_WORDS, frames, start, start + OPENED_BYTES);
  }

  const rawKeyOf = (leaf: number) =>
    rawKeys.subarray(leaf * SEALED.keyBytes, (leaf + 1) * SEALED.keyBytes);
  const nonce = new Uint8Array(SEALED.nonceBytes);
  const options = { authTagLength: SEALED.tagBytes };
  const plaintextLength = OPENED_BYTES - SEALED.headerBytes;

  return {
    keyBytes: keys.byteLength / LEAVES,

    open(count: number): void {
      for (let n = 0; n < count; n++) {
        const leaf = n % LEAVES;
        const start = leaf * FRAME_BYTES;
        const end = start + FRAME_BYTES;
        if (
          checkSealed(frames, start, end) !== undefined ||
          openFrame(keys, leaf * ROUND_KEY_WORDS, frames, start, end, out, 0) === 0
        )
          invariant(false, "every frame opens");
      }
    },

    seal(count: number): void {
      for (let n = 0; n < count; n++) {
        const leaf = n % LEAVES;
        const from = leaf * FRAME_BYTES;
        for (let at = 0; at < OPENED_BYTES; at++) out[at] = plain[from + at] as number;
        sealFrame(keys, leaf * ROUND_KEY_WORDS, out, 0, OPENED_BYTES);
      }
    },

    openByNode(count: number): void {
      for (let n = 0; n < count; n++) {
        const leaf = n % LEAVES;
        const frame = frames.subarray(leaf * FRAME_BYTES, (leaf + 1) * FRAME_BYTES);
        nonce.set(frame.subarray(2, SEALED.headerBytes));
        const decipher = createDecipheriv("aes-128-ccm", rawKeyOf(leaf), nonce, options);
        decipher.setAuthTag(frame.subarray(OPENED_BYTES));
        decipher.setAAD(frame.subarray(0, SEALED.headerBytes), { plaintextLength });
        decipher.update(frame.subarray(SEALED.headerBytes, OPENED_BYTES));
        decipher.final();
      }
    },

    sealByNode(count: number): void {
      for (let n = 0; n < count; n++) {
        const leaf = n % LEAVES;
        const frame = plain.subarray(leaf * FRAME_BYTES, (leaf + 1) * FRAME_BYTES);
        nonce.set(frame.subarray(2, SEALED.headerBytes));
        const cipher = createCipheriv("aes-128-ccm", rawKeyOf(leaf), nonce, options);
        cipher.setAAD(frame.subarray(0, SEALED.headerBytes), { plaintextLength });
        cipher.update(frame.subarray(SEALED.headerBytes, OPENED_BYTES));
        cipher.final();
        cipher.getAuthTag();
      }
    },

    /** The least that CCM over node's AES would do: one call for the stream, one for the MAC. */
    twoCalls(count: number): void {
      const stream = createCipheriv("aes-128-ecb", rawKeyOf(0), null).setAutoPadding(false);
      const mac = createCipheriv("aes-128-cbc", rawKeyOf(0), rawKeyOf(1)).setAutoPadding(false);
      for (let n = 0; n < count; n++) {
        const start = (n % LEAVES) * FRAME_BYTES;
        stream.update(frames.subarray(start, start + 48));
        mac.update(frames.subarray(start, start + 64));
      }
    },
  };
}
