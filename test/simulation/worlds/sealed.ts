/**
 * The whole path under wire v2: leaves, gateway, hubs, node and store, each of which can be lost, while an
 * operator commands leaves and changes their keys, and a stranger sends again all that it has heard.
 *
 *   sent, and arrived = applied + refused + still queued;  no reading twice, no command twice
 */

import { queryHistory } from "../../../actors/historian/history-query.ts";
import { CHANNELS } from "../../../firmware/wire/frame-types.ts";
import { MycelError } from "../../../runtime/errors.ts";
import fc, { type Arbitrary } from "../../support/fc.ts";
import { Operator } from "../operator.ts";
import { CHANNEL, Eavesdropper, FieldLeaf, GatewayBox } from "../sealed-field.ts";
import { HUB_IDS, SealedNode } from "../sealed-node.ts";
import { type Crash, crashOf, type LoseThread, loseThreadOf } from "../stage.ts";
import { type Course, type Fault, hold, type World } from "../world.ts";

const STEP_MS = 20;
const STEPS = 700;
/** Leaves find their hub, records are asked for (5 s), the slowest commit is done (8 s). */
const AFTER_MS = 12_000;
/** What neither batch (50 ms) nor commit (50 ms) had brought to disk. */
const BEFORE_MS = 200;
/** The slowest commit (8 s) is done, a full disk is tried again (1 s), and all is written. */
const CATCH_UP_MS = 10_000;
/** A command waits for its end (9 s), a leaf for its answer (3 s); all that twice, after the last fault. */
const HEAL_MS = 40_000;
const HEAL_STEP_MS = 100;
/** 1 and 2 of hub 1 are heard directly, the others through the gateway; one speaks v1. */
const LEAVES = [
  { hub: 0, wire: 2 },
  { hub: 0, wire: 1 },
  { hub: 1, wire: 2 },
  { hub: 1, wire: 2 },
  { hub: 2, wire: 2 },
] as const;
const PAIRING_STEPS_MAX = 400;

interface Trouble {
  readonly steps: number;
}
interface Air extends Fault, Trouble {
  readonly fault: "air" | "backhaul";
  readonly loss: number;
  readonly duplicate: number;
  readonly damage: number;
  readonly reorder: number;
  readonly delayMs: number;
}
interface DiskTrouble extends Fault, Trouble {
  readonly fault: "disk";
  readonly isFull: boolean;
  readonly commitMs: number;
}
interface DiskFails extends Fault {
  readonly fault: "diskFails";
}
/** Its power, its memory, its clock; or the operator gives it another key. */
interface OfLeaf extends Fault {
  readonly fault: "leafCrash" | "leafReset" | "rotate";
  readonly leaf: number;
}
interface LeafJump extends Fault {
  readonly fault: "leafJump";
  readonly leaf: number;
  readonly ms: number;
}
interface Wall extends Fault {
  readonly fault: "wall";
  readonly ms: number;
}
interface Kill extends Fault, Trouble {
  readonly fault: "kill";
}
interface BoxRestart extends Fault {
  readonly fault: "boxRestart";
}
interface Replay extends Fault {
  readonly fault: "replay";
  readonly frames: number;
}

type SealedFault =
  | Air
  | DiskTrouble
  | DiskFails
  | OfLeaf
  | LeafJump
  | Wall
  | Kill
  | BoxRestart
  | Replay
  | Crash
  | LoseThread;

const steps = fc.integer({ min: 1, max: 200 });
const chance = fc.double({ min: 0, max: 0.4, noNaN: true });
const leaf = fc.nat(LEAVES.length - 1);
const one = <F extends string>(fault: F) => fc.constant(fault);

const faults: Arbitrary<SealedFault> = fc.oneof(
  fc.record({
    fault: fc.constantFrom("air" as const, "backhaul" as const),
    ...{ loss: chance, duplicate: chance, damage: chance, reorder: chance, steps },
    delayMs: fc.nat(300),
  }),
  fc.record({ fault: one("disk"), isFull: fc.boolean(), commitMs: fc.nat(8_000), steps }),
  fc.record({ fault: one("diskFails") }),
  fc.record({ fault: fc.constantFrom("leafCrash" as const, "rotate" as const), leaf }),
  fc.record({ fault: one("rotate"), leaf }),
  fc.record({ fault: one("leafReset"), leaf }),
  fc.record({ fault: one("leafJump"), leaf, ms: fc.nat(60_000) }),
  fc.record({ fault: one("wall"), ms: fc.integer({ min: -3_600_000, max: 3_600_000 }) }),
  fc.record({ fault: one("kill"), steps: fc.integer({ min: 1, max: 100 }) }),
  fc.record({ fault: one("kill"), steps: fc.integer({ min: 1, max: 100 }) }),
  fc.record({ fault: one("boxRestart") }),
  fc.record({ fault: one("replay"), frames: fc.nat(300) }),
  crashOf(["historian", ...HUB_IDS.flatMap((id) => [`hubs/${id}`, `links/${id}`])], true),
  loseThreadOf([1, 2]),
);

export const sealed: World = {
  name: "sealed",
  about:
    "leaf, gateway, hub, node and store under wire v2, each lost at any time: no reading twice, no command twice, all accounted for",
  steps: STEPS,
  faultsMax: 8,
  seedsInTest: 12,
  faults,
  open: (seed) => SealedCourse.open(seed),
};

/** When readings may be missing: from before the fault until all have found each other again. */
interface Span {
  readonly fromMs: number;
  toMs: number;
}

class SealedCourse implements Course {
  readonly #node: SealedNode;
  readonly #leaves: readonly FieldLeaf[];
  readonly #box: GatewayBox;
  readonly #stranger: Eavesdropper;
  readonly #operator: Operator;
  readonly #spans: Span[] = [];
  readonly #ends = new Map<"air" | "backhaul" | "disk" | "up", number>();
  #diskSinceMs = Number.POSITIVE_INFINITY;
  #diskUntilMs = Number.POSITIVE_INFINITY;
  #isDisturbed = false;
  #isDiskSure = true;

  private constructor(seed: number) {
    this.#node = new SealedNode(seed, HEAL_MS / 4);
    this.#stranger = new Eavesdropper(this.#node);
    this.#box = new GatewayBox(this.#node);
    this.#leaves = LEAVES.map(
      ({ hub, wire }, index) =>
        new FieldLeaf(this.#node, { hub, wire, no: index + 1, seed }, this.#stranger.hear),
    );
    this.#operator = new Operator(this.#node, this.#leaves, seed);
  }

  static async open(seed: number): Promise<SealedCourse> {
    const course = new SealedCourse(seed);
    await course.#open();
    return course;
  }

  get sim() {
    return this.#node.stage.sim;
  }

  get #nowMs(): number {
    return this.#node.clock.monotonicMs();
  }

  /** The site as it is set up: all leaves are paired, and their records on disk. */
  async #open(): Promise<void> {
    await this.#stranger.open();
    await this.#box.open();
    for (const leaf of this.#leaves) await leaf.open();
    await this.#node.start();
    for (const hub of HUB_IDS.keys()) this.#operator.openPairing(hub, 3_600);
    for (let step = 0; step < PAIRING_STEPS_MAX; step += 1) {
      await this.#pass(STEP_MS, step);
      if (this.#leaves.every(({ isAtHome }) => isAtHome) && step * STEP_MS > 1_000) return;
    }
    hold(false, "leaves are paired in time", () =>
      JSON.stringify(this.#leaves.map((l) => l.leafId)),
    );
  }

  async inflict(fault: Fault, step: number): Promise<void> {
    const known = fault as SealedFault;
    const node = this.#node;
    switch (known.fault) {
      case "air":
      case "backhaul": {
        const { loss, duplicate, damage, reorder, delayMs } = known;
        const weather = { loss, duplicate, reorder, delayMs };
        if (known.fault === "air") node.air.setFaults({ ...weather, damage });
        else node.back.setFaults(weather);
        this.#ends.set(known.fault, step + known.steps);
        return;
      }
      case "disk":
        if (!this.#isBehind) this.#diskSinceMs = this.#nowMs;
        this.#diskUntilMs = Number.POSITIVE_INFINITY;
        this.#isDiskSure = false;
        node.disk.set(known.isFull, known.commitMs);
        this.#ends.set("disk", step + known.steps);
        return;
      case "diskFails":
        this.#isDiskSure = false;
        this.#miss();
        node.disk.store.failNext(new MycelError("E_STORE_FAILED", "A block of the disk is bad."));
        return;
      case "leafCrash":
        this.#leaves[known.leaf]?.crash();
        return;
      case "leafReset":
        this.#miss();
        if (node.isUp) this.#operator.forget(this.#leaves[known.leaf] as FieldLeaf);
        this.#leaves[known.leaf]?.reset();
        return;
      case "leafJump":
        (this.#leaves[known.leaf] as FieldLeaf).aheadMs += known.ms;
        return;
      case "rotate":
        this.#miss();
        if (node.isUp) this.#operator.rotate(this.#leaves[known.leaf] as FieldLeaf);
        return;
      case "wall":
        node.clock.setWall(known.ms);
        return;
      case "kill":
        if (!node.isUp) return;
        this.#isDisturbed = true;
        this.#miss();
        this.#operator.listen();
        node.checkFrames(false);
        node.kill();
        this.#ends.set("up", step + known.steps);
        return;
      case "boxRestart":
        await this.#box.restart();
        return;
      case "replay":
        this.#stranger.replay(known.frames);
        return;
      default:
        if (!node.isUp) return;
        this.#isDisturbed = true;
        this.#miss();
        node.stage.inflict(known, step);
    }
  }

  async step(step: number): Promise<void> {
    await this.#endDue(step);
    this.#operator.act();
    await this.#pass(STEP_MS, step);
  }

  check(): void {
    if (this.#node.isUp) this.#node.stage.check();
  }

  async heal(): Promise<void> {
    // Twice: a node does not start before its disk has room.
    await this.#endDue(Number.POSITIVE_INFINITY);
    await this.#endDue(Number.POSITIVE_INFINITY);
    hold(this.#node.isUp, "a node starts again", () => `life ${this.#node.life}`);
    const open = this.#spans.filter(({ toMs }) => toMs >= this.#nowMs);
    await this.#node.stage.heal();
    // Leaves were silent meanwhile: the first frame after a kill is still to come.
    for (const span of open) span.toMs = this.#nowMs + AFTER_MS;
    for (let ms = 0; ms < HEAL_MS; ms += HEAL_STEP_MS) {
      await this.#pass(HEAL_STEP_MS, Number.POSITIVE_INFINITY);
    }
    // What is on its way arrives; leaves say nothing more.
    await this.#node.pass(HEAL_STEP_MS, Number.POSITIVE_INFINITY);
    this.#box.tick();
    for (let pass = 0; pass < 10; pass += 1) {
      await this.#node.pass(HEAL_STEP_MS, Number.POSITIVE_INFINITY);
    }
  }

  checkQuiet(): void {
    this.#node.checkFrames(true);
    this.#checkAir();
    this.#operator.check(!this.#isDisturbed && this.#isDiskSure, this.#isDiskSure);
    for (const leaf of this.#leaves) this.#checkHistory(leaf);
  }

  close(): void {
    this.#node.kill();
  }

  async #pass(ms: number, step: number): Promise<void> {
    for (const leaf of this.#leaves) leaf.tick();
    this.#box.tick();
    await this.#node.pass(ms, step);
  }

  async #endDue(step: number): Promise<void> {
    for (const [kind, until] of this.#ends) {
      if (until > step && kind !== "up") continue;
      if (kind === "up") {
        if (until > step || !(await this.#node.start())) continue;
        for (const hub of HUB_IDS.keys()) this.#operator.openPairing(hub, 3_600);
      } else if (kind === "disk") {
        this.#node.disk.set(false, 0);
        this.#diskUntilMs = this.#nowMs + CATCH_UP_MS;
      } else {
        const medium = kind === "air" ? this.#node.air : this.#node.back;
        medium.setFaults({ loss: 0, duplicate: 0, damage: 0, reorder: 0, delayMs: 0 });
      }
      this.#ends.delete(kind);
    }
    // Nothing is over before leaves and hubs can hear each other again.
    if (this.#ends.size === 0) return;
    const nowMs = this.#nowMs;
    for (const span of this.#spans) if (span.toMs >= nowMs) span.toMs = nowMs + AFTER_MS;
  }

  /** The historian has what the disk did not take in time. */
  get #isBehind(): boolean {
    return this.#diskSinceMs <= this.#nowMs && this.#nowMs < this.#diskUntilMs;
  }

  /** Something that loses readings has begun; what waits for a disk is lost with it. */
  #miss(): void {
    const nowMs = this.#nowMs;
    const fromMs = (this.#isBehind ? this.#diskSinceMs : nowMs) - BEFORE_MS;
    this.#spans.push({ fromMs, toMs: nowMs + AFTER_MS });
  }

  /** All that was sent through the air was lost, fell on deaf ears, or arrived. */
  #checkAir(): void {
    const { lost, duplicated, unheard } = this.#node.air.stats();
    const parts = [this.#node, this.#box, this.#stranger, ...this.#leaves];
    const sent = parts.reduce((sum, { airSent }) => sum + airSent, 0);
    const arrived = parts.reduce((sum, { airArrived }) => sum + airArrived, 0);
    const isWhole = sent + duplicated === lost + unheard + arrived;
    const what = () => JSON.stringify({ sent, duplicated, lost, unheard, arrived });
    hold(isWhole, "frames in the air", what);
  }

  #checkHistory({ hub, leafIds, wire, name, fates }: FieldLeaf): void {
    const stored = new Map<number, number>();
    const rows = [...leafIds].flatMap((leafId) => {
      const series = { hubNo: hub, leafId, channel: CHANNELS[CHANNEL].code };
      const range = { ...series, fromMs: 0, toMs: 1e15, limit: 3 * fates.length };
      return queryHistory(this.#node.disk.store, range);
    });
    for (const { value } of rows) {
      hold(
        fates[value - 1] !== undefined,
        "only what was sent is stored",
        () => `${value} of ${name}`,
      );
      stored.set(value, (stored.get(value) ?? 0) + 1);
    }
    if (wire === 1) return;
    for (const [index, { sensedMs, settledMs, isGivenUp }] of fates.entries()) {
      const times = stored.get(index + 1) ?? 0;
      const what = () =>
        `${index + 1} of ${name}, measured at ${sensedMs} and settled at ${settledMs}: ${times} times`;
      hold(times <= 1, "no reading is stored twice", what);
      if (times === 1 || isGivenUp || settledMs === undefined) continue;
      const mayMiss = this.#spans.some(
        ({ fromMs, toMs }) => settledMs >= fromMs && sensedMs <= toMs,
      );
      hold(mayMiss, "a reading that the leaf was told of is stored", what);
    }
  }
}
