/**
 * Nothing twice, whatever fails and whenever: a leaf, the air with somebody in it who keeps everything,
 * a hub, and a store that may be slow, full, or cut off between any two of its writes.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openSessionTables, writeSessions } from "../../../../actors/historian/session-rows.ts";
import { HubSecurity } from "../../../../actors/hub/security/hub-security.ts";
import type { SessionChange } from "../../../../actors/hub/security/messages.ts";
import { MARK_BLOCK } from "../../../../actors/hub/security/replay-marks.ts";
import { createSessionTable, SessionTable } from "../../../../actors/hub/security/session-table.ts";
import { fillSessions, recallSessions } from "../../../../actors/recall-sessions.ts";
import { MemoryStore } from "../../../../runtime/state/memory-store.ts";
import { toHex } from "../../../../transports/frame/hex.ts";
import fc from "../../../support/fc.ts";
import { SealedLeaf } from "../../../support/sealed-leaf.ts";

const CODE = Uint8Array.from({ length: 16 }, (_, i) => i);
const ROWS = 256;
const HUB = "h";

/** A change on its way to the disk, and who waits to hear of it. */
interface Write {
  readonly change: SessionChange;
  readonly settled: (isSaved: boolean) => void;
}

class World {
  readonly leaf = new SealedLeaf(1, CODE);
  /** Of the leaf, as sent; somebody has recorded them all. */
  readonly frames: Uint8Array[] = [];
  /** By their bytes, how often the hub has opened them. */
  readonly opened = new Map<string, number>();
  readonly refusals: string[] = [];
  /** To the leaf, on their way. */
  air: Uint8Array[] = [];
  store = new MemoryStore();
  writes: Write[] = [];
  table = new SessionTable(createSessionTable({ rowsMax: ROWS }));
  security!: HubSecurity;
  lastStart: number | undefined = undefined;
  nowMs = 1_000;
  /** Each may have cost frames that were new. */
  kills = 0;
  counted = 0;
  sent = 0;

  static async open(): Promise<World> {
    const world = new World();
    await world.boot();
    world.security.openPairing({ forS: 1e6, installCode: CODE, leafId: undefined });
    world.say(world.leaf.pairRequest());
    await world.commit(world.writes.length);
    world.hearAll();
    assert.ok(world.leaf.isPaired);
    return world;
  }

  /** A node comes up on what is on the disk. */
  async boot(): Promise<void> {
    this.store = this.store.reopened();
    this.table = new SessionTable(createSessionTable({ rowsMax: ROWS }));
    const recalled = await recallSessions(this.store, [HUB], {
      ...{ nowMs: this.nowMs, lastStart: this.lastStart, keySecret: undefined },
    });
    this.lastStart = recalled.nodeStart;
    fillSessions(this.table, recalled, (_hub, leafId) => leafId);
    this.writes = [];
    this.air = [];
    this.start();
  }

  /** The hub's actor starts, on the table as it is. */
  start(): void {
    const settings = {
      hub: HUB,
      accept: "v2",
      keyRotationDays: 0,
      fleetSecret: undefined,
    } as const;
    this.security = new HubSecurity(
      this.table,
      { ...settings, rowBase: 0, leavesMax: ROWS },
      {
        nowMs: () => this.nowMs,
        save: (change, settled) => void this.writes.push({ change, settled }),
        flushMarksLater: () => {},
        send: (_peer, frame) => void this.air.push(frame),
        route: (bytes, start, end) => this.receive(bytes.slice(start, end)),
        countApplied: () => this.count(),
        countRefused: (reason) => this.count(reason),
        isKnown: () => false,
        adopt: () => {},
        raise: () => {},
      },
    );
  }

  count(refusal?: string): void {
    this.counted += 1;
    if (refusal !== undefined) this.refusals.push(refusal);
  }

  say(frame: Uint8Array): void {
    this.frames.push(frame);
    this.sent += 1;
    this.receive(frame);
  }

  receive(frame: Uint8Array): void {
    const verdict = this.security.open(frame, 0, frame.length, 1, this.nowMs);
    if (verdict === "taken") return;
    if (verdict === "opened") {
      const name = toHex(frame);
      this.opened.set(name, (this.opened.get(name) ?? 0) + 1);
      this.count();
    } else this.count(verdict);
  }

  /** So many writes reach the disk, in order, and whoever waits hears of them. */
  async commit(count: number): Promise<void> {
    for (const { change, settled } of this.writes.splice(0, count)) {
      await this.store.write(() => writeSessions(openSessionTables(this.store), change));
      settled(true);
    }
  }

  fail(): void {
    this.writes.shift()?.settled(false);
  }

  hearAll(): void {
    for (const frame of this.air.splice(0)) this.leaf.hear(frame);
  }

  /** The node is gone, after so many of its writes came through that nobody heard of any more. */
  async kill(unheard: number): Promise<void> {
    this.kills += 1;
    for (const { change } of this.writes.splice(0, unheard)) {
      await this.store.write(() => writeSessions(openSessionTables(this.store), change));
    }
    await this.boot();
  }

  async stop(): Promise<void> {
    await this.commit(this.writes.length);
    const change = this.security.finalMarks();
    if (change !== undefined) {
      await this.store.write(() => writeSessions(openSessionTables(this.store), change));
    }
    await this.boot();
  }

  run(step: Step): Promise<void> | void {
    switch (step.do) {
      case "report":
        return this.say(this.leaf.temperature(1, { answer: step.at % 3 === 0 }));
      case "lose":
        // Recorded, though the hub has not heard it.
        return void this.frames.push(this.leaf.temperature(2));
      case "replay":
        return this.receive(this.frames[step.at % this.frames.length] as Uint8Array);
      case "reboot":
        return this.leaf.reboot();
      case "commit":
        return this.commit(1 + (step.at % 3));
      case "fail":
        return this.fail();
      case "flush":
        return this.security.flushMarks();
      case "hear":
        return this.hearAll();
      case "deafen":
        return void this.air.splice(0);
      case "rotate":
        return this.security.rotate(this.leaf.leafId, () => {});
      case "wait":
        this.nowMs += 10_000;
        return;
      case "restart":
        // What waited for the store is lost with the hub's actor, and so is who would hear of it.
        this.writes = this.writes.map((write) => ({ ...write, settled: () => {} }));
        return this.start();
      case "kill":
        return this.kill(step.at % (this.writes.length + 1));
      case "stop":
        return this.stop();
    }
  }
}

const STEPS = [
  ...["report", "report", "report", "report", "report", "replay", "replay", "lose"],
  ...["commit", "commit", "hear", "hear", "flush", "wait", "reboot", "fail", "deafen"],
  ...["rotate", "restart", "kill", "kill", "fail", "stop"],
] as const;
interface Step {
  readonly do: (typeof STEPS)[number];
  readonly at: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom(...STEPS),
  at: fc.nat(1_000),
});

/** Found by chance: an orderly end took the marks back below what a kill before it had put in doubt. */
const AFTER_KILL_AND_STOP: Step[] = (["report", "commit", "kill", "stop"] as const).map((what) => ({
  do: what,
  at: 0,
}));

test("hub opens no sealed frame twice, wherever node, hub, store and air fail, and the leaf is never shut out", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const world = await World.open();
      for (const each of steps) await world.run(each);

      for (const [name, times] of world.opened) assert.equal(times, 1, name);
      // With store and air well again it is heard, after an answer at most and one change of keys.
      for (let i = 0; i < 4; i++) {
        world.nowMs += 10_000;
        world.say(world.leaf.temperature(3));
        await world.commit(world.writes.length);
        world.hearAll();
      }
      const last = world.leaf.temperature(4);
      world.say(last);
      await world.commit(world.writes.length);
      assert.equal(world.opened.get(toHex(last)), 1, `refused: ${world.refusals.slice(-5)}`);
      for (const frame of world.frames) world.receive(frame);
      await world.commit(world.writes.length);
      for (const [name, times] of world.opened) assert.equal(times, 1, name);
    }),
    {
      numRuns: 3_000,
      examples: [[AFTER_KILL_AND_STOP]],
    },
  );
});

test("a leaf that cannot be told loses at most a block of frames to a kill, each counted as uncertain", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(3 * MARK_BLOCK), { minLength: 1, maxLength: 4 }),
      fc.nat(4),
      async (runs, unheard) => {
        const world = await World.open();
        for (const length of runs) {
          for (let i = 0; i < length; i++) {
            world.say(world.leaf.temperature(1));
            world.security.flushMarks();
            await world.commit(world.writes.length);
          }
          await world.kill(unheard);
          const before = world.refusals.length;
          let lost = 0;
          for (; lost <= MARK_BLOCK; lost++) {
            const frame = world.leaf.temperature(2);
            world.say(frame);
            await world.commit(world.writes.length);
            if (world.opened.has(toHex(frame))) break;
          }
          assert.ok(lost <= MARK_BLOCK, `${lost} frames lost`);
          assert.deepEqual(
            new Set(world.refusals.slice(before)),
            new Set(lost > 0 ? ["uncertain"] : []),
          );
          assert.equal(world.counted, world.sent, "every frame is counted once");
        }
      },
    ),
    { numRuns: 30 },
  );
});

test("marks cost a durable write in 128 frames, not one a frame", async () => {
  const world = await World.open();
  let writes = 0;
  for (let i = 0; i < 10_000; i++) {
    world.say(world.leaf.temperature(1));
    world.security.flushMarks();
    writes += world.writes.length;
    await world.commit(world.writes.length);
  }
  assert.equal(world.opened.size, 10_000);
  assert.ok(writes <= 10_000 / (MARK_BLOCK / 2) + 2, `${writes} writes`);
});
