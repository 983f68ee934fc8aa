/**
 * What the hub's half of a sealed frame costs, and what one costs that gets nowhere: whoever floods a hub
 * pays for that much of its time. Budget: an accepted frame 3 us, so that 25,000 leaves at 1 Hz take a
 * thirteenth of a core; one that is refused no more than that.
 */
import { createSessionTable, SessionTable } from "../actors/hub/security/session-table.ts";
import { Sessions } from "../actors/hub/security/sessions.ts";
import { SEALED, SEALED_TYPES } from "../firmware/wire/sealed-types.ts";
import { invariant } from "../runtime/invariant.ts";
import { expandKey } from "../transports/frame/sealed/aes.ts";
import { sealFrame } from "../transports/frame/sealed/seal.ts";
import { writeGroup, writeHeader } from "../transports/frame/sealed/write.ts";
import { collectGarbage } from "./garbage.ts";
import type { Bench } from "./harness.ts";

const LEAVES = 1_000;
/** As many fit before the counters of a leaf start again under a fresh key: some 20 MB of frames. */
const FRAMES_A_LEAF = 400;
const FRAME_BYTES = 46;
const FRAMES = LEAVES * FRAMES_A_LEAF;

export const sealedFlood: Bench = {
  name: "sealed-flood",
  question: "What does a hub pay for a sealed frame: accepted, and refused of each kind?",
  run: async (harness) => {
    const hub = makeHub();
    await harness.compare({
      name: "session",
      unit: "frame",
      smoke: 500,
      most: FRAMES,
      ours: (count) => hub.accept(count),
      peers: {
        "badTag: forged": (count) => hub.refuse("badTag", count),
        "replayed: recorded": (count) => hub.refuse("replayed", count),
        "notPaired: a stranger's id": (count) => hub.refuse("notPaired", count),
      },
      aims: [{ atLeast: 333_000 }],
    });
    const count = harness.smoke ? 1_000 : FRAMES;
    for (let warm = 0; warm < 3; warm++) hub.accept(count);
    harness.report("allocated by an accepted frame", "byte/frame", garbageOf(hub.accept, count), {
      // Its counter, as a number with more than 31 bits between two functions.
      aims: [{ atMost: 20 }],
    });
  },
};

function garbageOf(work: (count: number) => void, frames: number): number {
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  work(frames);
  return Math.max(0, process.memoryUsage().heapUsed - before) / frames;
}

function makeHub() {
  const table = new SessionTable(createSessionTable({ rowsMax: LEAVES }));
  const sessions = new Sessions(table, 0, LEAVES);
  const frames = new Uint8Array(FRAMES * FRAME_BYTES);
  const keys: Uint8Array[] = [];
  for (let leafId = 0; leafId < LEAVES; leafId++) {
    const raw = Uint8Array.from({ length: SEALED.keyBytes }, (_, n) => leafId * 31 + n * 7);
    const key = expandKey(raw);
    keys.push(raw);
    for (let n = 0; n < FRAMES_A_LEAF; n++) {
      // In the order in which leaves take turns, as they come in.
      const start = (n * LEAVES + leafId) * FRAME_BYTES;
      const at = writeHeader(frames, start, SEALED_TYPES.REPORT, 1, leafId, 1, n);
      const end = writeGroup(frames, at, 0, [1, 2, 4, 5], [20 + n / 8, 40, 600, 300], 4);
      sealFrame(key, 0, frames, start, end);
    }
  }
  const forget = (): void => {
    for (const [leafId, key] of keys.entries()) {
      table.setKey(leafId, 0, 1, key);
      table.setMark(leafId, 0, Number.MAX_SAFE_INTEGER);
      table.setPaired(leafId, true);
    }
  };
  forget();

  const forged = frames.slice(0, FRAME_BYTES * LEAVES);
  const recorded = forged.slice();
  const strange = forged.slice();
  for (let n = 0; n < LEAVES; n++) {
    const start = n * FRAME_BYTES;
    // A counter that is always new, as a forger would take it.
    forged.set([0xff, 0xff, 0xff, 0x7f], start + 7);
    strange.set([0xff, 0xff], start + 5);
  }
  const kinds = { badTag: forged, replayed: recorded, notPaired: strange };

  return {
    /** Every frame is one that was not seen: when all were, the keys are taken for fresh ones. */
    accept(count: number): void {
      forget();
      for (let n = 0; n < count; n++) {
        const start = (n % FRAMES) * FRAME_BYTES;
        const verdict = sessions.open(frames, start, start + FRAME_BYTES);
        if (verdict !== "opened") invariant(false, `a fresh frame opens, not ${verdict}`);
      }
    },
    refuse(kind: keyof typeof kinds, count: number): void {
      if (kind === "replayed") this.accept(LEAVES);
      const bytes = kinds[kind];
      for (let n = 0; n < count; n++) {
        const start = (n % LEAVES) * FRAME_BYTES;
        const verdict = sessions.open(bytes, start, start + FRAME_BYTES);
        if (verdict !== kind) invariant(false, `${kind}, not ${verdict}`);
      }
    },
  };
}
