import assert from "node:assert/strict";
import { test } from "node:test";
import type { TaskItem } from "../../web/src/live/office-items.ts";
import { DONE_SHOWN_MS, taskBoard, timeLeft } from "../../web/src/task-board.ts";
import { createStubOffice } from "../support/stub-office.ts";

const stub = createStubOffice({ nowMs: () => 0, tell: () => {} });
const sample = stub.tasks()[0] as TaskItem;
const NO_FILTER = { text: "", zone: "", type: "" };
const task = (id: number, more: Partial<TaskItem>): TaskItem => ({
  ...sample,
  ...{ state: "open", urgency: 2, assignedTo: null, ignoredBy: [], completedAtMs: null },
  ...more,
  id,
});
const ids = (tasks: readonly TaskItem[]) => tasks.map(({ id }) => id);

test("taskBoard() puts one's own first, then what waits for somebody by urgency, then others' and done ones", () => {
  const board = taskBoard(
    [
      task(1, { state: "completed", completedAtMs: 0, assignedTo: 7 }),
      task(2, { state: "accepted", assignedTo: 9 }),
      task(3, { urgency: 1 }),
      task(4, { urgency: 4 }),
      task(5, { state: "paying", assignedTo: 7 }),
      task(6, { urgency: 4 }),
    ],
    { nowMs: 1, personId: 7, filter: NO_FILTER },
  );
  assert.deepEqual(ids(board.cards), [5, 4, 6, 3, 2, 1]);
});

test("taskBoard() shows a done task for as long as the seed does, then among the ended", () => {
  const done = [task(1, { state: "completed", completedAtMs: 0 })];
  const at = (nowMs: number) => taskBoard(done, { nowMs, personId: 7, filter: NO_FILTER });
  assert.deepEqual(ids(at(DONE_SHOWN_MS - 1).cards), [1]);
  assert.deepEqual(ids(at(DONE_SHOWN_MS).cards), []);
  assert.deepEqual(ids(at(DONE_SHOWN_MS).ended), [1]);
});

test("taskBoard() keeps apart what waits, what one ignores, and what has ended", () => {
  const tasks = [
    task(1, { state: "queued" }),
    task(2, { ignoredBy: [7] }),
    task(3, { state: "expired" }),
    task(4, { state: "cancelled" }),
  ];
  const mine = taskBoard(tasks, { nowMs: 0, personId: 7, filter: NO_FILTER });
  assert.deepEqual([ids(mine.queued), ids(mine.ignored), ids(mine.cards)], [[1], [2], []]);
  assert.deepEqual(ids(mine.ended).sort(), [3, 4]);
  const others = taskBoard(tasks, { nowMs: 0, personId: 8, filter: NO_FILTER });
  assert.deepEqual(ids(others.cards), [2], "what I ignore is still there for others");
});

test("taskBoard() filters by words, zone and type", () => {
  const tasks = [
    task(1, { title: "Open the WINDOW", zone: "lab", taskTypes: ["environment"] }),
    task(2, { title: "Coffee", zone: "atelier", taskTypes: ["supply"] }),
  ];
  const of = (filter: Partial<typeof NO_FILTER>) =>
    ids(taskBoard(tasks, { nowMs: 0, personId: 1, filter: { ...NO_FILTER, ...filter } }).cards);
  assert.deepEqual(of({ text: "window" }), [1]);
  assert.deepEqual(of({ zone: "atelier" }), [2]);
  assert.deepEqual(of({ type: "environment" }), [1]);
  assert.deepEqual(of({ type: "environment", zone: "atelier" }), []);
});

test("timeLeft() goes from 1 when it goes out to 0 when its time is up", () => {
  const one = task(1, { dispatchedAtMs: 1_000, expiresAtMs: 3_000 });
  assert.deepEqual(
    [0, 1_000, 2_000, 3_000, 9_000].map((atMs) => timeLeft(one, atMs)),
    [1, 1, 0.5, 0, 0],
  );
});
