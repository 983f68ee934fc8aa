import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openLmdbStore } from "../../../runtime/state/lmdb-store.ts";
import {
  applyStagedRestore,
  stageRestore,
  verifyBackup,
} from "../../../runtime/state/store-backup.ts";
import { smallDisk, tempDir } from "../../support/store-dirs.ts";
import { until } from "../../support/until.ts";

const SPEC = { name: "t", value: "object" } as const;
const OLD = "old";
const NEW = "new";

test("backup() under load is of one moment, and restores to it", async (t) => {
  const dir = tempDir(t);
  const store = openLmdbStore({ dir: join(dir, "store") });
  const table = store.table<string, number>(SPEC);
  let commits = 0;
  let isWriting = true;
  const writer = (async () => {
    while (isWriting) {
      // Two rows that differ would show a copy of two moments; the rest makes the copy take a while.
      await store.write(() => {
        table.put("a", commits);
        for (let i = 0; i < 50; i++) table.put(`row ${(commits * 50 + i) % 20_000}`, commits);
        table.put("z", commits);
      });
      commits += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  await until(() => commits > 0);
  const backups: string[] = [];
  for (let i = 0; i < 5; i++) {
    const backup = join(dir, `backup-${i}`);
    const before = commits;
    const manifest = await store.backup(backup);
    assert.ok(commits > before, "writing went on during the backup");
    assert.deepEqual(await verifyBackup(backup), manifest);
    assert.deepEqual(readdirSync(backup).sort(), ["data.mdb", "manifest.json"]);
    backups.push(backup);
  }
  isWriting = false;
  await writer;
  await store.close();

  let last = -1;
  for (const backup of backups) {
    await stageRestore(join(dir, "store"), backup);
    const restored = openLmdbStore({ dir: join(dir, "store") });
    const rows = restored.table<string, number>(SPEC);
    const a = rows.get("a") ?? -1;
    assert.equal(rows.get("z"), a);
    assert.ok(a > last, "each later than the one before");
    last = a;
    await restored.write(() => rows.put("a", 0));
    await restored.close();
  }
});

test("backup() refuses a directory with something in it, or one that cannot be made", async (t) => {
  const dir = tempDir(t);
  const store = await storeOf(join(dir, "store"), OLD);
  mkdirSync(join(dir, "full"));
  writeFileSync(join(dir, "full", "file"), "mine");
  await assert.rejects(store.backup(join(dir, "full")), { code: "E_INPUT" });
  assert.deepEqual(readdirSync(join(dir, "full")), ["file"]);
  await assert.rejects(store.backup("/proc/backup"), { code: "E_DIR_NOT_WRITABLE" });
  await assert.rejects(store.backup(join(dir, "full", "file", "x")), {
    code: "E_DIR_NOT_WRITABLE",
  });
  mkdirSync(join(dir, "empty"));
  await store.backup(join(dir, "empty"));
  await store.close();
});

test("backup() onto a disk without room leaves nothing behind and the store alone", async (t) => {
  const disk = smallDisk(t, 1);
  if (disk === undefined) return;
  const store = openLmdbStore({ dir: tempDir(t) });
  const table = store.table<number, Uint8Array>({ name: "b", value: "bytes" });
  await store.write(() => {
    for (let i = 0; i < 300; i++) table.put(i, new Uint8Array(10_000));
  });
  await assert.rejects(store.backup(join(disk, "backup")), { code: "E_STORE_FULL" });
  assert.deepEqual(readdirSync(disk), []);
  await store.write(() => table.put(1, Uint8Array.of(1)));
  await store.close();
});

test("verifyBackup() refuses what is not whole or not ours, and says what is wrong", async (t) => {
  const dir = tempDir(t);
  const store = await storeOf(join(dir, "store"), OLD);
  await store.backup(join(dir, "good"));
  await store.close();
  const manifest = JSON.parse(readFileSync(join(dir, "good", "manifest.json"), "utf8"));
  const cases: [string, (bad: string) => void, { code: string; message: RegExp }][] = [
    ["nothing", (bad) => rmSync(bad, { recursive: true }), damaged(/manifest/)],
    ["no manifest", (bad) => rmSync(join(bad, "manifest.json")), damaged(/manifest/)],
    [
      "half a manifest",
      (bad) => writeFileSync(join(bad, "manifest.json"), "{"),
      damaged(/manifest/),
    ],
    ["no data", (bad) => rmSync(join(bad, "data.mdb")), damaged(/missing/)],
    ["less data", (bad) => writeFileSync(join(bad, "data.mdb"), "x"), damaged(/1 bytes/)],
    [
      "other data",
      (bad) => writeFileSync(join(bad, "data.mdb"), Buffer.alloc(manifest.bytes)),
      damaged(/altered/),
    ],
    [
      "a newer version",
      (bad) =>
        writeFileSync(
          join(bad, "manifest.json"),
          JSON.stringify({ ...manifest, schemaVersion: 99 }),
        ),
      { code: "E_STORE_NEWER", message: /99/ },
    ],
  ];
  for (const [name, spoil, expected] of cases) {
    const bad = join(dir, name);
    cpSync(join(dir, "good"), bad, { recursive: true });
    spoil(bad);
    await assert.rejects(verifyBackup(bad), expected, name);
    await assert.rejects(stageRestore(join(dir, "store"), bad), expected, name);
  }
  assert.deepEqual(readdirSync(join(dir, "store")).sort(), [
    "created",
    "data.mdb",
    "data.mdb-lock",
  ]);
  assert.equal(await valueIn(join(dir, "store")), OLD);
});

test("stageRestore() beside a store in use changes nothing until the next open", async (t) => {
  const dir = tempDir(t);
  const backup = await backupOf(t, NEW);
  const store = await storeOf(dir, OLD);
  await stageRestore(dir, backup);
  const table = store.table<string, string>(SPEC);
  await store.write(() => table.put("more", "goes on"));
  assert.equal(table.get("value"), OLD);
  await store.close();
  assert.equal(await valueIn(dir), NEW);
  assert.equal(existsSync(join(dir, "restore")), false);
  assert.equal(await valueIn(dir), NEW, "applied once");
});

test("applyStagedRestore() refuses a staged copy that was damaged, and keeps the store", async (t) => {
  const dir = tempDir(t);
  const backup = await backupOf(t, NEW);
  await (await storeOf(dir, OLD)).close();
  await stageRestore(dir, backup);
  const staged = join(dir, "restore", "data.mdb");
  const bytes = readFileSync(staged);
  writeFileSync(staged, bytes.fill(0, 4096, 8192));
  assert.throws(() => openLmdbStore({ dir }), { code: "E_STORE_DAMAGED", message: /restore/ });
  rmSync(join(dir, "restore"), { recursive: true });
  assert.equal(await valueIn(dir), OLD);
});

test("a restore cut off after any of its steps leaves the old state or the new", async (t) => {
  const backup = await backupOf(t, NEW);
  const staged = async () => {
    const dir = tempDir(t);
    await (await storeOf(dir, OLD)).close();
    await stageRestore(dir, backup);
    return dir;
  };
  const steps: [string, string, (dir: string) => void][] = [
    ["while the copy is made", OLD, (dir) => rmSync(join(dir, "restore", "manifest.json"))],
    ["before the copy has its name", OLD, () => {}],
  ];
  for (const [name, expected, cut] of steps) {
    const dir = await staged();
    cut(dir);
    renameSync(join(dir, "restore"), join(dir, "restore.part"));
    assert.equal(await valueIn(dir), expected, name);
    assert.equal(existsSync(join(dir, "restore.part")), false, name);
  }

  const ready = await staged();
  assert.equal(await valueIn(ready), NEW, "staged");

  const noReaders = await staged();
  rmSync(join(noReaders, "data.mdb-lock"));
  assert.equal(await valueIn(noReaders), NEW, "after the table of readers went");

  const renamed = await staged();
  renameSync(join(renamed, "restore", "data.mdb"), join(renamed, "data.mdb"));
  assert.equal(applyStagedRestore(renamed), false, "was applied before");
  assert.equal(await valueIn(renamed), NEW, "after the data has its place");
});

test("a process killed with -9 while it restores leaves the old state or the new", async (t) => {
  const dir = tempDir(t);
  const backups = { [OLD]: await backupOf(t, OLD), [NEW]: await backupOf(t, NEW) };
  await (await storeOf(dir, OLD)).close();
  const url = (file: string): string =>
    JSON.stringify(import.meta.resolve(`../../../runtime/state/${file}`));
  const program = `
    import { openLmdbStore } from ${url("lmdb-store.ts")};
    import { stageRestore } from ${url("store-backup.ts")};
    process.stdout.write("begin");
    for (let i = 0; ; i++) {
      await stageRestore(${JSON.stringify(dir)}, i % 2 ? ${JSON.stringify(backups[OLD])} : ${JSON.stringify(backups[NEW])});
      const store = openLmdbStore({ dir: ${JSON.stringify(dir)} });
      await store.close();
    }`;
  for (let round = 0; round < 8; round++) {
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.after(() => child.kill("SIGKILL"));
    await once(child.stdout, "data");
    const exit = once(child, "exit");
    setTimeout(() => child.kill("SIGKILL"), 3 * round);
    await exit;
    assert.match(await valueIn(dir), /^(old|new)$/, `round ${round}`);
  }
});

const damaged = (message: RegExp) => ({ code: "E_STORE_DAMAGED", message });

async function storeOf(dir: string, value: string) {
  const store = openLmdbStore({ dir });
  const table = store.table<string, string>(SPEC);
  await store.write(() => table.put("value", value));
  return store;
}

async function backupOf(t: TestContext, value: string): Promise<string> {
  const dir = tempDir(t);
  const store = await storeOf(join(dir, "store"), value);
  await store.backup(join(dir, "backup"));
  await store.close();
  return join(dir, "backup");
}

async function valueIn(dir: string): Promise<string> {
  const store = openLmdbStore({ dir });
  try {
    return store.table<string, string>(SPEC).get("value") ?? "nothing";
  } finally {
    await store.close();
  }
}
