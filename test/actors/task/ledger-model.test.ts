/**
 * Board, treasury and ledger together against a model: wishes in bursts, through kills anywhere and commits that fail.
 * What is answered is what the model says; what was not answered before a kill has happened up to some wish of the
 * burst and no further; and in the end every state and every balance is the model's.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { LedgerAnswer } from "../../../actors/ledger/messages.ts";
import { verifyLedger } from "../../../actors/ledger/verify.ts";
import type { Task, TaskAnswer } from "../../../actors/task/messages.ts";
import { moneyStepOf } from "../../../actors/task/money.ts";
import { openTaskTables } from "../../../actors/task/tables.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";
import { createProbe } from "../../../runtime/testing/probe.ts";
import fc from "../../support/fc.ts";
import { order } from "../../support/money.ts";
import { DRAFT, startBoard } from "./board.ts";
import { Model, type ModelState, type Wish } from "./ledger-model.ts";

type Board = Awaited<ReturnType<typeof startBoard>>;

const NOON = new Date(2026, 10, 20, 12).getTime();
const PEOPLE = [1, 2, 3];

const create: fc.Arbitrary<Wish> = fc
  .record({
    id: fc.integer({ min: 1, max: 8 }).map((n) => `wish-${n}`),
    title: fc.constantFrom("A", "B", "C"),
    zone: fc.constantFrom("main", null),
    urgency: fc.constantFrom(1, 3, 3),
    bounty: fc.constantFrom(0, 10, 1_500),
    expiresAtMs: fc.constantFrom(null, null, NOON + 90_000, NOON + 600_000),
  })
  .map(({ id, ...draft }) => ({
    type: "create",
    id,
    draft: { ...DRAFT, taskTypes: [], ...draft },
  }));
/** So that there is something to do. */
const FIRST: readonly Wish[] = ["A", "B"].map((title) => ({
  ...{ type: "create", id: `first-${title}` },
  draft: { ...DRAFT, title, taskTypes: [] },
}));
const act: fc.Arbitrary<Wish> = fc.record({
  type: fc.constantFrom(
    ...(["AcceptTask", "AcceptTask", "CompleteTask", "CompleteTask", "CompleteTask"] as const),
    ...(["CancelTask", "DispatchTask", "IgnoreTask"] as const),
  ),
  /** 0: the next that is made, as in this very burst. */
  taskId: fc.constantFrom(0, 0, 1, 2, 3),
  personId: fc.constantFrom(2, 2, 2, 3, null),
});
const send: fc.Arbitrary<Wish> = fc.record({
  type: fc.constant("send" as const),
  id: fc.constantFrom("t1", "t2", "t3", "t4"),
  from: fc.constantFrom(1, 2, 2),
  to: fc.constant(3),
  milli: fc.constantFrom(10_000, 10_000, 1_500_000),
});
const step = fc.record({
  // The ledger is another's mailbox: only board and board keep the order of a burst.
  burst: fc.oneof(
    {
      weight: 4,
      arbitrary: fc.array(fc.oneof(create, act, act), { minLength: 1, maxLength: 4 }),
    },
    { weight: 2, arbitrary: send.map((wish) => [wish]) },
  ),
  fault: fc.constantFrom("none", "none", "kill", "kill", "full", "fails"),
  /** Until the fault. */
  boxes: fc.integer({ min: 0, max: 30 }),
  passMs: fc.constantFrom(0, 0, 20_000, 400_000),
  /** Somebody sets the clock forward: what expires by that has not been looked for yet. */
  jumpMs: fc.constantFrom(0, 0, 0, 60_000),
});

function tell({ ledger, system, ...board }: Board, wish: Wish) {
  if (wish.type === "create") return board.tell(board.createMessage(wish.draft, wish.id));
  if (wish.type !== "send") {
    return board.tell<TaskAnswer>(board.actMessage(wish.type, wish.taskId, wish.personId));
  }
  const { id, from, to, milli } = wish;
  const asker = createProbe<LedgerAnswer>(system);
  const moved = order(id, `person:${from}`, `person:${to}`, milli);
  ledger.tell({ type: "PostTransfer", order: moved, replyTo: asker.ref });
  return asker;
}

/** As the model says it; undefined: none yet. */
function said(messages: readonly (TaskAnswer | LedgerAnswer)[]): string | undefined {
  const [answer] = messages;
  assert.ok(messages.length <= 1, "one answer at most");
  if (answer === undefined) return undefined;
  switch (answer.type) {
    case "TaskAccepted":
      return `ok ${answer.task.id}`;
    case "TransferPosted":
      return `ok ${answer.transfer.id}`;
    default:
      return answer.reason;
  }
}

async function run(board: Board, boxes: number): Promise<void> {
  for (let box = 0; box < boxes; box++) {
    board.sim.run(1);
    await Promise.resolve();
  }
}

/** Until the board has looked at its tasks, twice where the disk fails once, and the treasury has booked all that it owes it. */
async function quiet(board: Board): Promise<void> {
  await board.pass(10_000);
  const { live } = openTaskTables(board.memory);
  const isOwed = () =>
    [...live.range({})].some(
      ({ value }) => moneyStepOf(value.task.state, value.money) !== undefined,
    );
  for (let look = 0; isOwed(); look++) {
    assert.ok(look < 60, "the treasury is asked until it answers");
    await board.pass(5_000);
  }
}

const SHOWN: Readonly<Record<ModelState, Task["state"]>> = {
  ...{ queued: "queued", open: "open", accepted: "accepted", done: "completed" },
  ...{ expired: "expired", cancelled: "cancelled" },
};

const pick = (task: Task | undefined) =>
  task && {
    ...{ id: task.id, state: task.state, urgency: task.urgency, assignedTo: task.assignedTo },
    ...{ expiresAtMs: task.expiresAtMs, paidMilli: task.paidMilli },
  };

/** What the board and the ledger say, beside what the model says. */
async function compare(board: Board, model: Model): Promise<void> {
  const found: unknown[] = [];
  const wanted: unknown[] = [];
  for (const [index, task] of model.tasks.entries()) {
    const id = index + 1;
    const answer = await board.task(id);
    const shown = answer?.type === "TaskAccepted" ? answer.task : undefined;
    const { state, assignedTo, draft, expiresAtMs } = task;
    const paidMilli = state === "done" ? 1_000 * draft.bounty : null;
    const { urgency } = draft;
    found.push(pick(shown));
    wanted.push({ id, state: SHOWN[state], urgency, assignedTo, expiresAtMs, paidMilli });
    found.push(await board.balance(`task:${id}`));
    wanted.push(model.heldMilli(id));
  }
  for (const id of PEOPLE) {
    found.push(await board.balance(`person:${id}`));
    wanted.push(model.balanceMilli(id));
  }
  for (const { key, value } of openTaskTables(board.memory).requests.range({})) {
    found.push(`${key} ${value.taskId}`);
  }
  for (const [id, { taskId }] of [...model.wishes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    wanted.push(`${id} ${taskId}`);
  }
  const { created, totalXp } = (await board.stats()) ?? {};
  assert.deepEqual([...found, created, totalXp], [...wanted, model.tasks.length, model.totalXp]);
}

test("board, treasury and ledger do what a model says, through bursts, kills and commits that fail", async (t) => {
  const seen = { kills: 0, between: 0, refused: 0, done: 0, sent: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 6, maxLength: 14, size: "max" }),
      fc.integer({ min: 1, max: 2 ** 30 }),
      async (steps, seed) => {
        const begin = async (memory: MemoryStore, clock?: Board["sim"]["clock"]) => {
          const board = await startBoard({
            memory,
            money: "ledger",
            seed,
            ...(clock && { clock }),
          });
          await board.hear("main", 0);
          return board;
        };
        let board = await begin(new MemoryStore());
        let model = new Model();
        for (const wish of FIRST) {
          tell(board, wish);
          model.take(wish, board.sim.clock.nowMs());
        }
        await board.sim.settle();
        for (const { burst, fault, boxes, passMs, jumpMs } of steps) {
          board.sim.clock.setWall(jumpMs);
          const nowMs = board.sim.clock.nowMs();
          model.pass(nowMs);
          if (fault === "full") board.memory.setFull(true);
          const nextId = model.tasks.length + 1;
          const asked = burst
            .map((wish) => ("taskId" in wish ? { ...wish, taskId: wish.taskId || nextId } : wish))
            .map((wish) => ({ wish, asker: tell(board, wish) }));
          if (fault === "kill" || fault === "fails") await run(board, boxes);
          if (fault === "fails") board.memory.failNext(new Error("a bad block"));
          if (fault === "kill") {
            board.sim.kill();
            seen.kills += 1;
            board = await begin(board.memory.reopened(), board.sim.clock);
          }
          await board.sim.settle();
          board.memory.setFull(false);
          await board.sim.settle();
          // Whatever is left of a failure is the next commit's, which is asked for again.
          await quiet(board);

          /** After each wish of the burst: where a kill may have left it. */
          const reached = [model];
          for (const { wish, asker } of asked) {
            const answer = said(asker.messages);
            const next = (reached.at(-1) as Model).copy();
            if (answer === "storeUnavailable") {
              seen.refused += 1;
              reached.push(next);
              continue;
            }
            const wanted = next.take(wish, nowMs);
            if (answer === undefined)
              assert.equal(fault, "kill", `${JSON.stringify(wish)} is not answered`);
            else {
              assert.equal(answer, wanted, JSON.stringify(wish));
              reached.length = 0;
            }
            reached.push(next);
          }
          for (const one of reached) one.pass(board.sim.clock.nowMs());
          const last = reached.pop() as Model;
          let matching = last;
          for (const one of reached) {
            const isThere = await compare(board, one).then(
              () => true,
              () => false,
            );
            if (isThere) matching = one;
          }
          if (matching !== last) seen.between += 1;
          await compare(board, matching);
          model = matching;
          if (passMs > 0) await board.pass(passMs);
        }
        assert.equal(verifyLedger(board.memory).mistake, undefined);
        seen.done += model.tasks.filter(({ state }) => state === "done").length;
        seen.sent += model.transfers.size;
      },
    ),
    { numRuns: 40 },
  );
  t.diagnostic(JSON.stringify(seen));
  for (const [what, count] of Object.entries(seen)) assert.ok(count > 0, `${what} were met`);
});
