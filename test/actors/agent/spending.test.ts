/** A day's ceiling of tokens and money: one for all who ask a model, kept over crashes, and what happens at it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AgentState } from "../../../actors/agent/messages.ts";
import { SPENT_DAYS_MAX, Spending, type SpendingLimits } from "../../../actors/agent/spending.ts";
import { systemClock } from "../../../runtime/clock.ts";
import { seededRandom } from "../../../runtime/random.ts";
import { ok } from "../../../runtime/result.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";
import type { StateStore } from "../../../runtime/state/state-store.ts";
import { simulate } from "../../../runtime/testing/simulation.ts";
import { meteredModel } from "../../../transports/llm/metered.ts";
import type { ChatRequest, ModelPort, Taken } from "../../../transports/llm/model-port.ts";
import { scripted } from "../../../transports/llm/scripted.ts";
import { MODEL_CARE } from "../../../transports/llm/tended/model-care.ts";
import { tendModel } from "../../../transports/llm/tended.ts";
import { type AgentOffice, agentOffice } from "./office-of-agent.ts";

const USE = { promptTokens: 900, completionTokens: 100, cost: 0.25 };
const TAKEN: Taken = { model: "dear:1", ...USE };
const REQUEST: ChatRequest = { messages: [], tools: [], temperature: 0, tokensMax: 9 };
const DAY_MS = 86_400_000;

const tend = (driver: ModelPort): ModelPort =>
  tendModel(driver, { care: MODEL_CARE, clock: systemClock, random: seededRandom(1) });

/** A thousand tokens and a quarter of a dollar each time. */
function dear(): ModelPort & { asked: number } {
  const driver: ModelPort = {
    name: "dear:1",
    chat: async () => {
      model.asked += 1;
      return ok({
        ...{ model: "dear:1", content: "All is well.", toolCalls: [], stop: "stop" as const },
        usage: { ...USE, isExact: true },
      });
    },
    check: async () => ok(undefined),
    close: async () => {},
  };
  const model = { ...tend(driver), asked: 0 };
  return model;
}

const agentState = (office: AgentOffice) =>
  office.ask<AgentState>((replyTo) => ({ type: "GetAgent", replyTo }));

async function spent(limits: SpendingLimits, ms: number) {
  const model = dear();
  const office = await agentOffice({ model, limits });
  office.situation("main", { temperature: 30.5 }, 1);
  await office.pass(ms);
  return { model, office };
}

const spendingOf = (store: StateStore, limits: SpendingLimits, nowMs: () => number) =>
  new Spending({
    ...{ store, limits, nowMs },
    onReached: () => {},
    onUnrecorded: (cause) => assert.fail(String(cause)),
  });

describe("a day's ceiling", () => {
  test("of tokens or of money has the scripted model think, which goes on acting", async () => {
    for (const limits of [{ tokensPerDayMax: 3_000 }, { costPerDayMax: 0.75 }]) {
      const { model, office } = await spent(limits, 150_000);
      assert.equal(model.asked, 3);
      const names = office.cycles().map(({ models }) => models.at(-1)?.model);
      assert.deepEqual(names, ["dear:1", "dear:1", "dear:1", "scripted", "scripted"]);
      assert.equal(office.created.length, 1);
      const { budget } = await agentState(office);
      assert.deepEqual([budget.tokens, budget.cost, budget.isReached], [3_000, 0.75, true]);
      assert.deepEqual(budget.tokensMax, limits.tokensPerDayMax ?? null);
      assert.deepEqual(budget.costMax, limits.costPerDayMax ?? null);
    }
  });

  test("is none where none is set", async () => {
    const { model, office } = await spent({}, 150_000);
    assert.equal(model.asked, 5);
    const { budget } = await agentState(office);
    assert.deepEqual([budget.tokens, budget.isReached], [5_000, false]);
  });

  test("is kept over a restart, and ends with the day", async () => {
    const limits = { tokensPerDayMax: 3_000 };
    const before = await spent(limits, 95_000);
    assert.equal(before.model.asked, 3);
    before.office.sim.kill();
    const model = dear();
    const office = await agentOffice({
      ...{ model, limits, store: before.office.store.reopened() },
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

  test("holds for a node that crashes in the midst of each cycle", async () => {
    const model = dear();
    let store = new MemoryStore();
    let { clock } = simulate({ seed: 1 });
    for (let life = 1; life <= 6; life += 1) {
      const sim = simulate({ seed: life, clock });
      // Its cycle asks for a device that never answers: no record follows the model's answer.
      const asking: ModelPort = {
        ...model,
        async chat(request, options) {
          const answer = await model.chat(request, options);
          const toolCalls = [{ id: "a", name: "get_active_tasks", argumentsText: "{}" }];
          sim.kill();
          return answer.ok ? ok({ ...answer.value, toolCalls }) : answer;
        },
      };
      const office = await agentOffice({
        ...{ model: asking, limits: { tokensPerDayMax: 3_000 }, store, sim },
      });
      office.situation("main", { temperature: 30.5 }, 1);
      for (let second = 0; second < 60; second += 1) {
        if (!sim.isIdle) sim.run();
        await sim.promises();
        sim.clock.goTo(sim.clock.monotonicMs() + 1_000);
      }
      store = store.reopened();
      clock = sim.clock;
    }
    assert.equal(model.asked, 3);
  });

  test("is one for all who ask, and what nobody waits for leaves half of it", async () => {
    const models = dear();
    const meter = spendingOf(new MemoryStore(), { tokensPerDayMax: 4_000 }, () => 0);
    const agent = meteredModel({ models, spare: scripted(), meter });
    const stock = meteredModel({ models, spare: scripted(), meter, share: 0.5 });
    const asked: string[] = [];
    for (const port of [agent, stock, stock, agent, stock, agent, agent, stock]) {
      const answer = await port.chat(REQUEST);
      asked.push(answer.ok ? answer.value.model : answer.error.code);
    }
    const [d, s] = ["dear:1", "scripted"];
    assert.deepEqual(asked, [d, d, s, d, s, d, s, s]);
  });
});

test("meteredModel() has what an answer took on disk before the answer is heard", async () => {
  const store = new MemoryStore();
  const meter = spendingOf(store, {}, () => 0);
  const model = meteredModel({ models: dear(), spare: scripted(), meter });
  assert.ok((await model.chat(REQUEST)).ok);
  assert.equal(spendingOf(store.reopened(), {}, () => 0).budget().tokens, 1_000);
});

test("meteredModel() answers also where it cannot be recorded, and counts it until the node's end", async () => {
  const store = new MemoryStore();
  const lost: unknown[] = [];
  const meter = new Spending({
    ...{ store, limits: { tokensPerDayMax: 1_000 }, nowMs: () => 0, onReached: () => {} },
    onUnrecorded: (cause) => lost.push(cause),
  });
  store.write = async () => {
    throw new Error("the disk is full");
  };
  const model = meteredModel({ models: dear(), spare: scripted(), meter });
  const asked = [await model.chat(REQUEST), await model.chat(REQUEST)];
  assert.deepEqual(
    asked.map((answer) => answer.ok && answer.value.model),
    ["dear:1", "scripted"],
  );
  assert.equal(lost.length, 1);
});

test("Spending counts each day alone, and forgets the oldest beyond its bound", async () => {
  const store = new MemoryStore();
  const noonMs = new Date(2026, 10, 21, 12).getTime();
  let nowMs = noonMs;
  const told: number[] = [];
  const spending = new Spending({
    ...{ store, limits: { tokensPerDayMax: 1_500 }, nowMs: () => nowMs },
    onReached: ({ tokens }) => told.push(tokens),
    onUnrecorded: (cause) => assert.fail(String(cause)),
  });
  await spending.took(TAKEN);
  assert.equal(spending.isReached(1), false);
  await spending.took(TAKEN);
  assert.deepEqual([spending.isReached(1), spending.isReached(1)], [true, true]);
  assert.deepEqual(told, [2_000], "once a day");
  const { renewsAtMs } = spending.budget();
  assert.equal(new Date(renewsAtMs).getHours(), 0);
  nowMs = renewsAtMs - 1;
  assert.equal(spending.isReached(1), true);
  nowMs = renewsAtMs;
  assert.equal(spending.isReached(1), false);
  await spending.took(TAKEN);
  // A clock that is set back over midnight finds the day as it was.
  nowMs = noonMs;
  assert.equal(spending.budget().tokens, 2_000);

  for (let day = 2; day <= SPENT_DAYS_MAX; day++) {
    nowMs = noonMs + day * DAY_MS;
    await spending.took(TAKEN);
  }
  const days = [
    ...store.table<string, unknown>({ name: "agent.spent", value: "object" }).range({}),
  ];
  assert.equal(days.length, SPENT_DAYS_MAX);
  assert.equal(days[0]?.key, "2026-11-22");
});
