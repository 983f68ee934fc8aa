/** A report that asks for more work: a model is told of it once, whatever is restarted in between. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TASKS_EVERY_MS } from "../../../actors/agent/agent.ts";
import { REPORT_MS_MAX, REPORTS_MAX } from "../../../actors/agent/inbox/world.ts";
import type { CycleRecord } from "../../../actors/agent/messages.ts";
import { openCycleStore, REPORT_TOLD_MS } from "../../../actors/agent/records/cycle-store.ts";
import type { Task } from "../../../actors/task/messages.ts";
import { err, ok } from "../../../runtime/result.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";
import { simulate } from "../../../runtime/testing/simulation.ts";
import type { ChatRequest, ModelPort } from "../../../transports/llm/model-port.ts";
import { type AgentOffice, agentOffice, taskOf } from "./office-of-agent.ts";

const DRAFT = {
  ...{ title: "Fix the printer", description: "It jams", location: null, zone: "main" },
  ...{ bounty: 1_000, urgency: 2, taskTypes: ["general"], minPeople: 1 },
  ...{ estimatedMinutes: 10, expiresAtMs: null },
};

const reported = (id: number, completedAtMs: number, more: Partial<Task> = {}): Task => ({
  ...taskOf(id, { draft: DRAFT, createdBy: "model", causeId: null }, completedAtMs - 60_000),
  ...{ state: "completed", completedAtMs, assignedTo: 1, reportStatus: "needs_followup" },
  ...{ completionNote: "A new drum is needed." },
  ...more,
});

/** Says nothing of interest, and keeps what it was asked; fails as long as `isDown`. */
function listening() {
  const prompts: string[] = [];
  const model: ModelPort & { isDown: boolean } = {
    name: "listening",
    isDown: false,
    async chat({ messages }: ChatRequest) {
      if (model.isDown) return err({ code: "unreachable", message: "It is not there." });
      prompts.push(messages[1]?.content ?? "");
      const usage = { promptTokens: 1, completionTokens: 1, isExact: true, cost: 0 };
      return ok({ model: "listening", content: "Seen.", toolCalls: [], stop: "stop", usage });
    },
    check: async () => ok(undefined),
    close: async () => {},
  };
  const told = (id: number): number =>
    prompts.filter((prompt) => prompt.includes(`Task #${id} was reported as`)).length;
  return { model, told };
}

const restarted = (office: AgentOffice, model: ModelPort, tasks: readonly Task[]) => {
  office.sim.kill();
  const sim = simulate({ seed: 2, clock: office.sim.clock });
  return agentOffice({ store: office.store.reopened(), sim, model, tasks });
};

describe("a task's report", () => {
  test("is told to a model once, however often it looks", async () => {
    const { model, told } = listening();
    const office = await agentOffice({ model });
    office.situation("main", { temperature: 29 }, 1);
    office.agent.tell({ type: "TaskChanged", task: reported(17, office.sim.clock.nowMs()) });
    await office.pass(300_000);
    assert.equal(told(17), 1);
    const cycle = office.cycles().find(({ reportIds }) => reportIds !== undefined);
    assert.deepEqual(cycle?.reportIds, [17]);
  });

  test("is told after a restart that came before the next cycle, and not again after another", async () => {
    const { model, told } = listening();
    const first = await agentOffice({ model });
    first.situation("main", { temperature: 29 }, 1);
    const task = reported(17, first.sim.clock.nowMs());
    first.agent.tell({ type: "TaskChanged", task });
    await first.sim.settle();
    assert.equal(told(17), 0);

    const second = await restarted(first, model, [task]);
    second.situation("main", { temperature: 29 }, 1);
    await second.pass(120_000);
    assert.equal(told(17), 1);

    const third = await restarted(second, model, [task]);
    third.situation("main", { temperature: 29 }, 1);
    await third.pass(120_000);
    assert.equal(told(17), 1);
  });

  test("is told after the actor alone was restarted", async () => {
    const { model, told } = listening();
    const office = await agentOffice({ model });
    const task = reported(17, office.sim.clock.nowMs());
    office.tasks.push(task);
    office.agent.tell({ type: "TaskChanged", task });
    // A message that its type forbids is a bug, and a bug ends the actor.
    office.agent.tell({ type: "StartCycle", note: undefined, replyTo: office.agent } as never);
    await office.pass(2_000);
    office.situation("main", { temperature: 29 }, 1);
    await office.pass(120_000);
    assert.equal(told(17), 1);
  });

  test("waits for a model that answers", async () => {
    const { model, told } = listening();
    const office = await agentOffice({ model });
    model.isDown = true;
    office.situation("main", { temperature: 22 }, 1);
    office.agent.tell({ type: "TaskChanged", task: reported(17, office.sim.clock.nowMs()) });
    await office.pass(120_000);
    assert.ok(office.cycles().some(({ outcome }) => outcome === "failed"));
    model.isDown = false;
    await office.pass(120_000);
    assert.equal(told(17), 1);
  });

  test("that the board told nobody is heard of a minute later", async () => {
    const { model, told } = listening();
    const office = await agentOffice({ model });
    office.situation("main", { temperature: 22 }, 1);
    office.tasks.push(reported(17, office.sim.clock.nowMs()));
    await office.pass(TASKS_EVERY_MS + 31_000);
    assert.equal(told(17), 1);
  });

  test("is not told after a day, nor where no more work is asked for", async () => {
    const { model, told } = listening();
    const office = await agentOffice({ model });
    const nowMs = office.sim.clock.nowMs();
    office.situation("main", { temperature: 29 }, 1);
    office.tasks.push(
      reported(1, nowMs - REPORT_MS_MAX - 1),
      reported(2, nowMs, { reportStatus: "resolved" }),
      reported(3, nowMs - REPORT_MS_MAX + 300_000, { reportStatus: "cannot_resolve" }),
    );
    await office.pass(TASKS_EVERY_MS + 60_000);
    assert.deepEqual([told(1), told(2), told(3)], [0, 0, 1]);
  });

  test("is told in its turn where there are more than one prompt takes", async () => {
    const { model, told } = listening();
    const office = await agentOffice({ model });
    const nowMs = office.sim.clock.nowMs();
    office.situation("main", { temperature: 29 }, 1);
    const ids = Array.from({ length: 2 * REPORTS_MAX + 5 }, (_, index) => index + 1);
    // As the board lists them: the newest first.
    for (const id of ids) office.tasks.push(reported(id, nowMs - id * 1_000));
    await office.pass(10 * TASKS_EVERY_MS);
    assert.deepEqual(
      ids.map(told),
      ids.map(() => 1),
    );
  });

  test("that was told is remembered for longer than it waits, and then forgotten", async () => {
    const cycles = openCycleStore(new MemoryStore(), { idleKept: 100, actingKept: 100 });
    const cycle: CycleRecord = {
      ...{ id: "cycle-1", agent: "agent", startedAtMs: 0, endedAtMs: 1, trigger: "timer" },
      ...{ eventIds: [], seen: [], promptTokens: 1, thoughts: [], calls: [], models: [] },
      ...{ outcome: "done", reason: null, unfoundedClaims: [], reportIds: [17] },
    };
    const models = [{ model: "m", promptTokens: 1, completionTokens: 1, cost: 0, ms: 1 }];
    await cycles.save(cycle);
    assert.equal(cycles.isReportTold(17), false);
    await cycles.save({ ...cycle, models });
    assert.equal(cycles.isReportTold(17), true);
    assert.ok(REPORT_TOLD_MS > REPORT_MS_MAX);
    const later = { ...cycle, id: "cycle-2", reportIds: [18], models };
    await cycles.save({ ...later, startedAtMs: REPORT_TOLD_MS + 1 });
    assert.deepEqual([cycles.isReportTold(17), cycles.isReportTold(18)], [false, true]);
  });
});
