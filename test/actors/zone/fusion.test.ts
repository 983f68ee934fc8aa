import assert from "node:assert/strict";
import { test } from "node:test";
import { CHANNELS_MAX, Fusion, isAnalog } from "../../../actors/zone/fusion.ts";
import fc from "../../support/fc.ts";

const at = 1_700_000_000_000;

test("Fusion weighs an older reading less, by the channel's time", () => {
  const cases = [
    { channel: "temperature", ageS: 120, expected: (20 + 30 * Math.exp(-1)) / (1 + Math.exp(-1)) },
    { channel: "co2", ageS: 60, expected: (20 + 30 * Math.exp(-1)) / (1 + Math.exp(-1)) },
    { channel: "pressure", ageS: 240, expected: (20 + 30 * Math.exp(-2)) / (1 + Math.exp(-2)) },
  ];
  for (const { channel, ageS, expected } of cases) {
    const fusion = new Fusion();
    fusion.accept("new", channel, 20, at);
    fusion.accept("old", channel, 30, at - ageS * 1_000);
    const fused = fusion.fuse(channel, at);
    assert.ok(fused !== undefined);
    assert.ok(Math.abs(fused.value - expected) < 1e-4, `${channel}: ${fused.value}`);
    assert.deepEqual({ ...fused, value: 0 }, { value: 0, atMs: at, sources: 2 });
  }
});

test("Fusion drops a reading older than 600 s and forgets the channel with its last", () => {
  const fusion = new Fusion();
  fusion.accept("a", "temperature", 20, at);
  assert.equal(fusion.fuse("temperature", at + 600_000)?.value, 20);
  assert.equal(fusion.fuse("temperature", at + 600_001), undefined);
  assert.deepEqual([...fusion.channels()], []);
});

test("Fusion ignores a reading that comes after a newer one of its source", () => {
  const fusion = new Fusion();
  fusion.accept("a", "humidity", 50, at);
  fusion.accept("a", "humidity", 90, at - 1);
  assert.deepEqual(fusion.fuse("humidity", at), { value: 50, atMs: at, sources: 1 });
});

test("Fusion refuses a channel beyond its bound and goes on with those it has", () => {
  const fusion = new Fusion();
  for (let i = 0; i < CHANNELS_MAX; i++) assert.ok(fusion.accept("a", `c${i}`, i, at));
  assert.equal(fusion.accept("a", "one_more", 1, at), false);
  assert.ok(fusion.accept("b", "c0", 1, at));
});

test("isAnalog() keeps motion, door, battery and head counts out of the mean", () => {
  const not = ["motion", "door", "battery_mv", "occupancy"];
  assert.deepEqual([...not, "temperature", "unknown_0x3f"].filter(isAnalog), [
    "temperature",
    "unknown_0x3f",
  ]);
});

type Act =
  | { readonly act: "accept"; source: string; value: number; ageMs: number }
  | { readonly act: "forget"; source: string }
  | { readonly act: "wait"; ms: number };
const source = fc.constantFrom("a", "b", "c");
const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    fc.record({
      act: fc.constant("accept" as const),
      source,
      value: fc.float({ min: -100, max: 2_000, noNaN: true }),
      ageMs: fc.nat(700_000),
    }),
    fc.record({ act: fc.constant("forget" as const), source }),
    fc.record({ act: fc.constant("wait" as const), ms: fc.nat(300_000) }),
  ),
  { maxLength: 40 },
);

test("Fusion agrees with the formula over any history of sources", () => {
  fc.assert(
    fc.property(fc.constantFrom("temperature", "co2", "ph"), acts, (channel, history) => {
      const foldingMs = { temperature: 120_000, co2: 60_000, ph: 120_000 }[channel] as number;
      const fusion = new Fusion();
      const model = new Map<string, { value: number; atMs: number }>();
      let nowMs = at;
      for (const act of history) {
        if (act.act === "wait") nowMs += act.ms;
        else if (act.act === "forget") {
          fusion.forget(act.source);
          model.delete(act.source);
        } else {
          const atMs = nowMs - act.ageMs;
          fusion.accept(act.source, channel, act.value, atMs);
          const known = model.get(act.source);
          if (known === undefined || atMs >= known.atMs) {
            model.set(act.source, { value: act.value, atMs });
          }
        }
        const fresh = [...model.values()].filter(({ atMs }) => nowMs - atMs <= 600_000);
        const fused = fusion.fuse(channel, nowMs);
        if (fresh.length === 0) {
          assert.equal(fused, undefined);
          continue;
        }
        const weight = ({ atMs }: { atMs: number }) => 0.5 * Math.exp(-(nowMs - atMs) / foldingMs);
        const sum = fresh.reduce((total, sample) => total + weight(sample), 0);
        const mean = fresh.reduce((total, s) => total + weight(s) * s.value, 0) / sum;
        assert.ok(fused !== undefined);
        assert.ok(Math.abs(fused.value - mean) <= 0.00005 + Math.abs(mean) * 1e-12);
        assert.equal(fused.sources, fresh.length);
        const values = fresh.map(({ value }) => value);
        assert.ok(fused.value >= Math.min(...values) - 0.0001);
        assert.ok(fused.value <= Math.max(...values) + 0.0001);
      }
    }),
  );
});
