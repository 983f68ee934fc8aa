/** The small rules of a task: its bounds, its end, its like, its reminders, its money. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { expiryOf, faultOf, UNTOUCHED } from "../../../actors/task/draft.ts";
import { duplicateIn } from "../../../actors/task/duplicates.ts";
import { TASK_STATES, type Task, type TaskDraft } from "../../../actors/task/messages.ts";
import { type Money, moneyStepOf } from "../../../actors/task/money.ts";
import { reminderDue } from "../../../actors/task/reminders.ts";
import { textsOf } from "../../../actors/task/texts.ts";
import { DRAFT } from "./board.ts";

const MINUTE = 60_000;
const NOW = 1_000_000_000_000;

const task = (fields: Partial<Task>): Task => ({
  ...DRAFT,
  ...UNTOUCHED,
  id: 1,
  state: "open",
  createdBy: "operator",
  causeId: null,
  bountyXp: 50,
  createdAtMs: NOW,
  expiresAtMs: NOW + 60 * MINUTE,
  dispatchedAtMs: NOW,
  dispatchReason: "urgent",
  ...fields,
});

test("faultOf() names the field that is out of its bounds", () => {
  const rows: readonly (readonly [Partial<TaskDraft>, string | undefined])[] = [
    [{}, undefined],
    [{ title: "x".repeat(200) }, undefined],
    [{ title: "x".repeat(201) }, "title"],
    [{ title: " " }, "title"],
    [{ title: "Tidy\u001b[2J" }, "title"],
    [{ title: "Tidy\nup" }, "title"],
    [{ location: "Room\u0000 3" }, "location"],
    [{ description: "one\r\n\ttwo 👩‍💻" }, undefined],
    [{ description: "one\u0007" }, "description"],
    [{ description: "half \ud83d" }, "description"],
    [{ title: "half \ude00" }, "title"],
    [{ description: "x".repeat(2_001) }, "description"],
    [{ location: "x".repeat(201) }, "location"],
    [{ zone: null }, undefined],
    [{ zone: "no such/zone" }, "zone"],
    [{ bounty: 0 }, undefined],
    [{ bounty: 5_000 }, undefined],
    [{ bounty: 5_001 }, "bounty"],
    [{ bounty: -1 }, "bounty"],
    [{ bounty: 1.5 }, "bounty"],
    [{ bounty: Number.NaN }, "bounty"],
    [{ bountyXp: 10_001 }, "bountyXp"],
    [{ urgency: 4 }, undefined],
    [{ urgency: 5 }, "urgency"],
    [{ urgency: -1 }, "urgency"],
    [{ taskTypes: [] }, undefined],
    [{ taskTypes: ["Supply"] }, "taskTypes"],
    [{ taskTypes: Array(9).fill("supply") }, "taskTypes"],
    [{ minPeople: 0 }, "minPeople"],
    [{ minPeople: 1_001 }, "minPeople"],
    [{ estimatedMinutes: 0 }, "estimatedMinutes"],
    [{ expiresAtMs: NOW }, "expiresAtMs"],
    [{ expiresAtMs: NOW + 1 }, undefined],
    [{ expiresAtMs: NOW + 366 * 86_400_000 }, "expiresAtMs"],
  ];
  for (const [fields, fault] of rows) {
    assert.equal(faultOf({ ...DRAFT, ...fields }, NOW, 5_000), fault, JSON.stringify(fields));
  }
});

test("expiryOf() gives a day, an hour for bad air, a week for supplies, half an hour for urgent things", () => {
  const rows: readonly (readonly [readonly string[], number])[] = [
    [[], 1_440],
    [["general"], 1_440],
    [["environment"], 60],
    [["supply"], 10_080],
    [["environment", "supply"], 10_080],
    [["urgent"], 30],
    [["environment", "urgent"], 30],
    [["supply", "urgent"], 30],
  ];
  for (const [taskTypes, minutes] of rows) {
    const draft = { taskTypes, expiresAtMs: null };
    assert.equal(expiryOf(draft, NOW), NOW + minutes * MINUTE, `${taskTypes}`);
  }
  assert.equal(expiryOf({ taskTypes: ["urgent"], expiresAtMs: NOW + 5 }, NOW), NOW + 5);
});

test("duplicateIn() finds the same title and place first, then the same zone and a common type", () => {
  const open = [
    task({ id: 1, title: "Buy beans", zone: "kitchen", taskTypes: ["supply"] }),
    task({ id: 2, title: "Open the window", zone: "kitchen", taskTypes: ["environment"] }),
    task({ id: 3, title: "Tidy", location: "Room 3", zone: null, taskTypes: [] }),
    task({ id: 4, title: "Water", zone: "lab", taskTypes: ["general"], state: "paying" }),
    task({ id: 5, title: "Sweep", zone: "hall", taskTypes: ["cleaning"], state: "queued" }),
    task({ id: 6, title: "Dust", zone: "attic", taskTypes: ["cleaning"], state: "accepted" }),
    task({ id: 7, title: "コーヒー豆を買う", zone: "cafe", taskTypes: ["general"] }),
    task({ id: 8, title: "Fix window 1", zone: "cafe", taskTypes: ["general", "urgent"] }),
  ];
  const rows: readonly (readonly [Partial<TaskDraft>, number | undefined])[] = [
    [{ title: "Buy beans", zone: "kitchen", taskTypes: [] }, 1],
    [{ title: "Open the window", zone: "kitchen", taskTypes: ["supply"] }, 2],
    [{ title: "Buy milk", zone: "kitchen", taskTypes: ["supply"] }, 1],
    [{ title: "Buy milk", zone: "kitchen", taskTypes: ["general"] }, undefined],
    [{ title: "Buy milk", zone: "kitchen", taskTypes: [] }, undefined],
    [{ title: "Buy beans", zone: "lab", taskTypes: ["supply"] }, undefined],
    [{ title: "Tidy", location: "Room 3", zone: "main", taskTypes: [] }, 3],
    [{ title: "Tidy", location: null, zone: null, taskTypes: [] }, undefined],
    [{ title: "Water", zone: "lab", taskTypes: ["general"] }, undefined],
    [{ title: "Mop", zone: "hall", taskTypes: ["cleaning"] }, 5],
    [{ title: "Mop", zone: "attic", taskTypes: ["cleaning", "other"] }, 6],
    // What a reader does not see makes no other task; what one does, does.
    [{ title: "buy  BEANS.", zone: "kitchen", taskTypes: [] }, 1],
    [{ title: " Ｂｕｙ beans！", zone: "kitchen", taskTypes: [] }, 1],
    [{ title: "ｺｰﾋｰ豆を買う。", zone: "cafe", taskTypes: [] }, 7],
    [{ title: "コーヒー豆を買う", zone: "lab", taskTypes: [] }, undefined],
    [{ title: "コーヒー豆を売る", zone: "cafe", taskTypes: [] }, undefined],
    [{ title: "Fix window 2", zone: "cafe", taskTypes: ["general"] }, undefined],
    [{ title: "Fix window 2", zone: "cafe", taskTypes: ["urgent", "supply"] }, undefined],
  ];
  for (const [fields, id] of rows) {
    const draft = { ...DRAFT, location: null, ...fields };
    assert.equal(duplicateIn(open, draft)?.id, id, JSON.stringify(fields));
  }
});

test("reminderDue() calls to mind what went out an hour ago, each at most every half hour", () => {
  const rules = { remindAfterMs: 60 * MINUTE, remindEveryMs: 30 * MINUTE };
  const ago = (minutes: number) => NOW - minutes * MINUTE;
  const rows: readonly (readonly [Partial<Task>, boolean])[] = [
    [{ dispatchedAtMs: ago(60) }, false],
    [{ dispatchedAtMs: ago(60) - 1 }, true],
    [{ dispatchedAtMs: ago(90), state: "accepted" }, true],
    [{ dispatchedAtMs: ago(90), state: "paying" }, false],
    [{ dispatchedAtMs: ago(90), state: "completed" }, false],
    [{ dispatchedAtMs: null, createdAtMs: ago(600), state: "queued" }, false],
    [{ dispatchedAtMs: ago(120), lastRemindedAtMs: ago(29) }, false],
    [{ dispatchedAtMs: ago(120), lastRemindedAtMs: ago(30) }, true],
  ];
  for (const [fields, isDue] of rows) {
    assert.equal(reminderDue([task(fields)], NOW, rules).length > 0, isDue, JSON.stringify(fields));
  }
  const two = [task({ id: 1, dispatchedAtMs: ago(70) }), task({ id: 2, dispatchedAtMs: ago(80) })];
  assert.deepEqual(
    reminderDue(two, NOW, rules).map(({ id }) => id),
    [2, 1],
    "who waits longest first",
  );
});

test("moneyStepOf() reserves first, pays only what is reported done, and releases what has ended", () => {
  const steps = (money: Money) => TASK_STATES.map((state) => moneyStepOf(state, money) ?? "-");
  assert.deepEqual(TASK_STATES.map(String), [
    ...["queued", "open", "accepted", "paying", "completed", "expired", "cancelled"],
  ]);
  assert.deepEqual(new Set(steps("reserve")), new Set(["reserve"]));
  assert.deepEqual(steps("held"), ["-", "-", "-", "pay", "-", "release", "release"]);
  assert.deepEqual(new Set(steps("settled")), new Set(["-"]));
});

test("textsOf() says urgent things first, in both languages", () => {
  const of = (urgency: number, language: "ja" | "en") =>
    textsOf({ title: "窓を開ける", zone: "main", bounty: 10, urgency }, language).announcement;
  assert.ok(of(4, "ja").startsWith("【緊急】"));
  assert.ok(of(3, "ja").startsWith("至急、"));
  assert.ok(of(2, "ja").startsWith("main"));
  assert.ok(of(4, "en").startsWith("Emergency: "));
  assert.ok(of(3, "en").startsWith("Urgent: "));
});
