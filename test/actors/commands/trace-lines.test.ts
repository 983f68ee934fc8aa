import assert from "node:assert/strict";
import { test } from "node:test";
import { TraceLines } from "../../../actors/commands/trace-lines.ts";
import type { TraceHop } from "../../../transports/http/contract.ts";

const at = (name: string) => `mycel://office/user/${name}`;
const hop = (hop: number, parent: number | null, more: Partial<TraceHop> = {}): TraceHop => ({
  ...{ trace: 1, hop, parent, from: at("a"), to: at(`b${hop}`), thread: 1, type: "Bytes" },
  ...{ sentMs: hop, waitMs: 0.084, handlerMs: 1.5, outcome: "handled" },
  ...more,
});

test("TraceLines draws a trace when nothing more has come for a while, each hop below its cause", () => {
  const lines = new TraceLines();
  lines.add([hop(3, 2, { thread: 0, outcome: "mailboxFull" }), hop(2, 1)], 0);
  assert.deepEqual(lines.due(200), []);
  lines.add([hop(1, null, { from: null }), hop(4, 1, { outcome: "failed" })], 250);
  assert.deepEqual(lines.due(400), [], "a hop came 150 ms ago");
  assert.deepEqual(lines.due(600), [
    "00:00:00.001 outside ──▶ b1: Bytes   worker 1, waited 84.0 µs, took 1.50 ms",
    "  └▶ b2: Bytes   worker 1, waited 84.0 µs, took 1.50 ms",
    "     └▶ b3: Bytes   main, waited 84.0 µs, mailboxFull",
    "  └▶ b4: Bytes   worker 1, waited 84.0 µs, took 1.50 ms, failed",
  ]);
  lines.add([hop(9, 4)], 5_000);
  assert.deepEqual(lines.due(5_000, true), [
    "00:00:00.009 … a ──▶ b9: Bytes   worker 1, waited 84.0 µs, took 1.50 ms",
  ]);
});

test("TraceLines draws a trace without an end in parts", () => {
  const lines = new TraceLines();
  let drawn = 0;
  for (let ms = 0; ms < 6_000; ms += 100) {
    lines.add([hop(1 + ms, ms === 0 ? null : ms - 99)], ms);
    drawn += lines.due(ms).length;
  }
  assert.ok(drawn >= 40, `${drawn}`);
});
