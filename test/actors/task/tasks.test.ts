/** The board of tasks: its answers, what it tells others, and what it does by itself in time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeopleCommand, Person } from "../../../actors/person/messages.ts";
import type { TaskAnswer } from "../../../actors/task/messages.ts";
import type { VoiceCommand } from "../../../actors/voice/messages.ts";
import { receive, same } from "../../../runtime/behavior.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";
import { DRAFT, RULES, reasonOf, startBoard, taskIn } from "./board.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test("tasks() takes a task through its life and pays its bounty once", async () => {
  const board = await startBoard();
  const made = taskIn(await board.create());
  assert.deepEqual([made.id, made.state, made.dispatchReason], [1, "open", "urgent"]);
  assert.deepEqual([...board.vault.held], [[1, 1_500_000]]);

  const accepted = taskIn(await board.act("AcceptTask", 1, 2));
  assert.deepEqual([accepted.state, accepted.assignedTo], ["accepted", 2]);
  const done = taskIn(await board.act("CompleteTask", 1, 2));
  assert.deepEqual([done.state, done.paidMilli], ["completed", 1_500_000]);
  assert.equal(reasonOf(await board.act("CompleteTask", 1, 2)), "alreadyCompleted");
  assert.deepEqual(board.vault.paid, [{ taskId: 1, personId: 2, milli: 1_500_000 }]);
  assert.equal(board.vault.held.size, 0);
  assert.deepEqual(await board.stats(), {
    type: "TaskStats",
    ...{ totalXp: 50, created: 1, completed: 1, completedLastHour: 1, active: 0, queued: 0 },
  });
  await board.pass(HOUR + MINUTE, 10 * MINUTE);
  assert.equal((await board.stats())?.completedLastHour, 0);
});

test("tasks() tells the agent each change, the zone and the bus the report, the page the newest state", async () => {
  const board = await startBoard();
  await board.create();
  await board.act("AcceptTask", 1, 2);
  await board.act("CompleteTask", 1, 2);
  assert.deepEqual(
    board.agent.messages.map(({ task }) => `${task.state} ${task.announcement !== null}`),
    ["open false", "open true", "accepted true", "paying true", "completed true"],
  );
  const report = { title: DRAFT.title, reportStatus: "resolved", completionNote: "done" };
  assert.deepEqual(
    board.zone.messages.flatMap((one) =>
      one.type === "AcceptTaskReport" ? [{ ...one, atMs: 0 }] : [],
    ),
    [{ type: "AcceptTaskReport", atMs: 0, taskId: "1", ...report }],
  );
  assert.deepEqual(board.bus.messages, [
    { type: "PublishTaskReport", zone: "main", taskId: "1", ...report },
  ]);
  assert.equal(board.shown().get("1")?.state, "completed");
  await board.pass(11 * MINUTE);
  assert.equal(board.shown().get("1"), null, "gone from the page ten minutes after its end");
});

test("tasks() answers a request given twice with its first task, and refuses another body", async () => {
  const board = await startBoard();
  const first = await board.create({}, "wish");
  const again = await board.create({}, "wish");
  assert.deepEqual([taskIn(first).id, taskIn(again).id], [1, 1]);
  assert.ok(again?.type === "TaskAccepted" && !again.duplicate);
  assert.equal(reasonOf(await board.create({ title: "Other" }, "wish")), "requestTaken");
  assert.equal((await board.stats())?.created, 1);

  const says = (text: string) => ({ text, audioUrl: null, durationS: null });
  const said = { title: "Beans", taskTypes: [], announcement: says("a"), completion: says("b") };
  await board.create(said, "said");
  assert.equal(taskIn(await board.create({ ...said }, "said")).id, 2);
  const other = await board.create({ ...said, completion: says("c") }, "said");
  assert.equal(reasonOf(other), "requestTaken", "what is said of it is a part of the body");

  const later = await startBoard({ memory: board.memory.reopened(), vault: board.vault });
  assert.equal(taskIn(await later.create({}, "wish")).id, 1, "also after a restart");
});

test("tasks() updates an open task that is asked for again, and keeps its title, bounty and id", async () => {
  const board = await startBoard();
  await board.create({ description: "first", urgency: 3 });
  const again = await board.create({ title: "Cool the room", description: "second", bounty: 9 });
  assert.ok(again?.type === "TaskAccepted" && again.duplicate);
  const { id, title, description, bounty } = taskIn(again);
  assert.deepEqual([id, title, description, bounty], [1, DRAFT.title, "second", 1_500]);
  assert.equal((await board.tasks()).length, 1);
  assert.equal(board.said().length, 1, "nobody hears of it twice");
});

test("tasks() lets a waiting task out when the one who asks again says that it is urgent", async () => {
  const board = await startBoard();
  assert.equal(taskIn(await board.create({ urgency: 1 })).state, "queued");
  await board.create({ urgency: 4 });
  assert.deepEqual(
    (await board.tasks()).map(({ state, dispatchReason }) => [state, dispatchReason]),
    [["open", "urgent"]],
  );
});

test("tasks() refuses with a code, and changes nothing", async () => {
  const board = await startBoard({ rules: { ...RULES, openMax: 2 } });
  assert.deepEqual(await board.create({ bounty: 5_001 }), {
    type: "TaskRefused",
    reason: "badTask",
    detail: "bounty",
  });
  await board.create();
  await board.create({ title: "Tidy", taskTypes: [], urgency: 0 });
  assert.equal(reasonOf(await board.create({ title: "More", taskTypes: [] })), "boardFull");

  const refusals: [Parameters<typeof board.act>, string][] = [
    [["AcceptTask", 9, 2], "taskUnknown"],
    [["AcceptTask", 1, null], "personUnknown"],
    [["AcceptTask", 2, 2], "stillQueued"],
    [["CompleteTask", 2, 2], "stillQueued"],
  ];
  for (const [act, reason] of refusals) {
    assert.equal(reasonOf(await board.act(...act)), reason, `${act}`);
  }
  await board.act("AcceptTask", 1, 2);
  assert.equal(reasonOf(await board.act("AcceptTask", 1, 3)), "alreadyAccepted");
  assert.equal(reasonOf(await board.act("CompleteTask", 1, 3)), "notYours");
  await board.act("CancelTask", 2, null);
  assert.equal(reasonOf(await board.act("AcceptTask", 2, 2)), "taskEnded");
  assert.equal(
    taskIn(await board.act("CompleteTask", 1, null)).state,
    "completed",
    "an operator may",
  );
});

test("tasks() notes who ignores a task, each once", async () => {
  const board = await startBoard();
  await board.create();
  for (const personId of [2, 3, 2]) await board.act("IgnoreTask", 1, personId);
  assert.deepEqual((await board.tasks())[0]?.ignoredBy, [2, 3]);
});

test("tasks() holds a task back until its zone has people, and lets it out as soon as they come", async () => {
  const board = await startBoard();
  const waiting = taskIn(await board.create({ urgency: 1 }));
  assert.deepEqual([waiting.state, waiting.dispatchReason], ["queued", "zoneUnknown"]);
  assert.ok(
    board.zone.messages.some(({ type }) => type === "GetZone"),
    "the zone is asked",
  );
  assert.deepEqual(board.said(), [], "nobody hears of it yet");
  await board.hear("main", 0);
  assert.equal((await board.tasks())[0]?.dispatchReason, "tooFewPeople");
  await board.hear("lab", 3);
  await board.hear("main", 1, "focused");
  assert.equal((await board.tasks())[0]?.dispatchReason, "focused");
  await board.hear("main", 1, "moderate");
  const [out] = await board.tasks();
  assert.deepEqual([out?.state, out?.dispatchReason], ["open", "occupied"]);
  assert.equal(board.said().length, 1);
});

test("tasks() lets a task out to a zone of which nobody can tell, once its sensors had time to speak", async () => {
  const board = await startBoard();
  const supply = { urgency: 1, taskTypes: ["supply"] };
  await board.hearOf({ witness: undefined });
  const waiting = taskIn(await board.create(supply));
  assert.deepEqual([waiting.state, waiting.dispatchReason], ["queued", "presenceUntold"]);
  await board.pass(4 * MINUTE);
  assert.equal(taskIn(await board.task(1)).state, "queued");
  await board.pass(2 * MINUTE);
  assert.equal(taskIn(await board.task(1)).dispatchReason, "nobodyTells");
  const next = taskIn(await board.create({ title: "Tidy", urgency: 0, taskTypes: [] }));
  assert.deepEqual([next.state, next.dispatchReason], ["open", "nobodyTells"], "the next at once");

  const elsewhere = taskIn(await board.create({ ...supply, zone: "cellar" }));
  assert.equal(elsewhere.dispatchReason, "zoneUnknown");
  await board.pass(6 * MINUTE);
  assert.equal(taskIn(await board.task(elsewhere.id)).dispatchReason, "nobodyTells");
});

test("tasks() takes the silence of a motion sensor for an empty zone, also over a night", async () => {
  const board = await startBoard();
  const atMs = board.sim.clock.nowMs();
  const readings = { motion: { value: 0, atMs, sources: 1 } };
  await board.hearOf({ witness: undefined, readings });
  await board.create({ urgency: 1, taskTypes: ["supply"], minPeople: 2 });
  await board.pass(20 * HOUR, 30 * MINUTE);
  assert.equal(taskIn(await board.task(1)).dispatchReason, "tooFewPeople");
  await board.hearOf({ witness: "motion", occupancy: 1, readings });
  assert.equal(taskIn(await board.task(1)).dispatchReason, "occupied", "two may be there");
});

test("tasks() started anew waits for what its zones' sensors say", async () => {
  const board = await startBoard();
  await board.hear("main", 0);
  await board.create({ urgency: 1, taskTypes: ["supply"] });
  await board.pass(HOUR, MINUTE);
  const later = await startBoard({
    ...{ memory: board.memory.reopened(), vault: board.vault, clock: board.sim.clock },
  });
  await later.pass(MINUTE);
  assert.equal(taskIn(await later.task(1)).state, "queued");
  await later.hearOf({ witness: undefined });
  await later.pass(MINUTE);
  await later.hear("main", 0);
  await later.pass(10 * MINUTE);
  assert.equal(taskIn(await later.task(1)).dispatchReason, "tooFewPeople");
});

test("tasks() sends a task out after a day, whatever its zone is like, and at once when told to", async () => {
  const board = await startBoard();
  await board.hear("main", 0);
  await board.create({ urgency: 0, taskTypes: ["supply"] });
  await board.create({ urgency: 0, taskTypes: [], title: "Tidy" });
  assert.equal(taskIn(await board.act("DispatchTask", 2, null)).dispatchReason, "ordered");
  await board.pass(24 * HOUR, 30 * MINUTE);
  assert.equal(taskIn(await board.task(1)).state, "queued");
  await board.pass(MINUTE);
  assert.equal(taskIn(await board.task(1)).dispatchReason, "waitedLong");
});

test("tasks() keeps people in peace from 23 to 7 o'clock, unless it is urgent", async () => {
  const board = await startBoard();
  await board.hear("main", 2);
  await board.pass(11 * HOUR, 30 * MINUTE);
  await board.create({ urgency: 2, taskTypes: ["supply"] });
  await board.create({ urgency: 3, title: "Leak", taskTypes: ["water"] });
  assert.deepEqual(
    (await board.tasks()).map(({ id, state, dispatchReason }) => [id, state, dispatchReason]),
    [
      [2, "open", "urgent"],
      [1, "queued", "quietHours"],
    ],
  );
  await board.pass(8 * HOUR + MINUTE, 30 * MINUTE);
  assert.equal(taskIn(await board.task(1)).dispatchReason, "occupied");
});

test("tasks() cuts a long note between letters, and takes out what would steer a terminal", async () => {
  const notes: readonly (readonly [given: string, kept: string])[] = [
    [`${"x".repeat(499)}👍 and more`, "x".repeat(499)],
    ["one\r\n\ttwo 👍", "one\r\n\ttwo 👍"],
    ["red\u001b[31m\u0000 half\ud800 \udc00", "red [31m  half\ufffd \ufffd"],
  ];
  for (const [completionNote, kept] of notes) {
    const board = await startBoard();
    await board.create();
    await board.act("AcceptTask", 1, 2);
    await board.ask<TaskAnswer>((replyTo) => ({
      ...{ type: "CompleteTask", taskId: 1, personId: 2, doneBy: 2, reportStatus: "resolved" },
      ...{ completionNote, replyTo },
    }));
    assert.equal(taskIn(await board.task(1)).completionNote, kept);
  }
});

test("tasks() started anew shows the newest of those that have just ended", async () => {
  const board = await startBoard();
  for (let id = 1; id <= 102; id += 1) {
    await board.create({ title: `T${id}`, taskTypes: [] });
    await board.act("CancelTask", id, null);
    await board.pass(1_000, 1_000);
  }
  const later = await startBoard({
    ...{ memory: board.memory.reopened(), vault: board.vault, clock: board.sim.clock },
  });
  assert.deepEqual([...later.shown().keys()].slice(0, 1), ["3"]);
  assert.deepEqual([...later.shown().keys()].at(-1), "102");
});

test("tasks() lets what nobody does expire, and gives the bounty back", async () => {
  const board = await startBoard();
  await board.create();
  await board.act("AcceptTask", 1, 2);
  await board.pass(HOUR - MINUTE);
  assert.equal(board.vault.held.size, 1);
  await board.pass(2 * MINUTE);
  assert.equal(taskIn(await board.task(1)).state, "expired");
  assert.equal(reasonOf(await board.act("CompleteTask", 1, 2)), "taskEnded");
  assert.deepEqual([board.vault.held.size, board.vault.paid.length], [0, 0]);
  assert.ok(board.vault.released.has(1));
});

test("tasks() refuses to take a task whose time is over before the sweep has come by", async () => {
  const board = await startBoard();
  const expiresAtMs = board.sim.clock.nowMs() + 1_000;
  await board.create({ expiresAtMs });
  board.sim.advance(1_000);
  assert.equal(reasonOf(await board.act("AcceptTask", 1, 2)), "taskEnded");
});

test("tasks() calls to mind what nobody has done, two seconds apart, each every half hour", async () => {
  const board = await startBoard();
  for (const title of ["A", "B", "C"]) {
    await board.create({ title, taskTypes: [], zone: "main" });
  }
  const times: number[] = [];
  const before = board.said().length;
  const startMs = board.sim.clock.nowMs();
  for (let seen = before; board.sim.clock.nowMs() - startMs < 102 * MINUTE; ) {
    await board.pass(1_000, 1_000);
    for (; seen < board.said().length; seen += 1) times.push(board.sim.clock.nowMs() - startMs);
  }
  assert.equal(board.said().filter((text) => text.includes("still to be done")).length, 6);
  assert.ok((times[0] ?? 0) > 60 * MINUTE && (times[0] ?? 0) <= 66 * MINUTE, `${times}`);
  const apart = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  assert.deepEqual(
    apart.map((ms) => (ms < MINUTE ? ms : Math.round(ms / MINUTE))),
    [2_000, 2_000, 30, 5, 2_000],
  );
});

test("tasks() has the voice prepare both sentences, and speaks plainly when it does not answer", async () => {
  for (const answers of [true, false]) {
    const prepared: string[] = [];
    const announced: string[] = [];
    const spoken = (text: string) => ({ text, audioUrl: `/audio/${text}.mp3`, durationS: 2 });
    let voiceReady: (() => void) | undefined;
    const board = await startBoard({}, (system) => ({
      voice: system.spawn<VoiceCommand>({
        id: "voice",
        start: () =>
          receive((message) => {
            if (message.type === "Announce") announced.push(message.event.text);
            if (message.type !== "PrepareTask") return same;
            prepared.push(message.title);
            const { taskId, replyTo } = message;
            voiceReady = () =>
              replyTo.tell({
                type: "TaskVoices",
                taskId,
                announcement: spoken("hello"),
                completion: spoken("thanks"),
              });
            if (answers) voiceReady();
            return same;
          }),
        restart: "permanent",
        shutdownMs: 100,
      }),
    }));
    assert.equal(taskIn(await board.create()).state, "open", "the task does not wait for it");
    await board.pass(25_000);
    const [task] = await board.tasks();
    assert.deepEqual(prepared, [DRAFT.title]);
    assert.equal(task?.announcement?.audioUrl, answers ? "/audio/hello.mp3" : null);
    assert.equal(task?.completion?.audioUrl, answers ? "/audio/thanks.mp3" : null);
    assert.deepEqual(announced, [task?.announcement?.text], "the voice says it, once");
    await board.act("RemindTask", 1, null);
    await board.pass(25_000);
    assert.equal(announced.filter((text) => text.includes("still to be done")).length, 1);
  }
});

/** One that hears and never answers. */
async function startWithVoice() {
  const asked: string[] = [];
  const board = await startBoard({}, (system) => ({
    voice: system.spawn<VoiceCommand>({
      id: "voice",
      start: () =>
        receive((message) => {
          asked.push(message.type);
          return same;
        }),
      restart: "permanent",
      shutdownMs: 100,
    }),
  }));
  return { board, asked };
}

test("tasks() asks for no words about a task that has ended, while its bounty waits to go back", async () => {
  const { board, asked } = await startWithVoice();
  board.vault.mood = "silent";
  await board.create();
  await board.act("CancelTask", 1, null);
  await board.pass(2 * MINUTE);
  assert.deepEqual(asked, ["PrepareTask"]);
});

test("tasks() says the words that its maker brought, and asks no voice for others", async () => {
  const { board, asked } = await startWithVoice();
  const spoken = (text: string) => ({ text, audioUrl: `/audio/${text}.mp3`, durationS: null });
  await board.create({ announcement: spoken("beans"), completion: spoken("thanks") });
  await board.pass(25_000);
  const [task] = await board.tasks();
  assert.deepEqual([task?.announcement, task?.completion], [spoken("beans"), spoken("thanks")]);
  assert.deepEqual(asked, ["Announce"]);
});

test("tasks() lets only persons take tasks who exist and are active", async () => {
  const person = (id: number, isActive: boolean): Person => ({
    ...{ id, isActive, name: `p${id}`, displayName: `P${id}`, role: "member", createdAtMs: 0 },
  });
  let isThere = true;
  const board = await startBoard({}, (system) => ({
    people: system.spawn<PeopleCommand>({
      id: "people",
      start: () =>
        receive((message) => {
          if (isThere && message.type === "GetPeople") {
            const people = [person(2, true), person(3, false)];
            message.replyTo.tell({ type: "PeopleListed", people });
          }
          return same;
        }),
      restart: "permanent",
      shutdownMs: 100,
    }),
  }));
  await board.create();
  assert.equal(reasonOf(await board.act("AcceptTask", 1, 3)), "personUnknown");
  assert.equal(reasonOf(await board.act("AcceptTask", 1, 4)), "personUnknown");
  isThere = false;
  const asker = board.tell<TaskAnswer>(board.actMessage("AcceptTask", 1, 2));
  await board.pass(3_000, 1_000);
  assert.equal(reasonOf(asker.messages[0]), "timeout", "nobody is taken on trust");
  isThere = true;
  assert.equal(reasonOf(await board.act("CompleteTask", 1, 3)), "personUnknown", "nor do it");
  assert.equal(taskIn(await board.act("AcceptTask", 1, 2)).assignedTo, 2);
  isThere = false;
  assert.equal(
    taskIn(await board.act("CompleteTask", 1, 2)).state,
    "completed",
    "who has accepted it is asked for no more",
  );
});

test("tasks() takes a task that nobody accepted from whoever has done it, in one commit, and pays them", async () => {
  const board = await startBoard({ money: "ledger" });
  await board.create();
  await board.create({ title: "Beans", taskTypes: [] });
  const states = () => board.agent.messages.map(({ task }) => `${task.id} ${task.state}`);
  const seen = states().length;
  const done = taskIn(await board.act("CompleteTask", 1, 2));
  assert.deepEqual([done.assignedTo, done.paidMilli], [2, 1_500_000]);
  assert.equal(done.acceptedAtMs, done.completedAtMs);
  assert.deepEqual(states().slice(seen), ["1 paying", "1 completed"]);
  assert.equal(await board.balance("person:2"), 1_500_000);
  assert.equal(reasonOf(await board.act("CompleteTask", 1, 2)), "alreadyCompleted");

  // Accepted meanwhile: it is that person's, and an operator who names nobody reports it for them.
  await board.act("AcceptTask", 2, 3);
  assert.equal(reasonOf(await board.act("CompleteTask", 2, 2)), "notYours");
  assert.equal(taskIn(await board.act("CompleteTask", 2, null)).assignedTo, 3);
  assert.equal(await board.balance("person:3"), 1_500_000);
});

test("tasks() refuses while the disk is full, and loses nothing accepted before", async () => {
  const board = await startBoard();
  await board.create();
  await board.act("AcceptTask", 1, 2);
  board.memory.setFull(true);
  assert.equal(reasonOf(await board.create({ title: "B", taskTypes: [] })), "storeUnavailable");
  assert.equal(reasonOf(await board.act("CompleteTask", 1, 2)), "storeUnavailable");
  assert.deepEqual(board.vault.paid, []);
  assert.equal((await board.tasks())[0]?.state, "accepted");
  board.memory.setFull(false);
  assert.equal(taskIn(await board.act("CompleteTask", 1, 2)).state, "completed");
});

test("tasks() pays later when the disk was full between the report and the payment", async () => {
  const board = await startBoard();
  await board.create();
  await board.act("AcceptTask", 1, 2);
  board.vault.mood = "refuses";
  const reported = taskIn(await board.act("CompleteTask", 1, 2));
  assert.equal(reported.state, "paying", "the report is taken, the payment follows");
  assert.equal(reasonOf(await board.act("CompleteTask", 1, 2)), "alreadyCompleted");
  assert.equal(reasonOf(await board.act("CancelTask", 1, null)), "alreadyCompleted");
  board.memory.setFull(true);
  board.vault.mood = "answers";
  await board.pass(MINUTE);
  assert.equal(board.vault.paid.length, 1);
  assert.equal(taskIn(await board.task(1)).state, "paying");
  board.memory.setFull(false);
  await board.pass(MINUTE);
  assert.equal(taskIn(await board.task(1)).state, "completed");
  assert.equal(board.vault.paid.length, 1);
});

test("tasks() answers nobody before the disk has it, and everybody in order on a slow one", async () => {
  const memory = new MemoryStore();
  const board = await startBoard({ memory });
  const commits: (() => void)[] = [];
  memory.setSlow((commit) => commits.push(commit));
  const asked = Array.from({ length: 8 }, (_, index) =>
    board.tell<TaskAnswer>(board.createMessage({ title: `T${index}`, taskTypes: [] })),
  );
  const listing = board.tell(
    (replyTo: Parameters<Parameters<typeof board.tell>[0]>[0]) =>
      ({ type: "GetTasks", replyTo }) as never,
  );
  await board.sim.settle();
  assert.deepEqual(
    asked.map(({ messages }) => messages.length),
    Array(8).fill(0),
  );
  assert.equal(board.agent.messages.length, 0);
  assert.equal(listing.messages.length, 1, "reading does not wait");
  for (let round = 0; round < 100 && commits.length > 0; round += 1) {
    commits.shift()?.();
    await board.sim.settle();
  }
  assert.deepEqual(
    asked.map(({ messages: [answer] }) => taskIn(answer).id),
    [1, 2, 3, 4, 5, 6, 7, 8],
  );
});

test("tasks() asks the treasury again, ever more seldom, and tells whoever reported what is done so far", async () => {
  const board = await startBoard();
  board.vault.mood = "silent";
  await board.create();
  await board.act("AcceptTask", 1, 2);
  const asker = board.tell<TaskAnswer>(board.actMessage("CompleteTask", 1, 2));
  await board.pass(6_000, 1_000);
  assert.equal(taskIn(asker.messages[0]).state, "paying");
  board.vault.mood = "answers";
  await board.pass(2 * MINUTE);
  assert.equal(taskIn(await board.task(1)).state, "completed");
  assert.equal(board.vault.paid.length, 1);
});

test("tasks() lists what is open by urgency, then what was done, in pages", async () => {
  const board = await startBoard();
  for (const [index, urgency] of [3, 4, 3, 4, 3].entries()) {
    await board.create({ title: `T${index}`, taskTypes: [], urgency });
  }
  for (const id of [1, 2]) {
    await board.act("AcceptTask", id, 2);
    await board.act("CompleteTask", id, 2);
    await board.pass(1_000, 1_000);
  }
  const page = async (skip: number, limit: number) =>
    (
      await board.ask<{ readonly type: "TasksListed"; readonly tasks: readonly { id: number }[] }>(
        (replyTo) => ({ type: "GetTaskPage", skip, limit, replyTo: replyTo as never }),
      )
    )?.tasks.map(({ id }) => id);
  assert.deepEqual(await page(0, 10), [4, 3, 5, 2, 1]);
  assert.deepEqual(await page(0, 4), [4, 3, 5, 2]);
  assert.deepEqual(await page(2, 2), [5, 2]);
  assert.deepEqual(await page(4, 2), [1]);
  assert.deepEqual(await page(5, 2), []);
});

test("tasks() started anew while the store has its change sees it, and gives its id to nobody else", async () => {
  const memory = new MemoryStore();
  const board = await startBoard({ memory });
  const commits: (() => void)[] = [];
  memory.setSlow((commit) => commits.push(commit));
  const first = board.tell<TaskAnswer>(board.createMessage({ title: "A", taskTypes: [] }));
  await board.sim.settle();
  board.ref.tell({ type: "Crash" } as never);
  const second = board.tell<TaskAnswer>(board.createMessage({ title: "B", taskTypes: [] }));
  await board.sim.settle();
  for (let round = 0; round < 50 && commits.length > 0; round += 1) {
    commits.shift()?.();
    await board.sim.settle();
  }
  assert.equal(first.messages.length, 0, "who asked before is not answered");
  assert.equal(taskIn(second.messages[0]).id, 2);
  assert.deepEqual(
    (await board.tasks()).map(({ id, title }) => `${id} ${title}`),
    ["1 A", "2 B"],
  );
});
