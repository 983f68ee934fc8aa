import assert from "node:assert/strict";
import { test } from "node:test";
import type { OfficeChange } from "../../../transports/http/office/feed-contract.ts";
import { createOfficeItems, type TaskItem } from "../../../web/src/live/office-items.ts";
import { createStubOffice } from "../../support/stub-office.ts";

/** The stub's office as the page hears of it, and which topics each change wakes. */
function heard() {
  const items = createOfficeItems();
  const batches: OfficeChange[][] = [];
  const stub = createStubOffice({
    nowMs: () => 1_000,
    tell: (changes) => batches.push([...changes]),
  });
  const take = (isAll = false): Set<string> => {
    const touched = new Set<string>();
    items.apply(batches.splice(0).flat(), isAll, touched);
    return touched;
  };
  take(true);
  return { items, stub, take };
}

test("createOfficeItems() wakes only the card of a task that keeps its place", () => {
  const { stub, take, items } = heard();
  stub.putTask({ id: 17, dispatchReason: "another reason" });
  assert.deepEqual([...take()], ["task:17"]);
  const before = items.tasks();
  stub.putTask({ id: 17, state: "accepted", assignedTo: 2 });
  assert.deepEqual([...take()].sort(), ["task:17", "tasks"]);
  assert.notEqual(items.tasks(), before);
  assert.equal(items.task(17)?.assignedTo, 2);
});

test("createOfficeItems() wakes only the cycle whose thoughts grow", () => {
  const { stub, take, items } = heard();
  stub.putCycle({ id: "cycle-99", startedAtMs: 9_000, thoughts: ["I"] });
  assert.deepEqual([...take()].sort(), ["cycle:cycle-99", "cycles"]);
  assert.equal(items.cycleIds()[0], "cycle-99");
  stub.putCycle({ id: "cycle-99", thoughts: ["I think"] });
  assert.deepEqual([...take()], ["cycle:cycle-99"]);
});

test("createOfficeItems() forgets what a snapshot no longer has, and wakes who looked at it", () => {
  const { items } = heard();
  const task = items.task(18) as TaskItem;
  const touched = new Set<string>();
  items.apply([{ section: "task", key: "18", value: task }], true, touched);
  assert.deepEqual(items.tasks(), [task]);
  assert.equal(items.task(17), undefined);
  assert.ok(touched.has("task:17") && touched.has("people"));
  assert.deepEqual(items.people(), []);
});

test("createOfficeItems() takes what is gone from its list", () => {
  const { items } = heard();
  const touched = new Set<string>();
  items.apply([{ section: "task", key: "17", value: null }], false, touched);
  assert.deepEqual([...touched].sort(), ["task:17", "tasks"]);
  assert.equal(items.task(17), undefined);
});
