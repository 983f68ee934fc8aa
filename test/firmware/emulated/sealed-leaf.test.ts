import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Chance } from "../../../firmware/emulated/chance.ts";
import { CommandMemory } from "../../../firmware/emulated/command-memory.ts";
import type { LeafBody } from "../../../firmware/emulated/emulated-leaf.ts";
import {
  inMemory,
  type LeafMemory,
  LeafMemoryFile,
} from "../../../firmware/emulated/leaf-memory.ts";
import { SealedLeaf } from "../../../firmware/emulated/sealed-leaf.ts";
import { OUTCOMES } from "../../../firmware/wire/sealed-types.ts";
import { fleetInstallCode } from "../../../transports/frame/sealed/seal.ts";
import fc from "../../support/fc.ts";
import { commandOf, FLEET_SECRET, HubModel, LEAF_ID } from "../sealed-hub-model.ts";

const EUI = Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 7);
const EVERY_MS = 1000;

/** A leaf that measures the numbers 1, 2, 3 …, its hub, and the link between them. */
function leafAtHub(memory: LeafMemory = inMemory(), hub = new HubModel()) {
  const relay: boolean[] = [];
  let measured = 0;
  const body: LeafBody = {
    hardware: "esp32",
    channels: ["temperature", "humidity"],
    actuators: ["relay"],
    onBattery: false,
    sense: (values) => {
      measured += 1;
      values[0] = measured;
      values[1] = Number.NaN;
    },
    switchRelay: (on) => void relay.push(on),
  };
  const state = {
    hub,
    relay,
    nowMs: 0,
    /** Of frames in each direction: lost when it says so. */
    loses: (_direction: "up" | "down"): boolean => false,
    measured: () => measured,
    leaf: undefined as unknown as SealedLeaf,
    restart(): void {
      state.leaf = new SealedLeaf({
        body,
        eui: EUI,
        installCode: fleetInstallCode(FLEET_SECRET, EUI),
        memory,
        everyMs: EVERY_MS,
        startMs: state.nowMs,
        chance: new Chance(1, memory.load()?.epoch ?? 0),
      });
    },
    send(bytes: Uint8Array, length: number): boolean {
      const frame = bytes.slice(0, length);
      hub.sealed(frame);
      if (!state.loses("up")) for (const answer of hub.hear(frame, state.nowMs)) state.tell(answer);
      return true;
    },
    tell(frame: Uint8Array): string | undefined {
      if (state.loses("down")) return undefined;
      // In the middle of a larger buffer, as links hand frames over.
      const bytes = new Uint8Array(400).fill(0xee);
      bytes.set(frame, 100);
      return state.leaf.accept(bytes, 100, 100 + frame.length, state.nowMs, state.send);
    },
    run(seconds: number): void {
      const untilMs = state.nowMs + seconds * 1000;
      for (; state.nowMs < untilMs; state.nowMs += 100) state.leaf.tick(state.nowMs, state.send);
    },
  };
  state.restart();
  return state;
}

describe("SealedLeaf", () => {
  test("pairs, registers, and reports from then on", () => {
    const { leaf, hub, run } = leafAtHub();
    run(5);
    assert.equal(leaf.leafId, LEAF_ID);
    assert.deepEqual(hub.of("REGISTER")[0]?.capabilities, ["temperature", "humidity", "relay"]);
    assert.equal(hub.of("HEARTBEAT").length, 1);
    assert.deepEqual(
      hub.readings("temperature").map(([, value]) => value),
      [1, 2, 3, 4],
    );
    assert.deepEqual(hub.readings("humidity"), [], "what is no number is left out");
  });

  test("asks again and again while nobody takes it in, each time with a new counter", () => {
    const { leaf, hub, run } = leafAtHub();
    hub.isOpenForPairing = false;
    run(5);
    assert.equal(hub.refused, 5);
    assert.equal(leaf.leafId, undefined);
    hub.isOpenForPairing = true;
    run(2);
    assert.equal(leaf.leafId, LEAF_ID);
  });

  test("keeps what it measures while the hub is away, and sends it with its age", () => {
    const office = leafAtHub();
    const { hub, run } = office;
    run(5);
    office.loses = () => true;
    run(40);
    assert.equal(office.leaf.isAway, true);
    const waiting = office.leaf.waiting;
    assert.ok(waiting > 0 && waiting < 40, "the last reports before it knew are not waiting yet");
    office.loses = () => false;
    run(40);
    const readings = hub.readings("temperature").sort(([a], [b]) => a - b);
    assert.deepEqual(
      readings.map(([, value]) => value),
      Array.from({ length: office.measured() }, (_, n) => n + 1),
    );
    for (const [index, [atMs]] of readings.entries()) {
      assert.equal(atMs, (readings[0]?.[0] ?? 0) + index * EVERY_MS);
    }
  });

  test("drops the oldest when an outage is longer than its memory, and says how many", () => {
    const office = leafAtHub();
    office.run(5);
    office.loses = () => true;
    office.run(300);
    office.loses = () => false;
    office.run(60);
    const values = office.hub.readings("temperature").map(([, value]) => value);
    assert.equal(new Set(values).size, values.length, "none came twice");
    assert.ok(office.leaf.dropped > 0);
    assert.equal(office.hub.of("HEARTBEAT").at(-1)?.dropped, office.leaf.dropped);
  });

  test("loses no reading to a link that loses some frames, none unsaid to one that loses most, and none comes twice (property)", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 60 }), (seed, percent) => {
        const office = leafAtHub();
        const { hub } = office;
        office.run(3);
        const chance = new Chance(seed);
        office.loses = () => chance.next() * 100 < percent;
        office.run(120);
        office.loses = () => false;
        office.run(70);
        const readings = hub.readings("temperature");
        const values = readings.map(([, value]) => value);
        assert.equal(new Set(values).size, values.length, "none came twice");
        const missing = office.measured() - values.length - office.leaf.waiting;
        assert.ok(missing >= 0 && missing <= office.leaf.dropped, `${missing} are missing`);
        if (percent <= 10) assert.equal(missing, 0);
        for (const [atMs, value] of readings) {
          assert.ok(Math.abs(atMs - value * EVERY_MS) <= 2 * EVERY_MS, "at its own time");
        }
      }),
      { numRuns: 60 },
    );
  });

  test("never uses a counter twice, whatever restarts, changes of keys and losses come (property)", () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("run"), seconds: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ do: fc.constantFrom("restart", "reset", "rekey", "repair", "lose", "heal") }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const memory = inMemory();
        const office = leafAtHub(memory);
        let commandId = 0;
        for (const one of steps) {
          switch (one.do) {
            case "restart":
              office.restart();
              break;
            case "reset":
              if (office.leaf.leafId !== undefined) {
                commandId += 1;
                office.tell(office.hub.says(commandOf(commandId, "reset")));
              }
              break;
            case "rekey":
              if (office.leaf.leafId !== undefined) office.tell(office.hub.rekey());
              break;
            case "lose":
              office.loses = () => true;
              break;
            case "heal":
              office.loses = () => false;
              break;
            default:
              office.run("seconds" in one ? one.seconds : 1);
          }
        }
        office.loses = () => false;
        office.run(10);
        const before = office.hub.readings("temperature").length;
        office.run(10);
        assert.ok(
          office.hub.readings("temperature").length >= before + 9,
          "it is with its hub again",
        );
      }),
    );
  });

  test("goes on above a counter that its hub names", () => {
    const office = leafAtHub();
    office.run(3);
    const { hub } = office;
    office.tell(hub.says({ type: "ACK", ackEpoch: 90, ackSequence: 7, seenBefore: 0xffffffff }));
    office.run(3);
    assert.equal(hub.taken.at(-1)?.frame.epoch, 91);
  });

  test("runs a command once however often it comes, and answers each time alike", () => {
    const office = leafAtHub();
    office.run(2);
    const { hub, relay, tell } = office;
    assert.equal(tell(hub.says(commandOf(5, "set_state", { on: true }))), "acknowledged");
    assert.equal(tell(hub.says(commandOf(5, "set_state", { on: true }))), "repeated");
    office.restart();
    assert.equal(tell(hub.says(commandOf(5, "set_state", { on: true }))), "repeated");
    assert.equal(tell(hub.says(commandOf(4, "set_state", { on: false }))), "repeated");
    assert.equal(tell(hub.says(commandOf(6, "set_interval", { intervalS: 0 }))), "ignored");
    assert.equal(tell(hub.says(commandOf(7, "set_pwm", { duty: 1 }))), "ignored");
    assert.deepEqual(relay, [true]);
    assert.deepEqual(
      hub.of("RESULT").map(({ results }) => results[0]?.outcome),
      ["applied", "applied", "applied", "stale", "bad_argument", "not_able"],
    );
  });

  test("runs no command twice, in any order, repeated at will and over restarts (property)", () => {
    const order = fc.array(
      fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant("restart" as const)),
      { maxLength: 80 },
    );
    fc.assert(
      fc.property(order, (steps) => {
        const office = leafAtHub();
        office.run(2);
        const ran = new Map<number, number>();
        for (const step of steps) {
          if (step === "restart") {
            office.restart();
            continue;
          }
          const outcome = office.tell(office.hub.says(commandOf(step, "set_state", { on: true })));
          if (outcome === "acknowledged") ran.set(step, (ran.get(step) ?? 0) + 1);
        }
        assert.ok([...ran.values()].every((times) => times === 1));
        assert.equal(office.relay.length, ran.size);
      }),
      { numRuns: 50 },
    );
  });

  test("takes each frame of its hub once, and none that is older", () => {
    const office = leafAtHub();
    office.run(2);
    const { hub, relay, tell } = office;
    const older = hub.says(commandOf(1, "set_state", { on: false }));
    const newer = hub.says(commandOf(2, "set_state", { on: true }));
    tell(newer);
    tell(newer);
    tell(older);
    assert.deepEqual(relay, [true]);
    assert.equal(hub.of("RESULT").length, 1);
  });

  test("changes its key when it is told, keeps to it over a restart, and takes the same key again", () => {
    const office = leafAtHub();
    office.run(2);
    const { hub } = office;
    office.loses = (direction) => direction === "up";
    office.tell(hub.rekey());
    office.tell(hub.rekey());
    office.restart();
    office.loses = () => false;
    office.run(3);
    assert.equal(hub.taken.at(-1)?.frame.keyNo, 2);
    office.tell(hub.says(commandOf(1, "set_state", { on: true })));
    assert.deepEqual(office.relay, [true]);
  });

  test("obeys a newer configuration alone, and tells its version", () => {
    const office = leafAtHub();
    office.run(2);
    const { hub, tell } = office;
    const config = (version: number, valueHex: string) =>
      hub.says({ type: "CONFIG", configVersion: version, settings: [{ key: 1, valueHex }] });
    tell(config(3, "0a00"));
    tell(config(2, "0100"));
    assert.equal(hub.of("HEARTBEAT").at(-1)?.configVersion, 3);
    office.restart();
    const before = office.measured();
    office.run(30);
    assert.equal(office.measured() - before, 3);
  });

  test("makes nothing of bytes that are no frame for it (property)", () => {
    const office = leafAtHub();
    office.run(2);
    const likely = fc.uint8Array({ maxLength: 60 }).map((bytes) => {
      bytes.set([0x53, 2, 0x80, 1, bytes.length].slice(0, bytes.length));
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), likely), (bytes) => {
        assert.equal(office.tell(bytes), undefined);
      }),
    );
    assert.deepEqual(office.relay, []);
  });
});

describe("CommandMemory", () => {
  test("forgets the lowest of more than 16, and calls what lies below stale", () => {
    const memory = new CommandMemory();
    for (let id = 10; id < 27; id++) memory.remember(id, OUTCOMES.applied);
    assert.equal(memory.outcomeOf(10), OUTCOMES.stale);
    assert.equal(memory.outcomeOf(11), OUTCOMES.applied);
    assert.equal(memory.outcomeOf(27), undefined);
    assert.equal(memory.highest?.id, 26);
  });
});

describe("LeafMemoryFile", () => {
  test("gives back the newest state of each leaf, also from a file that ends in a torn line", (t) => {
    const dir = mkdtempSync(join(tmpdir(), "mycel-leaf-"));
    t.after(() => rmSync(dir, { recursive: true, force: true }));
    const path = join(dir, "leaves.jsonl");
    const state = { epoch: 1, hubCounter: -1, configVersion: 0 };
    const file = new LeafMemoryFile(path);
    file.of("a").save(state);
    file.flush();
    file.of("a").save({ ...state, epoch: 2 });
    file.of("b").save({ ...state, epoch: 9 });
    file.close();
    writeFileSync(path, `${readFileSync(path, "utf8")}{"name":"a","epo`);
    const again = new LeafMemoryFile(path);
    assert.equal(again.of("a").load()?.epoch, 2);
    assert.equal(again.of("b").load()?.epoch, 9);
    assert.equal(again.of("c").load(), undefined);
  });
});
