/** Who asks for whom, and the first system's fields, between HTTP and the board of tasks. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AskOffice } from "../../../actors/office/ask-office.ts";
import { draftOf, taskView } from "../../../actors/office/task-view.ts";
import type { TasksCommand } from "../../../actors/task/messages.ts";
import { createActorSystem } from "../../../runtime/actor-system.ts";
import { receive, same } from "../../../runtime/behavior.ts";
import { ok } from "../../../runtime/result.ts";
import { createTaskSchema, taskPageSchema } from "../../../transports/http/office/task-contract.ts";
import type { Caller } from "../../../transports/http/route.ts";

test("draftOf() reads the first system's fields, with its defaults", () => {
  const of = (body: object) => draftOf(createTaskSchema.parse({ title: " Tidy ", ...body }));
  assert.deepEqual(of({}), {
    ...{ title: "Tidy", description: "", location: null, zone: null, bounty: 10, urgency: 2 },
    ...{ taskTypes: [], minPeople: 1, estimatedMinutes: 10, expiresAtMs: null },
  });
  const types: readonly (readonly [unknown, readonly string[]])[] = [
    [
      ["Supply", "supply", " urgent "],
      ["supply", "urgent"],
    ],
    ['["supply","urgent"]', ["supply", "urgent"]],
    ["supply, urgent", ["supply", "urgent"]],
    ["supply", ["supply"]],
    ["", []],
    [null, []],
    ["[broken", ["[broken"]],
  ];
  for (const [given, expected] of types) {
    assert.deepEqual(of({ task_type: given }).taskTypes, expected, JSON.stringify(given));
  }
  const noon = Date.UTC(2026, 10, 21, 12);
  for (const given of [
    "2026-11-21T12:00:00",
    "2026-11-21T12:00:00Z",
    "2026-11-21T21:00:00+09:00",
    noon,
  ]) {
    assert.equal(of({ expires_at: given }).expiresAtMs, noon, `${given}`);
  }
  assert.equal(of({ bounty_gold: 5, bounty: 7 }).bounty, 5);
  assert.equal(of({ bounty: 7, bounty_xp: 9 }).bountyXp, 9);
  const voices = {
    ...{
      announcement_text: "Beans, please.",
      announcement_audio_url: "/audio/task_announce_1.mp3",
    },
    completion_text: "Thank you.",
  };
  const { announcement, completion } = of(voices);
  assert.deepEqual(announcement, {
    ...{ text: "Beans, please.", audioUrl: "/audio/task_announce_1.mp3", durationS: null },
  });
  assert.deepEqual(completion, { text: "Thank you.", audioUrl: null, durationS: null });
  assert.equal(
    "announcement" in of({ announcement_text: "Beans, please." }),
    false,
    "not one alone",
  );
  for (const url of ["https://example.org/a.mp3", "//a/b.mp3", "/audio/../x.mp3", "javascript:1"]) {
    const body = { title: "x", announcement_audio_url: url };
    assert.equal(createTaskSchema.safeParse(body).success, false, url);
  }
  for (const id of ["", "a\u0000", "a\n", "a\ud800", "x".repeat(129)]) {
    const body = { title: "x", request_id: id };
    assert.equal(createTaskSchema.safeParse(body).success, false, JSON.stringify(id));
  }
  assert.ok(createTaskSchema.safeParse({ title: "x", request_id: "窓 👍 1" }).success);
  assert.equal(createTaskSchema.safeParse({ title: "x", urgency: 1.5 }).success, false);
  assert.equal(createTaskSchema.safeParse({ title: "x", expires_at: "soon" }).success, false);
});

test("taskPageSchema gives who asks for more tasks than a page has a page of them", () => {
  const rows: readonly (readonly [object, number | undefined])[] = [
    [{}, 100],
    [{ limit: "1" }, 1],
    [{ limit: "500" }, 500],
    [{ limit: "501" }, 500],
    [{ limit: "1000000" }, 500],
    ...["0", "-1", "1.5", "", "all"].map((limit) => [{ limit }, undefined] as const),
  ];
  for (const [query, limit] of rows) {
    const read = taskPageSchema.safeParse(query);
    assert.equal(read.data?.limit, limit, JSON.stringify(query));
  }
});

test("taskView() lets a person act for itself, an operator for whom it names, and a machine's user be person 1", async (t) => {
  const system = createActorSystem({ node: "n1" });
  t.after(() => system.shutdown());
  const heard: (number | null)[] = [];
  const done: number[] = [];
  const office = system.spawn({
    id: "office",
    start: () => receive(() => same),
    restart: "permanent",
    shutdownMs: 100,
  });
  assert.ok(office.path.endsWith("/user/office"));
  const view = taskView((async (_child: string, request: (replyTo: unknown) => TasksCommand) => {
    const message = request(office);
    heard.push("personId" in message ? message.personId : null);
    if (message.type === "CompleteTask") done.push(message.doneBy);
    return ok({ type: "TaskRefused", reason: "taskUnknown" });
  }) as unknown as AskOffice);

  const member: Caller = { personId: 5, role: "member" };
  const operator: Caller = { personId: 7, role: "operator" };
  const machine: Caller = { personId: null, role: "operator" };
  /** who, named → accepts as, and has done what nobody accepted; completes as, null: any operator */
  const rows: readonly (readonly [
    Caller,
    number | null,
    number | string,
    number | null | string,
  ])[] = [
    [member, null, 5, 5],
    [member, 5, 5, 5],
    [member, 6, "notYours", "notYours"],
    [operator, null, 7, null],
    [operator, 6, 6, 6],
    [machine, null, 1, null],
    [machine, 4, 4, 4],
  ];
  for (const [caller, named, accepts, completes] of rows) {
    const body = { user_id: named };
    for (const [act, expected] of [
      ["accept", accepts],
      ["ignore", accepts],
      ["complete", completes],
    ] as const) {
      heard.length = 0;
      const answer = await view[act](1, body, caller);
      assert.ok(!answer.ok);
      const what = answer.error === "notYours" ? answer.error : heard[0];
      assert.equal(what, expected, `${act} ${JSON.stringify(caller)} ${named}`);
    }
    assert.equal(done.pop() ?? "notYours", accepts);
  }
});
