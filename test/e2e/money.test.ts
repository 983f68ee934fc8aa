/** Points in a real node: over HTTP, through a kill, a backup and a restore; read by other programs. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { SupplyItem, WalletItem } from "../../transports/http/office/wallet-contract.ts";
import {
  type NodeProcess,
  removeDir,
  runMycel,
  startNodeProcess,
  temporaryDir,
} from "../support/node-process.ts";
import { until } from "../support/until.ts";

const SETTINGS = {
  threads: 1,
  zones: [{ id: "main" }],
  hubs: [{ id: "swarm_hub_01", zone: "main" }],
};
const NO_HLEDGER =
  spawnSync("hledger", ["--version"]).status === 0
    ? false
    : "hledger is not here to recompute balances: apt-get install hledger";

const post = (body: object): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});
const reward = (node: NodeProcess, task_id: number, user_id: number, amount: number) =>
  node.json("/api/wallet/transactions/task-reward", post({ task_id, user_id, amount }));
const send = (node: NodeProcess, request_id: string, to_user_id: number, amount: number) =>
  node.json<{ repeated: boolean }>(
    "/api/wallet/transactions/p2p-transfer",
    post({ from_user_id: 1, to_user_id, amount, request_id, description: "=Danke; für | alles" }),
  );
/** Where the node is now: after a restore it may have another port. */
async function ask<T>({ dir }: NodeProcess, path: string): Promise<T> {
  const { url } = JSON.parse(readFileSync(join(dir, "data", "node.json"), "utf8"));
  return (await fetch(`${url}${path}`)).json() as Promise<T>;
}
const balance = async (node: NodeProcess, id: number): Promise<number> =>
  (await ask<WalletItem>(node, `/api/wallet/wallets/${id}`)).balance;
const supply = (node: NodeProcess) => ask<SupplyItem>(node, "/api/wallet/supply");
const verify = (dir: string, ...more: string[]) =>
  runMycel(["ledger", "verify", "--data", join(dir, "data"), ...more]);

test("points survive kill -9 at any moment, and a repeat gives nothing twice", async (t) => {
  const dir = temporaryDir();
  let node = await startNodeProcess(dir, SETTINGS);
  t.after(async () => {
    await node.end("SIGKILL");
    removeDir(dir);
  });
  await node.json("/api/users", post({ name: "ann" }));
  await reward(node, 1, 1, 100_000);

  const ids = Array.from({ length: 60 }, (_, i) => `gift-${i}`);
  const answered = new Set<string>();
  const sending = Promise.allSettled(
    ids.map(async (id) => {
      await send(node, id, 2, 100);
      answered.add(id);
    }),
  );
  await until(() => answered.size >= 5, { what: () => "some were answered" });
  await node.end("SIGKILL");
  await sending;

  node = await startNodeProcess(dir, SETTINGS);
  const after = await supply(node);
  assert.ok(after.transfers >= 1 + answered.size, "what was answered is there");
  for (const id of ids) {
    const { repeated } = await send(node, id, 2, 100);
    if (answered.has(id)) assert.ok(repeated, `${id} was posted before`);
  }
  assert.equal(await balance(node, 2), 6_000);
  assert.equal(await balance(node, 1), 100_000 - 60 * 105);
  assert.equal((await supply(node)).transfers, 61);

  const beside = await verify(dir);
  assert.equal(beside.status, 0, beside.stderr);
  assert.match(beside.stdout, /^Sound: 61 transfers among 3 accounts/);
  assert.match(beside.stdout, new RegExp((await supply(node)).hash));

  // Noted elsewhere, as a cron job or the node's log does.
  const head = await runMycel(["ledger", "head", "--data", join(dir, "data")]);
  assert.equal(head.stdout, `${(await supply(node)).hash}@61\n`);
  const file = join(dir, "heads.txt");
  writeFileSync(file, `${node.output()}\n${head.stdout}`);
  const found = await verify(dir, "--heads", file);
  assert.deepEqual([found.status, found.stderr], [0, ""]);
  assert.match(found.stdout, /^Noted heads: [12], all in this chain\.$/m);
  assert.match(found.stdout, /^Head: [0-9a-f]{64}@61$/m);
  const forged = await verify(dir, "--head", head.stdout.trim().replace(/61$/, "60"));
  assert.deepEqual([forged.status, /transfer 60 is not/.test(forged.stderr)], [1, true]);
  const cut = await verify(dir, "--head", head.stdout.trim().replace(/61$/, "62"));
  assert.deepEqual([cut.status, /its end was cut off/.test(cut.stderr)], [1, true]);
  writeFileSync(file, "nothing\n");
  assert.match((await verify(dir, "--heads", file)).stderr, /has no head/);
});

test("mycel backup and restore take points and telemetry back together", async (t) => {
  const dir = temporaryDir();
  const node = await startNodeProcess(dir, SETTINGS);
  t.after(async () => {
    await node.end("SIGTERM");
    removeDir(dir);
  });
  await reward(node, 1, 1, 1_500);
  const noted = (await supply(node)).hash;
  const backup = join(dir, "backup");
  const made = await runMycel(["backup", backup, "--data", join(dir, "data")]);
  assert.equal(made.status, 0, made.stderr);
  const again = await runMycel(["backup", backup, "--data", join(dir, "data")]);
  assert.match(again.stderr, /is not empty/);

  await reward(node, 2, 1, 700);
  assert.equal(await balance(node, 1), 2_200);
  const later = (await supply(node)).hash;

  // A backup with one bad store puts nothing in place, of the other neither.
  const bad = join(dir, "bad");
  cpSync(backup, bad, { recursive: true });
  const file = join(bad, "office", "data.mdb");
  const bytes = readFileSync(file);
  bytes[bytes.length - 100] = (bytes[bytes.length - 100] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  const refused = await runMycel(["restore", bad, "--data", join(dir, "data")]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /office cannot be used: data.mdb was altered/);
  assert.equal(await balance(node, 1), 2_200);

  const restored = await runMycel(["restore", backup, "--data", join(dir, "data")]);
  assert.equal(restored.status, 0, restored.stderr);
  await until(() => node.output().includes("the backup is in place"));
  await until(async () => (await balance(node, 1).catch(() => 0)) === 1_500, {
    what: () => `the ledger is that of the backup; the node said:\n${node.output()}`,
  });
  assert.equal((await supply(node)).hash, noted);
  assert.equal((await verify(dir, "--head", noted)).status, 0);
  const gone = await verify(dir, "--head", later);
  assert.equal(gone.status, 1);
  assert.match(gone.stderr, /no transfer has the noted hash/);
});

test("hledger recomputes every balance from the export", { skip: NO_HLEDGER }, async (t) => {
  const dir = temporaryDir();
  const node = await startNodeProcess(dir, SETTINGS);
  t.after(() => removeDir(dir));
  for (const name of ["ann", "bob"]) await node.json("/api/users", post({ name }));
  for (let task = 1; task <= 5; task++) await reward(node, task, 1 + (task % 2), 1_000.125 * task);
  for (let i = 0; i < 12; i++) await send(node, `gift-${i}`, 2 + (i % 2), 10.5 + i);
  await node.json("/api/wallet/demurrage/trigger", post({}));
  const balances = await Promise.all([1, 2, 3].map((id) => balance(node, id)));
  const { circulating } = await supply(node);
  await node.end("SIGTERM");

  const journal = join(dir, "office.journal");
  const data = ["--data", join(dir, "data")];
  const exported = await runMycel(["ledger", "export", ...data, "--output", journal]);
  assert.equal(exported.status, 0, exported.stderr);
  const hledger = (...args: string[]): string =>
    execFileSync("hledger", ["-f", journal, ...args], { encoding: "utf8" });
  hledger("check");
  const found = hledger("balance", "--flat", "-O", "csv", "-N");
  const rows = found
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.replaceAll('"', ""));
  assert.deepEqual(rows.sort(), [
    `issuer,${(-circulating).toFixed(3)} points`,
    ...balances.map((points, i) => `person:${i + 1},${points.toFixed(3)} points`),
  ]);
  // One thousandth aside, and hledger says so.
  const text = readFileSync(journal, "utf8");
  writeFileSync(
    journal,
    text.replace(/= (\d+)\.(\d)/, (_all, a, b) => `= ${a}.${(Number(b) + 1) % 10}`),
  );
  assert.throws(() => hledger("check"), /balance assertion/i);

  const csv = await runMycel(["ledger", "export", ...data, "--format", "csv"]);
  assert.equal(
    csv.stdout.split("\n")[0],
    "no,id,kind,time,account,amount,balance,note,memo,cause,hash",
  );
  assert.ok(csv.stdout.includes("'=Danke; für | alles"), "a sheet takes no memo for a formula");
});

test("mycel ledger verify sees a flipped byte of the file, or nothing that it keeps has changed", async (t) => {
  const dir = temporaryDir();
  const node = await startNodeProcess(dir, SETTINGS);
  t.after(() => removeDir(dir));
  for (let task = 1; task <= 40; task++) await reward(node, task, 1, task);
  await node.end("SIGTERM");
  const file = join(dir, "data", "office", "data.mdb");
  const whole = readFileSync(file);
  const exportOf = () =>
    runMycel(["ledger", "export", "--data", join(dir, "data"), "--format", "csv"]);
  const was = (await exportOf()).stdout;
  assert.equal(was.split("\n").length, 82);

  let seen = 0;
  // A prime step, so that the bytes lie anywhere within pages.
  const step = Math.max(4_099, Math.floor(whole.length / 12));
  for (let at = 24; at < whole.length; at += step) {
    const bad = Buffer.from(whole);
    bad[at] = (bad[at] ?? 0) ^ 0x10;
    writeFileSync(file, bad);
    const { status, stderr } = await verify(dir);
    if (status === 1) {
      seen += 1;
      assert.match(stderr, /^mycel: .*(damaged|not sound|cannot be opened)/);
    } else assert.equal((await exportOf()).stdout, was, `byte ${at}`);
  }
  // In the rows themselves, each flip is seen.
  for (const text of ["task:7:reward", "reward task=23", "person:1"]) {
    const bad = Buffer.from(whole);
    for (let at = bad.indexOf(text); at >= 0; at = bad.indexOf(text, at + 1)) {
      bad[at + text.length - 1] = (bad[at + text.length - 1] ?? 0) ^ 0x01;
    }
    writeFileSync(file, bad);
    const { status, stderr } = await verify(dir);
    assert.equal(status, 1, text);
    assert.match(stderr, /damaged|not sound/);
    seen += 1;
  }
  assert.ok(seen >= 3);
  writeFileSync(file, whole);
  assert.equal((await verify(dir)).status, 0);
});
