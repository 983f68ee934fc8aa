import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Chance } from "../../../firmware/emulated/chance.ts";
import {
  EmulatedLeaf,
  type LeafBody,
  type LeafOptions,
} from "../../../firmware/emulated/emulated-leaf.ts";
import type { ChannelName } from "../../../firmware/wire/frame-types.ts";
import { decodeFrame } from "../../../transports/frame/decode.ts";
import { encodeFrame } from "../../../transports/frame/encode.ts";
import type { Frame } from "../../../transports/frame/frame.ts";
import fc from "../../support/fc.ts";

/** A body that says what it is told to, and remembers its relay. */
function puppet(overrides: Partial<LeafBody> = {}) {
  const relay: boolean[] = [];
  const state = { value: 21.5, relay };
  const body: LeafBody = {
    hardware: "esp32",
    channels: ["temperature", "co2"] satisfies ChannelName[],
    actuators: ["relay"],
    onBattery: false,
    sense: (values) => {
      values[0] = state.value;
      values[1] = 600;
    },
    switchRelay: (on) => void relay.push(on),
    ...overrides,
  };
  return { body, state };
}

/** A leaf with a hub's ears: what it sent, decoded. */
function heardLeaf(options: Partial<LeafOptions> = {}) {
  const { body, state } = puppet();
  const leaf = new EmulatedLeaf({
    leafId: 7,
    body,
    everyMs: 1000,
    startMs: 0,
    chance: new Chance(1),
    ...options,
  });
  const heard: Frame[] = [];
  const send = (bytes: Uint8Array, length: number): boolean => {
    const decoded = decodeFrame(bytes.subarray(0, length));
    assert.ok(decoded.ok, "a leaf sends sound frames only");
    heard.push(decoded.value);
    return true;
  };
  const types = (): string[] => heard.map(({ type }) => String(type));
  const command = (frame: Frame, nowMs = 0) => {
    const encoded = encodeFrame(frame);
    assert.ok(encoded.ok);
    // In the middle of a larger buffer, as links hand frames over.
    const bytes = new Uint8Array(400).fill(0xee);
    bytes.set(encoded.value, 100);
    return leaf.accept(bytes, 100, 100 + encoded.value.length, nowMs, send);
  };
  return { leaf, heard, send, types, command, state };
}

describe("EmulatedLeaf", () => {
  test("registers first, with its hardware and capabilities, then beats and reports", () => {
    const { leaf, heard, send } = heardLeaf();
    leaf.tick(0, send);
    assert.deepEqual(heard, [
      {
        version: 1,
        type: "REGISTER",
        leafId: 7,
        hardware: "esp32",
        capabilities: ["temperature", "co2", "relay"],
      },
      { version: 1, type: "HEARTBEAT", leafId: 7, batteryMv: 3300, uptimeS: 0 },
      {
        version: 1,
        type: "SENSOR_REPORT",
        leafId: 7,
        readings: [
          { channel: "temperature", value: 21.5 },
          { channel: "co2", value: 600 },
        ],
      },
    ]);
  });

  test("reports once an interval and beats once a minute, whatever the ticks are", () => {
    const { leaf, types, send } = heardLeaf();
    for (let nowMs = 0; nowMs < 600_000; nowMs += 13) leaf.tick(nowMs, send);
    assert.equal(types().filter((type) => type === "SENSOR_REPORT").length, 600);
    const beats = types().filter((type) => type === "HEARTBEAT").length;
    assert.ok(beats >= 10 && beats <= 12, `${beats} heartbeats`);
    assert.equal(types().filter((type) => type === "REGISTER").length, 1);
  });

  test("does not make up for reports it missed, and keeps its place in the interval", () => {
    const { leaf, types, send } = heardLeaf({ startMs: 250 });
    leaf.tick(249, send);
    assert.equal(types().length, 0);
    leaf.tick(250, send);
    leaf.tick(10_700, send);
    assert.equal(types().filter((type) => type === "SENSOR_REPORT").length, 2);
    leaf.tick(11_249, send);
    assert.equal(types().filter((type) => type === "SENSOR_REPORT").length, 2);
    leaf.tick(11_250, send);
    assert.equal(types().filter((type) => type === "SENSOR_REPORT").length, 3);
  });

  test("sends nothing before its registration went out", () => {
    const { leaf, types, send } = heardLeaf();
    leaf.tick(0, () => false);
    leaf.tick(10, () => false);
    assert.deepEqual(types(), []);
    leaf.tick(20, send);
    assert.equal(types()[0], "REGISTER");
  });

  test("leaves out of a report what cannot be told", () => {
    const { leaf, heard, send, state } = heardLeaf();
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1e39]) {
      state.value = value;
      leaf.report(send);
      const last = heard.at(-1);
      assert.ok(last?.type === "SENSOR_REPORT");
      assert.deepEqual(last.readings, [{ channel: "co2", value: 600 }]);
    }
  });

  test("set_state switches the relay, acknowledged", () => {
    const { command, types, state } = heardLeaf();
    const set = (on: boolean) =>
      command({ version: 1, type: "COMMAND", leafId: 7, command: "set_state", args: { on } });
    assert.equal(set(true), "acknowledged");
    assert.equal(set(false), "acknowledged");
    assert.deepEqual(state.relay, [true, false]);
    assert.deepEqual(types(), ["ACK", "ACK"]);
  });

  test("read_now is acknowledged and answered with a report at once", () => {
    const { command, types } = heardLeaf();
    assert.equal(
      command({ version: 1, type: "COMMAND", leafId: 7, command: "read_now", args: {} }),
      "acknowledged",
    );
    assert.deepEqual(types(), ["ACK", "SENSOR_REPORT"]);
  });

  test("set_interval changes how often it reports; 0 is ignored", () => {
    const { leaf, command, types, send } = heardLeaf();
    leaf.tick(0, send);
    const set = (intervalS: number) =>
      command({
        version: 1,
        type: "COMMAND",
        leafId: 7,
        command: "set_interval",
        args: { intervalS },
      });
    assert.equal(set(0), "ignored");
    assert.equal(set(5), "acknowledged");
    const before = types().filter((type) => type === "SENSOR_REPORT").length;
    for (let nowMs = 0; nowMs <= 50_000; nowMs += 100) leaf.tick(nowMs, send);
    assert.equal(types().filter((type) => type === "SENSOR_REPORT").length - before, 10);
  });

  test("reset is a reboot: relay off, interval as delivered, registered again, uptime from 0", () => {
    const { leaf, command, heard, types, send, state } = heardLeaf();
    leaf.tick(0, send);
    command({
      version: 1,
      type: "COMMAND",
      leafId: 7,
      command: "set_interval",
      args: { intervalS: 60 },
    });
    command({ version: 1, type: "COMMAND", leafId: 7, command: "reset", args: {} }, 30_000);
    heard.length = 0;
    for (let nowMs = 30_000; nowMs < 33_000; nowMs += 10) leaf.tick(nowMs, send);
    assert.deepEqual(types(), [
      "REGISTER",
      "HEARTBEAT",
      "SENSOR_REPORT",
      "SENSOR_REPORT",
      "SENSOR_REPORT",
    ]);
    const beat = heard[1];
    assert.ok(beat?.type === "HEARTBEAT" && beat.uptimeS === 0);
    assert.deepEqual(state.relay, [false]);
  });

  test("ignores commands it cannot carry out, without an ACK", () => {
    const { command, types } = heardLeaf();
    const to7 = { version: 1, type: "COMMAND", leafId: 7 } as const;
    assert.equal(command({ ...to7, command: "set_pwm", args: { duty: 5 } }), "ignored");
    assert.equal(command({ ...to7, command: "deep_sleep", args: { sleepMs: 5 } }), "ignored");
    assert.equal(command({ ...to7, command: 99, argsHex: "0102" }), "ignored");
    assert.deepEqual(types(), []);
  });

  test("ignores set_state without a relay", () => {
    const { body } = puppet({ actuators: [] });
    const { command, types } = heardLeaf({ body });
    assert.equal(
      command({ version: 1, type: "COMMAND", leafId: 7, command: "set_state", args: { on: true } }),
      "ignored",
    );
    assert.deepEqual(types(), []);
  });

  test("does not mind frames for others or of other types, nor any bytes at all", () => {
    const { leaf, command, types, send } = heardLeaf();
    assert.equal(
      command({ version: 1, type: "COMMAND", leafId: 8, command: "read_now", args: {} }),
      undefined,
    );
    assert.equal(command({ version: 1, type: "TIME_SYNC", leafId: 7, unixS: 1 }), undefined);
    assert.equal(command({ version: 1, type: "WAKE", leafId: 7 }), undefined);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        leaf.accept(bytes, 0, bytes.length, 0, send);
      }),
    );
    assert.deepEqual(types(), []);
  });

  test("a battery only ever falls, to 2000 mV at the least; the mains hold", () => {
    const onBattery = heardLeaf({ body: puppet({ onBattery: true }).body });
    let before = onBattery.leaf.batteryMv;
    for (let report = 0; report < 200_000; report++) {
      onBattery.leaf.report(() => true);
      assert.ok(onBattery.leaf.batteryMv <= before && onBattery.leaf.batteryMv >= 2000);
      before = onBattery.leaf.batteryMv;
    }
    assert.equal(before, 2000);
    const onMains = heardLeaf();
    for (let report = 0; report < 1000; report++) onMains.leaf.report(() => true);
    assert.equal(onMains.leaf.batteryMv, 3300);
  });
});
