/**
 * Tasks on a real node with its real ledger: asked for, taken, done and paid over HTTP; and killed without
 * warning on each side of the payment, which is booked once all the same.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openTaskTables, type TaskRow } from "../../actors/task/tables.ts";
import { openLmdbStore } from "../../runtime/state/lmdb-store.ts";
import type { TaskAnswerItem } from "../../transports/http/office/task-contract.ts";
import {
  type NodeProcess,
  removeDir,
  startNodeProcess,
  temporaryDir,
} from "../support/node-process.ts";
import { until } from "../support/until.ts";

const SETTINGS = {
  node: "office",
  zones: [{ id: "main" }],
  hubs: [{ id: "swarm_hub_01", zone: "main" }],
  office: { agent: { enabled: false } },
};

const send = (method: string, body: object = {}): RequestInit => ({
  method,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

const create = (node: NodeProcess, title: string): Promise<TaskAnswerItem> =>
  node.json<TaskAnswerItem>(
    "/api/tasks/",
    send("POST", { title, zone: "main", bounty_gold: 1_500, urgency: 3, request_id: title }),
  );
const taskOf = (node: NodeProcess, id: number): Promise<TaskAnswerItem> =>
  node.json<TaskAnswerItem>(`/api/tasks/${id}`);
const act = (node: NodeProcess, id: number, name: string): Promise<TaskAnswerItem> =>
  node.json<TaskAnswerItem>(`/api/tasks/${id}/${name}`, send("PUT", { report_status: "resolved" }));
const balanceOf = async (node: NodeProcess): Promise<number> =>
  (await node.json<{ readonly balance: number }>("/api/wallet/wallets/1")).balance;

/** The row as it was before its last commit, as a kill between the two leaves it. */
async function rewind(dir: string, change: (row: TaskRow | undefined) => TaskRow): Promise<void> {
  const store = openLmdbStore({ dir: join(dir, "data", "office"), reserveBytes: 1 });
  const { live, ended, endedAt } = openTaskTables(store);
  const before = [...live.range({})].map(({ value }) => value)[0];
  const done = [...ended.range({})].map(({ value }) => value).at(-1);
  const row = change(before ?? (done && { task: done, money: "settled" }));
  await store.write(() => {
    live.put(row.task.id, row);
    ended.remove(row.task.id);
    for (const { key } of endedAt.range({})) if (key[1] === row.task.id) endedAt.remove(key);
  });
  await store.close();
}

test("a bounty is paid once when the node is killed before, after and somewhere around the payment", async (t) => {
  const dir = temporaryDir();
  t.after(() => removeDir(dir));
  let node = await startNodeProcess(dir, SETTINGS);
  t.after(() => node.end("SIGKILL"));
  const restart = async (change?: (row: TaskRow | undefined) => TaskRow): Promise<void> => {
    await node.end("SIGKILL");
    if (change !== undefined) await rewind(dir, change);
    node = await startNodeProcess(dir, SETTINGS);
  };
  const isPaid = (id: number): Promise<TaskAnswerItem> =>
    until(async () => {
      const task = await taskOf(node, id);
      return task.state === "completed" ? task : undefined;
    });

  // Reported done and on disk, the treasury not asked yet.
  assert.equal((await create(node, "Open the window")).state, "open");
  assert.equal((await act(node, 1, "accept")).assigned_to, 1);
  await restart((row) => {
    assert.equal(row?.task.state, "accepted");
    const task = { ...row.task, state: "paying", completedAtMs: row.task.createdAtMs } as const;
    return { money: "held", task: { ...task, reportStatus: "resolved" } };
  });
  assert.equal((await isPaid(1)).paidMilli, 1_500_000);
  const once = await balanceOf(node);
  assert.ok(once > 0);

  // Booked by the treasury, the board not told.
  await restart((row) => {
    assert.equal(row?.task.state, "completed");
    return { money: "held", task: { ...row.task, state: "paying", paidMilli: null } };
  });
  assert.equal((await isPaid(1)).paidMilli, 1_500_000);
  assert.equal(await balanceOf(node), once);

  // At whatever moment the kill meets it; whoever heard nothing asks again.
  await create(node, "Water the plants");
  await act(node, 2, "accept");
  const reported = act(node, 2, "complete").catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await restart();
  await reported;
  if ((await taskOf(node, 2)).state === "accepted") await act(node, 2, "complete");
  await isPaid(2);
  assert.equal(await balanceOf(node), 2 * once);
  await assert.rejects(act(node, 2, "complete"), /409.*alreadyCompleted/);
  assert.equal((await create(node, "Open the window")).state, "completed", "the same request");
});
