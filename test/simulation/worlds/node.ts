/**
 * A whole node with two hubs and six leaves over three threads, while links lose and damage frames, the
 * disk is slow or full, actors crash and threads are lost: each frame ends as one thing, rows never go
 * back in time, and what is stored is what was sent, in order, with nothing missing far from a fault.
 */

import { ROOT_SUPERVISION } from "../../../actors/guardian.ts";
import { queryHistory } from "../../../actors/historian/history-query.ts";
import { emptyLeafRow } from "../../../actors/leaf/leaf-table.ts";
import { CHANNELS } from "../../../firmware/wire/frame-types.ts";
import { bytesOf, heartbeat } from "../../actors/hub/office.ts";
import fc, { type Arbitrary } from "../../support/fc.ts";
import { CHANNEL, type OfficeNode, openNode, sharedOf } from "../office-node.ts";
import { crashOf, loseThreadOf, Stage } from "../stage.ts";
import { type Course, type Fault, hold, type World } from "../world.ts";

const SHAPE = { hubs: 2, leavesPerHub: 3, everyMs: 100, order: "seeded" } as const;
const STEP_MS = 20;
const STEPS = 800;
const FLOOD_FRAMES = 60;
/**
 * What may be missing around a fault, ms: before it what the batch (50) and the commit (50) had not
 * brought to disk, after it what came until its actor had started anew, asked for its records, and been
 * answered or not (5 s).
 */
const BEFORE_MS = 200;
const AFTER_MS = 6_000;

/** Twice the time that a hub waits for its records. */
const HEAL_MS = 12_000;

interface Air extends Fault {
  readonly fault: "air";
  readonly loss: number;
  readonly duplicate: number;
  readonly damage: number;
  readonly steps: number;
}

interface DiskTrouble extends Fault {
  readonly fault: "disk";
  readonly isFull: boolean;
  readonly commitMs: number;
  readonly steps: number;
}

/** One leaf sends more at once than it may. */
interface Flood extends Fault {
  readonly fault: "flood";
  readonly leaf: number;
}

type NodeFault = Air | DiskTrouble | Flood;

const steps = fc.integer({ min: 1, max: 200 });
const chance = fc.double({ min: 0, max: 0.3, noNaN: true });

const air: Arbitrary<Air> = fc.record({
  fault: fc.constant("air" as const),
  loss: chance,
  duplicate: chance,
  damage: chance,
  steps,
});

const disk: Arbitrary<DiskTrouble> = fc.record({
  fault: fc.constant("disk" as const),
  isFull: fc.boolean(),
  commitMs: fc.integer({ min: 0, max: 2_000 }),
  steps,
});

const flood: Arbitrary<Flood> = fc.record({
  fault: fc.constant("flood" as const),
  leaf: fc.nat(SHAPE.hubs * SHAPE.leavesPerHub - 1),
});

const PERMANENT = [
  "dashboard",
  "historian",
  "bus",
  "zones",
  "zones/main",
  "hubs/swarm_hub_1",
  "hubs/swarm_hub_2",
  "links/swarm_hub_1",
  "links/swarm_hub_2",
];
const LEAVES = ["hubs/swarm_hub_1/leaf_0", "hubs/swarm_hub_2/leaf_2"];

/** Dead letters that would be a mistake of the program, not of the faults. */
const NEVER: ReadonlySet<string> = new Set(["unhandled", "cannotCross", "controlFull"]);

export const node: World = {
  name: "node",
  about:
    "a whole node: each frame accounted for, rows and history in order, nothing missing far from a fault",
  steps: STEPS,
  faultsMax: 5,
  seedsInTest: 12,
  faults: fc.oneof(
    crashOf([...PERMANENT, ...LEAVES], true),
    loseThreadOf([1, 2]),
    air,
    disk,
    flood,
  ),
  async open(seed): Promise<Course> {
    const shared = sharedOf(SHAPE);
    const supervision = ROOT_SUPERVISION;
    const stage = new Stage({ seed, threads: 3, supervision, shared, healMs: HEAL_MS });
    const { sim } = stage;
    const office = await openNode(sim, shared, SHAPE, seed);
    const trouble = new Trouble(stage, office);
    const seenMs = office.leaves.map(() => 0);
    return {
      sim,
      async inflict(fault, step) {
        await trouble.begin(fault as NodeFault, step);
      },
      async step(step) {
        trouble.endDue(step);
        for (const leaf of office.leaves) leaf.tick(sim.clock.nowMs());
        await stage.pass(STEP_MS, step);
      },
      check() {
        stage.check();
        checkRows(office, seenMs);
        for (const { message, path, reason } of stage.letters.splice(0)) {
          const what = () => `${JSON.stringify(message)} to ${path}: ${reason}`;
          hold(trouble.happened && !NEVER.has(reason), "no dead letter without a cause", what);
        }
      },
      async heal() {
        trouble.endDue(Number.POSITIVE_INFINITY);
        await stage.heal();
      },
      checkQuiet() {
        for (const actor of PERMANENT) {
          const lives = stage.cell(actor) !== undefined;
          hold(lives, "a permanent actor ends up running", () => actor);
        }
        checkFrames(office, stage);
        checkHistory(office, trouble);
      },
    };
  },
};

/** What goes wrong, and when something may be missing because of it. */
class Trouble {
  readonly #stage: Stage;
  readonly #office: OfficeNode;
  readonly #ends = new Map<"air" | "disk", number>();
  /** ms since the epoch of the beginning and end of each fault, its aftermath included. */
  readonly spans: { readonly fromMs: number; toMs: number; readonly untilStep: number }[] = [];
  readonly flooded = new Set<number>();
  happened = false;

  constructor(stage: Stage, office: OfficeNode) {
    this.#stage = stage;
    this.#office = office;
  }

  async begin(fault: NodeFault, step: number): Promise<void> {
    this.happened = true;
    const nowMs = this.#stage.sim.clock.nowMs();
    const untilStep = step + ("steps" in fault ? fault.steps : 0);
    this.spans.push({ fromMs: nowMs, toMs: nowMs, untilStep });
    const { medium, disk, leaves } = this.#office;
    switch (fault.fault) {
      case "air":
        medium.setFaults({ loss: fault.loss, duplicate: fault.duplicate, damage: fault.damage });
        this.#ends.set("air", step + fault.steps);
        return;
      case "disk":
        disk.set(fault.isFull, fault.commitMs);
        this.#ends.set("disk", step + fault.steps);
        return;
      case "flood": {
        this.flooded.add(fault.leaf);
        const leaf = leaves[fault.leaf];
        for (let i = 0; i < FLOOD_FRAMES; i += 1) leaf?.send(bytesOf(heartbeat(leaf.leafId)));
        return;
      }
      default:
        this.#stage.inflict(fault, step);
    }
  }

  endDue(step: number): void {
    for (const [kind, until] of this.#ends) {
      if (until > step) continue;
      this.#ends.delete(kind);
      if (kind === "air") this.#office.medium.setFaults({ loss: 0, duplicate: 0, damage: 0 });
      else this.#office.disk.set(false, 0);
    }
    const nowMs = this.#stage.sim.clock.nowMs();
    for (const span of this.spans) if (span.untilStep >= step) span.toMs = nowMs;
  }

  mayMiss(atMs: number): boolean {
    return this.spans.some(
      ({ fromMs, toMs }) => atMs >= fromMs - BEFORE_MS && atMs <= toMs + AFTER_MS,
    );
  }
}

const read = emptyLeafRow();

function checkRows({ leaves, table }: OfficeNode, seenMs: number[]): void {
  for (const [i, { row }] of leaves.entries()) {
    hold(table.readRow(row, read), "nobody is in a row between steps", () => `row ${row}`);
    const now = read.lastSeenMs;
    const before = seenMs[i] ?? 0;
    hold(
      now >= before,
      "a row never goes back in time",
      () => `row ${row}: ${now} after ${before}`,
    );
    seenMs[i] = now;
  }
}

/** sent = lost + received; received = forwarded + hubBusy; forwarded = applied + refused, and lost with a thread. */
function checkFrames(office: OfficeNode, stage: Stage): void {
  const { lost, duplicated, unheard } = office.medium.stats();
  let received = 0;
  for (const [hub, totals] of office.totals.entries()) {
    const link = totals.read();
    received += link.received;
    const { forwarded, hubBusy } = totals;
    const isWhole = link.received === forwarded + hubBusy;
    hold(isWhole, "frames of a link", () => `${link.received}, of them ${forwarded} + ${hubBusy}`);
    const counts = office.counters[hub]?.read();
    const open = office.counters[hub]?.underWay() ?? 0;
    hold(open === 0, "each frame is applied or refused", () => JSON.stringify(counts));
    const heard = counts?.received ?? 0;
    const inHand = stage.inHand.filter((message) => message instanceof Uint8Array).length;
    const missing = forwarded - heard;
    const isLost = stage.everLost.size > 0 ? missing >= 0 : missing >= 0 && missing <= inHand;
    hold(isLost, "each frame that was forwarded is heard", () => `${heard} of ${forwarded}`);
  }
  const sent = office.framesSent() + duplicated - lost - unheard;
  hold(sent === received, "frames in the air", () => `${received} received of ${sent}`);
}

function checkHistory(office: OfficeNode, trouble: Trouble): void {
  for (const [i, { hub, leafId, sentMs }] of office.leaves.entries()) {
    const series = { hubNo: hub, leafId, channel: CHANNELS[CHANNEL].code };
    const limit = 2 * sentMs.length;
    const rows = queryHistory(office.disk.store, { ...series, fromMs: 0, toMs: 1e15, limit });
    const name = `leaf ${leafId} of hub ${hub}`;
    const stored = new Set<number>();
    let last = 0;
    for (const { value, atMs } of rows) {
      const sentAtMs = sentMs[value - 1];
      const wasSent = sentAtMs !== undefined && atMs >= sentAtMs;
      hold(wasSent, "only what was sent is stored", () => `${value} of ${name}`);
      hold(value >= last, "history is in order", () => `${value} after ${last} of ${name}`);
      last = value;
      stored.add(value);
    }
    if (trouble.flooded.has(i)) continue;
    for (const [index, atMs] of sentMs.entries()) {
      const what = () => `${index + 1} of ${name}, sent at ${atMs}`;
      hold(stored.has(index + 1) || trouble.mayMiss(atMs), "what was sent is stored", what);
    }
  }
}
