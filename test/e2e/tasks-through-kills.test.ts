/**
 * Several people at a board whose node is killed again and again: they ask, take, report, ignore, remind and
 * cancel, let tasks expire, and ask again when they hear nothing. Afterwards all that was answered is true, and
 * the points agree with the board.
 *
 *   SEED=42 TASKS_KILLS=100 npm test -- test/e2e/tasks-through-kills.test.ts
 */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { TaskState } from "../../actors/task/messages.ts";
import { isLive, openTaskTables, type TaskRow } from "../../actors/task/tables.ts";
import { isEnded } from "../../actors/task/transitions.ts";
import { type Random, seededRandom } from "../../runtime/random.ts";
import { openLmdbStore } from "../../runtime/state/lmdb-store.ts";
import type { TaskAnswerItem } from "../../transports/http/office/task-contract.ts";
import { REACH } from "../actors/task/reach.ts";
import {
  type NodeProcess,
  removeDir,
  runMycel,
  startNodeProcess,
  temporaryDir,
} from "../support/node-process.ts";
import { until } from "../support/until.ts";

const SEED = Number(process.env["SEED"] ?? randomInt(1_000_000));
const KILLS = Number(process.env["TASKS_KILLS"] ?? 8);
const CLIENTS = 6;
/** Those whom the first person adds; ids 2 and on. */
const PEOPLE = ["ann", "ben", "eva"];
/** A node's life between two kills. */
const LIFE_MS = { min: 50, max: 2_500 };
/** Until a task expires that is not to expire within seconds. */
const LONG_MS = 3_600_000;

const SETTINGS = {
  node: "killed",
  threads: 1,
  zones: [{ id: "main" }],
  hubs: [{ id: "swarm_hub_01", zone: "main" }],
  office: { agent: { enabled: false }, money: { demurrage: false } },
};

/** What may be answered: all else is a fault. `badTask`: its time was over when it was asked for again. */
const REFUSALS = new Set([
  "badTask",
  ...["taskUnknown", "stillQueued", "alreadyAccepted", "alreadyCompleted", "notAccepted"],
  ...["notYours", "taskEnded", "boardFull", "busy", "timeout"],
]);

interface Heard {
  readonly id: number;
  readonly act: string;
  readonly state: TaskState;
  readonly personId: number;
}

test("tasks asked for, taken, done and ended through kills at any moment are settled once, as was answered", async (t) => {
  t.diagnostic(`SEED=${SEED}`);
  const random = seededRandom(SEED);
  const dir = temporaryDir();
  let node = await startNodeProcess(dir, SETTINGS);
  /** The node that is up, or the one that will be. */
  let up = Promise.resolve(node);
  let isGone = false;
  t.after(async () => {
    isGone = true;
    await node.end("SIGKILL");
    removeDir(dir);
  });
  for (const name of PEOPLE) await node.json("/api/users", json("POST", { name }));

  const heard: Heard[] = [];
  const idByRequest = new Map<string, number>();
  let kills = 0;
  const isOver = (): boolean => isGone || kills === KILLS;

  /** Until there is an answer: a refusal's code, or the task. */
  const call = async (path: string, init: RequestInit): Promise<TaskAnswerItem | string> => {
    for (;;) {
      const at = await up;
      try {
        const response = await fetch(`${at.file.url}${path}`, init);
        const body = await response.text();
        if (response.ok) return JSON.parse(body) as TaskAnswerItem;
        const { error } = JSON.parse(body) as { readonly error: string };
        assert.ok(REFUSALS.has(error), `${path}: ${response.status} ${body}`);
        return error;
      } catch (error) {
        // The node was killed before the whole answer came.
        if (isGone || !(error instanceof TypeError || error instanceof SyntaxError)) throw error;
        await sleep(5);
      }
    }
  };

  const client = async (number: number): Promise<void> => {
    const chance = seededRandom(SEED + 1 + number);
    for (let step = 0; !isOver(); step += 1) {
      const personId = 2 + chance.below(PEOPLE.length);
      const id = pick(chance, idByRequest.size);
      if (id === undefined || chance.below(4) === 0) {
        const request = `${number}.${chance.below(8) === 0 ? chance.below(step + 1) : step}`;
        const answer = await call("/api/tasks/", json("POST", draftOf(number, request)));
        if (typeof answer === "string") continue;
        assert.equal(idByRequest.get(request) ?? answer.id, answer.id, `${request} is one wish`);
        idByRequest.set(request, answer.id);
        heard.push({ id: answer.id, act: "create", state: answer.state, personId });
        continue;
      }
      const act = ACTS[chance.below(ACTS.length)] as string;
      const body = json("PUT", { user_id: personId, report_status: "resolved" });
      const answer = await call(`/api/tasks/${id}/${act}`, body);
      if (typeof answer === "string") continue;
      heard.push({ id, act, state: answer.state, personId });
    }
  };

  const killer = async (): Promise<void> => {
    for (; !isOver(); kills += 1) {
      await sleep(LIFE_MS.min + random.below(LIFE_MS.max - LIFE_MS.min));
      let isUp: (node: NodeProcess) => void = () => {};
      up = new Promise((resolve) => {
        isUp = resolve;
      });
      await node.end("SIGKILL");
      node = await startNodeProcess(dir, SETTINGS);
      isUp(node);
    }
  };

  const clients = Array.from({ length: CLIENTS }, (_, number) => client(number));
  await Promise.all([killer(), ...clients]);
  await untilSettled(dir);
  await node.end("SIGTERM");

  const rows = await rowsOf(dir);
  t.diagnostic(`${heard.length} answers, ${rows.size} tasks`);
  const done = new Map<string, number>();
  for (const { id, act, state, personId } of heard) {
    const task = rows.get(id)?.task;
    assert.ok(task !== undefined, `#${id} was answered and is gone`);
    assert.ok(REACH.get(state)?.has(task.state), `#${id} was ${state} and is ${task.state}`);
    if (act === "accept") assert.equal(task.assignedTo, personId, `#${id}`);
    if (act !== "accept" && act !== "complete" && act !== "cancel") continue;
    const key = `#${id} ${act}`;
    done.set(key, (done.get(key) ?? 0) + 1);
    assert.equal(done.get(key), 1, `${key} was taken twice`);
  }

  const balances = await balancesOf(dir);
  const earned = new Map<string, number>();
  for (const { task, money } of rows.values()) {
    const held = balances.get(`task:${task.id}`) ?? 0;
    const isOpen = !isEnded(task.state);
    assert.equal(held, isOpen ? 1_000 * task.bounty : 0, `#${task.id}, ${task.state}, ${money}`);
    assert.equal(task.paidMilli !== null, task.state === "completed", `#${task.id}`);
    const person = `person:${task.assignedTo}`;
    earned.set(person, (earned.get(person) ?? 0) + (task.paidMilli ?? 0));
  }
  for (const [index, name] of PEOPLE.entries()) {
    const person = `person:${index + 2}`;
    assert.equal(balances.get(person) ?? 0, earned.get(person) ?? 0, `${name}'s wallet`);
  }
  const verified = await runMycel(["ledger", "verify", "--data", join(dir, "data")]);
  assert.equal(verified.status, 0, verified.stdout + verified.stderr);
});

const ACTS = [
  ...["accept", "accept", "accept", "complete", "complete", "complete", "complete"],
  ...["ignore", "reminded", "dispatch", "cancel"],
];

const json = (method: string, body: object): RequestInit => ({
  method,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

/** One of the newer tasks, which are the likeliest to be open. */
const pick = (chance: Random, count: number): number | undefined =>
  count === 0 ? undefined : Math.max(1, count - chance.below(24));

/** The same for the same request; a third of them expire within seconds, some are asked for twice. */
function draftOf(number: number, request: string): object {
  const chance = seededRandom(SEED ^ hashOf(request));
  const isKind = chance.below(8) === 0;
  const lifeMs = chance.below(3) === 0 ? 500 + chance.below(4_000) : LONG_MS;
  return {
    title: `Task ${request}`,
    zone: "main",
    location: isKind ? null : `desk ${number}`,
    task_type: isKind ? ["supply"] : [],
    urgency: chance.below(5),
    bounty_gold: chance.below(4) * 10,
    expires_at: expiryOf(request, lifeMs),
    request_id: request,
  };
}

/** A repeat names the time that its first asking named. */
const expiries = new Map<string, number>();
function expiryOf(request: string, lifeMs: number): number {
  const atMs = expiries.get(request) ?? Date.now() + lifeMs;
  expiries.set(request, atMs);
  return atMs;
}

const hashOf = (text: string): number =>
  [...text].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) >>> 0, 7);

/** Nothing is under way: points are held for all that is live, and none of it ends by itself before long. */
async function untilSettled(dir: string): Promise<void> {
  const isAtRest = ({ task, money }: TaskRow): boolean =>
    !isEnded(task.state) && money === "held" && task.expiresAtMs - Date.now() > LONG_MS / 2;
  await until(
    async () => {
      const store = openLmdbStore({ dir: join(dir, "data", "office"), readOnly: true });
      const rows = [...openTaskTables(store).live.range({})].map(({ value }) => value);
      await store.close();
      return rows.every(isAtRest);
    },
    { everyMs: 250, what: () => "the board comes to rest" },
  );
}

/** Every task that there ever was, by its id. */
async function rowsOf(dir: string): Promise<Map<number, TaskRow>> {
  const store = openLmdbStore({ dir: join(dir, "data", "office"), reserveBytes: 1 });
  const { live, ended } = openTaskTables(store);
  const rows = new Map<number, TaskRow>();
  for (const { value: row } of live.range({})) {
    assert.ok(isLive(row) && !isEnded(row.task.state), `#${row.task.id} has come to rest`);
    assert.equal(row.money, "held", `#${row.task.id}`);
    rows.set(row.task.id, row);
  }
  for (const { value: task } of ended.range({})) {
    assert.ok(!rows.has(task.id), `#${task.id} is live and ended`);
    rows.set(task.id, { task, money: "settled" });
  }
  await store.close();
  return rows;
}

/** Account → thousandths, added up from the journal. */
async function balancesOf(dir: string): Promise<Map<string, number>> {
  const { status, stdout, stderr } = await runMycel([
    ...["ledger", "export", "--format", "csv", "--data", join(dir, "data")],
  ]);
  assert.equal(status, 0, stderr);
  const balances = new Map<string, number>();
  for (const line of stdout.trim().split("\n").slice(1)) {
    const [, , , , account = "", points] = line.split(",");
    const milli = Math.round(1_000 * Number(points));
    balances.set(account, (balances.get(account) ?? 0) + milli);
  }
  return balances;
}
