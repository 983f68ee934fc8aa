/**
 * The board under crashes: the node is killed at each step of a task's life in turn, and then at random
 * moments of random lives. Whatever happens, a task is paid at most once, and only when it is done.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Task, TaskState } from "../../../actors/task/messages.ts";
import { openTaskTables } from "../../../actors/task/tables.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";
import fc from "../../support/fc.ts";
import { reasonOf, startBoard, type Vault } from "./board.ts";
import { REACH } from "./reach.ts";

type Board = Awaited<ReturnType<typeof startBoard>>;

/** What people want to happen to the one task, again and again until it has. */
const LIVES = {
  completed: async (board: Board): Promise<void> => {
    await board.create({}, "the-wish");
    await board.act("AcceptTask", 1, 2);
    await board.act("CompleteTask", 1, 2);
  },
  cancelled: async (board: Board): Promise<void> => {
    await board.create({}, "the-wish");
    await board.act("AcceptTask", 1, 2);
    await board.act("CancelTask", 1, null);
  },
  expired: async (board: Board): Promise<void> => {
    const answer = await board.create({ urgency: 1, expiresAtMs: END_MS }, "the-wish");
    // A node that was killed before asks again in time.
    if (answer !== undefined) await board.pass(30_000);
  },
} as const;

/** After every crash, and before the last look. */
const END_MS = new Date(2026, 10, 20, 12, 0, 20).getTime();

for (const [end, life] of Object.entries(LIVES)) {
  test(`tasks() killed at any step brings a task to ${end} all the same, its bounty settled once`, async () => {
    let steps = 0;
    for (let at = 1; ; at += 1) {
      const crash = { left: at, happened: false };
      const memory = new MemoryStore();
      const board = await startBoard({ memory });
      crashing(board, crash);
      await life(board);
      const later = crash.happened
        ? await startBoard({
            memory: memory.reopened(),
            vault: board.vault,
            clock: board.sim.clock,
          })
        : board;
      later.vault.point = undefined;
      if (crash.happened) await life(later);
      await later.pass(60_000);

      const { held, paid } = board.vault;
      const answer = await later.task(1);
      assert.ok(answer?.type === "TaskAccepted", `killed at step ${at}: the task is gone`);
      assert.equal(answer.task.state, end, `killed at step ${at}`);
      assert.equal(paid.length, end === "completed" ? 1 : 0, `killed at step ${at}`);
      assert.equal(held.size, 0, `killed at step ${at}: nothing stays held`);
      assert.equal((await later.stats())?.totalXp, end === "completed" ? 50 : 0);
      const reports = [...board.zone.messages, ...(later === board ? [] : later.zone.messages)];
      const isReported = reports.some(({ type }) => type === "AcceptTaskReport");
      assert.equal(isReported, end === "completed", `killed at step ${at}: the zone hears of it`);
      if (!crash.happened) break;
      steps = at;
    }
    assert.ok(steps >= 8, `${steps} steps were seen`);
  });
}

test("tasks() with the real treasury and ledger, killed at any commit of the three, pays a bounty once", async () => {
  for (let at = 1; ; at += 1) {
    const crash = { left: at, happened: false };
    const memory = new MemoryStore();
    const board = await startBoard({ memory, money: "ledger" });
    crashing(board, crash);
    await LIVES.completed(board);
    const later = crash.happened
      ? await startBoard({ memory: memory.reopened(), money: "ledger", clock: board.sim.clock })
      : board;
    if (crash.happened) await LIVES.completed(later);
    await later.pass(60_000);
    const answer = await later.task(1);
    assert.ok(answer?.type === "TaskAccepted" && answer.task.state === "completed", `step ${at}`);
    assert.equal(await later.balance("person:2"), 1_500_000, `killed at step ${at}`);
    assert.equal(await later.balance("task:1"), 0, `killed at step ${at}`);
    assert.equal(await later.balance("issuer"), -1_500_000, `killed at step ${at}`);
    if (!crash.happened) {
      assert.ok(at > 12, `${at - 1} steps were seen`);
      return;
    }
  }
});

/** Before and after each commit and each booking of the treasury; the one of the number is the last. */
function crashing(board: Board, crash: { left: number; happened: boolean }): void {
  const point = (): boolean => {
    if (crash.happened) return true;
    crash.left -= 1;
    if (crash.left > 0) return false;
    crash.happened = true;
    board.sim.kill();
    return true;
  };
  board.memory.setSlow((commit) =>
    queueMicrotask(() => {
      if (point()) return;
      commit();
      point();
    }),
  );
  board.vault.point = point;
}

const taskId = fc.integer({ min: 1, max: 4 });
const op = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant("create" as const),
      title: fc.constantFrom("A", "B", "C"),
      urgency: fc.integer({ min: 0, max: 4 }),
      bounty: fc.constantFrom(0, 10, 1_500),
      type: fc.constantFrom("supply", "urgent", "environment"),
      wish: fc.constantFrom("w1", "w2", "w3", "w4", "w5", "w6"),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant("act" as const),
      type: fc.constantFrom(
        ...(["AcceptTask", "AcceptTask", "CompleteTask", "CompleteTask", "CompleteTask"] as const),
        ...(["CancelTask", "DispatchTask", "IgnoreTask", "RemindTask"] as const),
      ),
      id: taskId,
      person: fc.constantFrom(2, 2, 3, null),
      /** Not waited for: what comes next meets it under way. */
      waits: fc.boolean(),
    }),
  },
  fc.record({
    op: fc.constant("pass" as const),
    ms: fc.constantFrom(1, 1_000, 7_000, 1_900_000, 25 * 3_600_000),
  }),
  fc.record({ op: fc.constant("people" as const), count: fc.integer({ min: 0, max: 2 }) }),
  fc.record({
    op: fc.constant("treasury" as const),
    mood: fc.constantFrom("answers", "silent", "refuses"),
  }),
  fc.record({ op: fc.constant("disk" as const), full: fc.boolean() }),
  fc.record({ op: fc.constant("kill" as const), steps: fc.integer({ min: 0, max: 12 }) }),
);

test("tasks() pays each task at most once and only when done, through any acts, times, faults and crashes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(op, { minLength: 4, maxLength: 24 }),
      fc.integer(),
      async (ops, seed) => {
        let memory = new MemoryStore();
        let board = await startBoard({ memory, seed });
        const { vault } = board;
        const last = new Map<number, TaskState>();
        const completions: (() => string | undefined)[] = [];
        let seen = 0;

        const look = (): void => {
          for (const { task } of board.agent.messages.slice(seen)) {
            const before = last.get(task.id) ?? (task.state === "open" ? "open" : "queued");
            assert.ok(REACH.get(before)?.has(task.state), `#${task.id}: ${before} → ${task.state}`);
            last.set(task.id, task.state);
          }
          seen = board.agent.messages.length;
          paidOnceWhenDone(vault, memory);
        };
        const restart = async (): Promise<void> => {
          board.sim.kill();
          memory = memory.reopened();
          board = await startBoard({ memory, seed, vault, clock: board.sim.clock });
          seen = 0;
        };

        for (const one of ops) {
          switch (one.op) {
            case "create": {
              const { title, urgency, bounty, type, wish } = one;
              const zone = type === "urgent" ? null : "main";
              await board.create({ title, urgency, bounty, zone, taskTypes: [type] }, wish);
              break;
            }
            case "act": {
              const asker = board.tell(board.actMessage(one.type, one.id, one.person));
              if (one.waits) await board.sim.settle();
              if (one.type === "CompleteTask") {
                completions.push(() => {
                  const [answer] = asker.messages as Parameters<typeof reasonOf>;
                  return answer === undefined
                    ? undefined
                    : `${one.id} ${reasonOf(answer) ?? "taken"}`;
                });
              }
              break;
            }
            case "pass":
              await board.pass(one.ms, Math.max(1, Math.ceil(one.ms / 8)));
              break;
            case "people":
              await board.hear("main", one.count);
              break;
            case "treasury":
              vault.mood = one.mood as Vault["mood"];
              break;
            case "disk":
              memory.setFull(one.full);
              break;
            case "kill":
              for (let step = 0; step < one.steps; step += 1) {
                board.sim.run(1);
                await Promise.resolve();
              }
              await restart();
              break;
          }
          look();
        }

        vault.mood = "answers";
        memory.setFull(false);
        await board.pass(300_000);
        look();
        const open = new Map<number, Task>();
        for (const task of await board.tasks()) open.set(task.id, task);
        const states = [...open.values()].map(({ state }) => state);
        assert.ok(!states.includes("paying"), "all that was reported done has been paid");
        assert.deepEqual(
          [...vault.held.keys()].sort(),
          [...open.keys()].sort(),
          "the bounties held are those of open tasks",
        );
        const done = [...last].filter(([, state]) => state === "completed").map(([id]) => id);
        const paid = vault.paid.map(({ taskId: id }) => id);
        for (const id of done) assert.ok(paid.includes(id), `#${id} is completed and was paid`);
        const taken = completions
          .map((outcome) => outcome())
          .filter((one) => one?.endsWith("taken"));
        assert.equal(new Set(taken).size, taken.length, "no completion is taken twice");
      },
    ),
    { numRuns: 60 },
  );
});

function paidOnceWhenDone(vault: Vault, memory: MemoryStore): void {
  const { live, ended } = openTaskTables(memory);
  const ids = vault.paid.map(({ taskId: id }) => id);
  assert.equal(new Set(ids).size, ids.length, "a task was paid twice");
  for (const id of ids) {
    assert.ok(!vault.released.has(id), `#${id} was paid and released`);
    const state = (live.get(id)?.task ?? ended.get(id))?.state;
    assert.ok(state === "paying" || state === "completed", `#${id} was paid as ${state}`);
  }
}
