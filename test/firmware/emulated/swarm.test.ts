import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { OfficeModel } from "../../../firmware/emulated/office-model.ts";
import { Swarm, type SwarmOptions } from "../../../firmware/emulated/swarm.ts";
import { decodeFrame } from "../../../transports/frame/decode.ts";
import { encodeFrame } from "../../../transports/frame/encode.ts";
import type { Frame } from "../../../transports/frame/frame.ts";

const MORNING_MS = 8.5 * 3_600_000;

function swarmOf(hubCount: number, options: Partial<SwarmOptions> = {}) {
  const office = new OfficeModel({ seed: 1, zones: ["main", "meeting"], startMs: MORNING_MS });
  let nowMs = 0;
  const heard: { hub: number; atMs: number; frame: Frame }[] = [];
  const hubs = Array.from({ length: hubCount }, (_, hub) => (bytes: Uint8Array, length: number) => {
    const decoded = decodeFrame(bytes.subarray(0, length));
    assert.ok(decoded.ok);
    heard.push({ hub, atMs: nowMs, frame: decoded.value });
    return true;
  });
  const swarm = new Swarm({
    office,
    hubs,
    count: 10,
    firstId: 1,
    everyMs: 1000,
    startMs: 0,
    seed: 1,
    ...options,
  });
  const runTo = (untilMs: number): void => {
    for (; nowMs < untilMs; nowMs += 10) {
      office.advanceTo(MORNING_MS + nowMs);
      swarm.tick(nowMs);
    }
  };
  return { swarm, office, heard, runTo };
}

describe("Swarm", () => {
  test("deals leaves evenly over the hubs, with ids of their own at each", () => {
    const { heard, runTo } = swarmOf(4, { count: 10, firstId: 5 });
    runTo(1000);
    const idsAt = (hub: number): number[] =>
      heard.filter((h) => h.hub === hub && h.frame.type === "REGISTER").map((h) => h.frame.leafId);
    assert.deepEqual([0, 1, 2, 3].map(idsAt), [
      [5, 6, 7],
      [5, 6, 7],
      [5, 6],
      [5, 6],
    ]);
  });

  test("spreads 500 leaves over the interval, so that no moment has more than its share", () => {
    const { heard, runTo } = swarmOf(2, { count: 500 });
    runTo(6000);
    const perTick = new Map<number, number>();
    for (const { atMs, frame } of heard) {
      if (frame.type !== "SENSOR_REPORT" || atMs < 1000) continue;
      perTick.set(atMs, (perTick.get(atMs) ?? 0) + 1);
    }
    assert.ok(Math.max(...perTick.values()) <= 6, "500 leaves in 100 ticks are 5 a tick");
    assert.equal(
      [...perTick.values()].reduce((sum, count) => sum + count, 0),
      2500,
    );
  });

  test("counts what it sent by type, and what the link had no room for", () => {
    const { swarm, heard, runTo } = swarmOf(1, { count: 8 });
    runTo(10_000);
    const sent = Object.values(swarm.counts.sent).reduce((sum, count) => sum + count, 0);
    assert.equal(sent, heard.length);
    assert.equal(swarm.counts.sent["REGISTER"], 8);
    assert.equal(swarm.counts.sent["SENSOR_REPORT"], 80);
    assert.equal(swarm.counts.refused, 0);

    const full = swarmOf(1, { count: 1, hubs: [() => false] });
    full.runTo(100);
    assert.ok(full.swarm.counts.refused > 0);
    assert.deepEqual(full.swarm.counts.sent, {});
  });

  test("hands a command to the leaf of that hub and id, and counts its ACK", () => {
    const { swarm, heard, runTo, office } = swarmOf(2, { count: 20 });
    runTo(1000);
    heard.length = 0;
    const fan = 5;
    const command = encodeFrame({
      version: 1,
      type: "COMMAND",
      leafId: fan,
      command: "set_state",
      args: { on: true },
    });
    assert.ok(command.ok);
    swarm.accept(1, command.value, 0, command.value.length, 1000);
    assert.deepEqual(
      heard.map(({ hub, frame }) => [hub, frame.type, frame.leafId]),
      [[1, "ACK", fan]],
    );
    assert.equal(office.zones[1]?.fans, 1);
    assert.equal(office.zones[0]?.fans, 0);
    assert.equal(swarm.counts.commandsAcknowledged, 1);
  });

  test("accept() ignores bytes for nobody", () => {
    const { swarm } = swarmOf(1);
    swarm.accept(0, new Uint8Array(0), 0, 0, 0);
    swarm.accept(0, new Uint8Array(245).fill(255), 0, 245, 0);
    swarm.accept(9, new Uint8Array(10), 0, 10, 0);
    assert.equal(swarm.counts.commandsHeard, 0);
  });

  test("is the same for the same seed", () => {
    const first = swarmOf(2);
    const second = swarmOf(2);
    const other = swarmOf(2, { seed: 2 });
    for (const { runTo } of [first, second, other]) runTo(3000);
    assert.deepEqual(second.heard, first.heard);
    assert.notDeepEqual(other.heard, first.heard);
  });

  test("doors open and motion is seen within a quarter of an hour of the default morning", () => {
    const { heard, runTo } = swarmOf(2, { count: 24 });
    runTo(15 * 60_000);
    const seen = (channel: string): Set<number> =>
      new Set(
        heard.flatMap(({ frame }) =>
          frame.type === "SENSOR_REPORT"
            ? frame.readings
                .filter((reading) => reading.channel === channel)
                .map(({ value }) => value)
            : [],
        ),
      );
    assert.deepEqual([...seen("door")].toSorted(), [0, 1]);
    assert.deepEqual([...seen("motion")].toSorted(), [0, 1]);
    assert.ok(seen("temperature").size > 20);
  });
});
