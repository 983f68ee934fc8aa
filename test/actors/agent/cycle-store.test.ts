import assert from "node:assert/strict";
import { test } from "node:test";
import type { CycleRecord, ToolCallRecord } from "../../../actors/agent/messages.ts";
import {
  afterCrash,
  openCycleStore,
  openCycleTables,
} from "../../../actors/agent/records/cycle-store.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";

const KEPT = { idleKept: 5, actingKept: 10 };
const HOUR_MS = 3_600_000;

const idOf = (no: number): string => `cycle-${String(no).padStart(6, "0")}`;

const call = (id: string, more: Partial<ToolCallRecord> = {}): ToolCallRecord => ({
  id,
  round: 1,
  tool: "create_task",
  argumentsText: "{}",
  outcome: "done",
  reason: null,
  result: "{}",
  made: [],
  startedAtMs: 10,
  endedAtMs: 20,
  ...more,
});

const cycle = (no: number, more: Partial<CycleRecord> = {}): CycleRecord => ({
  id: idOf(no),
  agent: "agent",
  startedAtMs: no * 60_000,
  endedAtMs: no * 60_000 + 1_000,
  trigger: "events",
  eventIds: [],
  seen: [{ provenance: "sensor", text: "main: 30.5 °C" }],
  promptTokens: 100,
  thoughts: [],
  calls: [],
  models: [],
  outcome: "done",
  reason: "noCalls",
  unfoundedClaims: [],
  ...more,
});

test("openCycleStore() finds a cycle by its event, its task, its call and its time", async () => {
  const cycles = openCycleStore(new MemoryStore(), KEPT);
  const made = [call("cycle-000002.1", { made: ["task:17"], endedAtMs: 120_500 })];
  await cycles.save(cycle(1, { eventIds: ["e1"] }));
  await cycles.save(cycle(2, { eventIds: ["e1", "e2"], calls: made }));
  await cycles.save(cycle(3));
  const ids = (found: readonly CycleRecord[]) => found.map(({ id }) => id);
  assert.deepEqual(ids(cycles.cyclesOf("e1")), [idOf(1), idOf(2)]);
  assert.deepEqual(ids(cycles.cyclesOf("task:17")), [idOf(2)]);
  assert.deepEqual(ids(cycles.cyclesOf("cycle-000002.1")), [idOf(2)]);
  assert.deepEqual(ids(cycles.cyclesOf("task:1")), []);
  assert.deepEqual(ids(cycles.list({ limit: 2 })), [idOf(3), idOf(2)]);
  assert.deepEqual(ids(cycles.list({ limit: 2, before: idOf(2) })), [idOf(1)]);
  assert.equal(cycles.get(idOf(2))?.calls[0]?.made[0], "task:17");
  assert.deepEqual(cycles.callsSince(120_500), [{ cycleId: idOf(2), call: made[0] }]);
  assert.deepEqual(cycles.callsSince(120_501), []);
});

test("openCycleStore() has a call on disk before it is run, and after a crash says that its outcome is unknown", async () => {
  const store = new MemoryStore();
  const before = openCycleStore(store, KEPT);
  const running = call("c.1", { outcome: "running", endedAtMs: null });
  const whole = cycle(7, { outcome: "running", endedAtMs: null, reason: null, calls: [running] });
  await before.save(whole);
  // The tool's answer was on its way to disk when the node was killed.
  void before.save({ ...whole, calls: [call("c.1", { made: ["task:1"] })] });

  const after = openCycleStore(store.reopened(), KEPT);
  const [left] = after.unended();
  assert.equal(left?.calls[0]?.outcome, "running");
  await after.save(afterCrash(left as CycleRecord, HOUR_MS));
  assert.deepEqual(after.unended(), []);
  const told = after.get(whole.id);
  assert.deepEqual(
    [told?.outcome, told?.reason, told?.calls[0]?.outcome, told?.calls[0]?.reason],
    ["failed", "restarted", "failed", "unknownOutcome"],
  );
  assert.deepEqual(
    after.callsSince(HOUR_MS).map(({ call: { reason } }) => reason),
    ["unknownOutcome"],
  );
});

test("openCycleStore() drops the oldest cycles that made nothing before those that did", async () => {
  const store = new MemoryStore();
  let cycles = openCycleStore(store, KEPT);
  for (let no = 1; no <= 40; no++) {
    if (no === 20) cycles = openCycleStore(store, KEPT);
    const made = no % 4 === 0 ? [call(`c${no}.1`, { made: [`task:${no}`] })] : [];
    await cycles.save(cycle(no, { eventIds: [`e${no}`], calls: made }));
  }
  const kept = cycles.list({ limit: 100 }).map(({ id }) => Number(id.slice(6)));
  const acting = kept.filter((no) => no % 4 === 0);
  assert.deepEqual(acting, [40, 36, 32, 28, 24, 20, 16, 12, 8, 4]);
  assert.deepEqual(
    kept.filter((no) => no % 4 !== 0),
    [39, 38, 37, 35, 34],
  );
  await cycles.save(cycle(44, { calls: [call("c44.1", { made: ["task:44"] })] }));
  assert.equal(cycles.get(idOf(4)), undefined);
  const { of, head } = openCycleTables(store);
  const refs = [...of.range({})].map(({ key }) => key[1]);
  assert.ok(
    refs.every((id) => head.get(id) !== undefined),
    "no reference to what was dropped",
  );
  assert.equal([...head.range({})].length, 15);
});

test("openCycleStore() keeps a cycle that grows once, with what it is found by now", async () => {
  const store = new MemoryStore();
  const cycles = openCycleStore(store, KEPT);
  const growing = cycle(1, { outcome: "running", endedAtMs: null });
  for (let calls = 0; calls < 8; calls++) {
    const made = Array.from({ length: calls }, (_, i) => call(`c.${i}`, { made: [`task:${i}`] }));
    await cycles.save({ ...growing, calls: made });
  }
  await cycles.save(cycle(1));
  assert.deepEqual(cycles.cyclesOf("task:3"), []);
  assert.equal([...openCycleTables(store).cycle.range({})].length, 1);
  assert.deepEqual(cycles.unended(), []);
});

test("openCycleStore() refuses what the disk has no room for, and knows the rest", async () => {
  const store = new MemoryStore();
  const cycles = openCycleStore(store, KEPT);
  await cycles.save(cycle(1));
  store.setFull(true);
  await assert.rejects(cycles.save(cycle(2)), { code: "E_STORE_FULL" });
  assert.deepEqual(
    cycles.list({ limit: 10 }).map(({ id }) => id),
    [idOf(1)],
  );
});
