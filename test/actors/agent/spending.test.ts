/** A day's ceiling of tokens and money: kept over restarts, and what happens at it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AgentSettings } from "../../../actors/agent/agent-options.ts";
import type { AgentState, CycleRecord } from "../../../actors/agent/messages.ts";
import { openCycleStore, SPENT_DAYS_MAX } from "../../../actors/agent/records/cycle-store.ts";
import { dayOf, Spending, spentBy } from "../../../actors/agent/spending.ts";
import { ok } from "../../../runtime/result.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";
import { simulate } from "../../../runtime/testing/simulation.ts";
import type { ModelPort, TokenUsage } from "../../../transports/llm/model-port.ts";
import { scripted } from "../../../transports/llm/scripted.ts";
import { type AgentOffice, agentOffice } from "./office-of-agent.ts";

const KEPT = { idleKept: 100, actingKept: 100 };
const USAGE: TokenUsage = { promptTokens: 900, completionTokens: 100, isExact: true, cost: 0.25 };
const DAY_MS = 86_400_000;

/** A thousand tokens and a quarter of a dollar each time. */
function dear(): ModelPort & { asked: number } {
  const model = {
    name: "dear:1",
    asked: 0,
    chat: async () => {
      model.asked += 1;
      return ok({
        ...{ model: "dear:1", content: "All is well.", toolCalls: [], stop: "stop" as const },
        usage: USAGE,
      });
    },
    check: async () => ok(undefined),
    close: async () => {},
  };
  return model;
}

const agentState = (office: AgentOffice) =>
  office.ask<AgentState>((replyTo) => ({ type: "GetAgent", replyTo }));

async function spent(settings: Partial<AgentSettings>, ms: number) {
  const model = dear();
  const office = await agentOffice({ model, settings });
  office.situation("main", { temperature: 30.5 }, 1);
  await office.pass(ms);
  return { model, office };
}

describe("a day's ceiling", () => {
  test("of tokens or of money has the scripted model think, which goes on acting", async () => {
    for (const settings of [{ tokensPerDayMax: 3_000 }, { costPerDayMax: 0.75 }]) {
      const { model, office } = await spent(settings, 150_000);
      assert.equal(model.asked, 3);
      const names = office.cycles().map(({ models }) => models.at(-1)?.model);
      assert.deepEqual(names, ["dear:1", "dear:1", "dear:1", "scripted", "scripted"]);
      assert.equal(office.created.length, 1);
      const { budget } = await agentState(office);
      assert.deepEqual([budget.tokens, budget.cost, budget.isReached], [3_000, 0.75, true]);
      assert.deepEqual(budget.tokensMax, settings.tokensPerDayMax ?? null);
      assert.deepEqual(budget.costMax, settings.costPerDayMax ?? null);
    }
  });

  test("is none where none is set", async () => {
    const { model, office } = await spent({}, 150_000);
    assert.equal(model.asked, 5);
    const { budget } = await agentState(office);
    assert.deepEqual([budget.tokens, budget.isReached], [5_000, false]);
  });

  test("is kept over a restart, and ends with the day", async () => {
    const settings = { tokensPerDayMax: 3_000 };
    const before = await spent(settings, 95_000);
    assert.equal(before.model.asked, 3);
    before.office.sim.kill();
    const model = dear();
    const office = await agentOffice({
      ...{ model, settings, store: before.office.store.reopened() },
      sim: simulate({ seed: 2, clock: before.office.sim.clock }),
    });
    office.situation("main", { temperature: 30.5 }, 1);
    await office.pass(95_000);
    assert.equal(model.asked, 0);
    const { budget } = await agentState(office);
    assert.equal(budget.isReached, true);

    office.sim.advance(budget.renewsAtMs - office.sim.clock.nowMs());
    await office.pass(40_000);
    assert.ok(model.asked > 0);
    assert.equal((await agentState(office)).budget.isReached, false);
  });
});

test("Spending counts what models answer, of each day alone, and what the scripted model says not at all", async () => {
  const answer = await scripted().chat({
    ...{ messages: [{ role: "user", content: "Hello" }], tools: [], temperature: 0, tokensMax: 9 },
  });
  assert.ok(answer.ok && answer.value.usage.promptTokens > 0);
  const use = { ...answer.value.usage, model: answer.value.model, ms: 1 };
  assert.deepEqual(spentBy([use]), { tokens: 0, cost: 0 });

  const noon = new Date(2026, 10, 21, 12).getTime();
  const days: string[] = [];
  const spending = new Spending({ tokensPerDayMax: 1_500 }, (day) => {
    days.push(day);
    return { tokens: 500, cost: 0 };
  });
  assert.equal(spending.isReached(noon), false);
  spending.used({ model: "dear:1", ms: 1, ...USAGE }, noon);
  assert.equal(spending.isReached(noon), true);
  const { renewsAtMs } = spending.state(noon);
  assert.equal(new Date(renewsAtMs).getHours(), 0);
  assert.equal(spending.isReached(renewsAtMs - 1), true);
  assert.equal(spending.isReached(renewsAtMs), false);
  assert.deepEqual(days, ["2026-11-21", "2026-11-22"]);
});

test("openCycleStore() sums up what each day's cycles took, however often one is saved", async () => {
  const store = new MemoryStore();
  const cycles = openCycleStore(store, KEPT);
  const noon = new Date(2026, 10, 21, 12).getTime();
  const uses = (count: number) =>
    Array.from({ length: count }, () => ({ model: "dear:1", ms: 1, ...USAGE }));
  const cycle = (id: string, startedAtMs: number, count: number): CycleRecord => ({
    ...{ id, agent: "agent", startedAtMs, endedAtMs: null, trigger: "timer", eventIds: [] },
    ...{ seen: [], promptTokens: 1, thoughts: [], calls: [], models: uses(count) },
    ...{ outcome: "running", reason: null, unfoundedClaims: [] },
  });
  for (const count of [0, 1, 1, 3]) await cycles.save(cycle("cycle-1", noon, count));
  await cycles.save(cycle("cycle-2", noon + 30_000, 2));
  await cycles.save(cycle("cycle-3", noon + DAY_MS, 1));
  const again = openCycleStore(store.reopened(), KEPT);
  assert.deepEqual(again.spentOn("2026-11-21"), { tokens: 5_000, cost: 1.25 });
  assert.deepEqual(again.spentOn("2026-11-22"), { tokens: 1_000, cost: 0.25 });
  assert.deepEqual(again.spentOn("2026-11-23"), { tokens: 0, cost: 0 });

  // Its records may be dropped; what they took stays.
  for (let i = 0; i <= KEPT.idleKept; i++) await again.save(cycle(`cycle-4-${i}`, noon + 1, 0));
  assert.equal(again.get("cycle-1"), undefined);
  assert.equal(again.spentOn("2026-11-21").tokens, 5_000);

  for (let day = 1; day <= SPENT_DAYS_MAX; day++)
    await again.save(cycle(`cycle-5-${day}`, noon + (day + 2) * DAY_MS, 1));
  assert.equal(again.spentOn("2026-11-21").tokens, 0);
  assert.equal(again.spentOn(dayOf(noon + 3 * DAY_MS)).tokens, 1_000);
});
