import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Worker } from "node:worker_threads";
import { openLmdbStore } from "../../../runtime/state/lmdb-store.ts";
import { fillDisk, smallDisk, tempDir } from "../../support/store-dirs.ts";
import { describeStore } from "./store-compliance.ts";

const SPEC = { name: "t", value: "bytes" } as const;

describeStore("LmdbStore", (t) => {
  const dir = tempDir(t);
  return { open: (onHealth) => openLmdbStore({ dir, ...(onHealth && { onHealth }) }) };
});

describeStore("LmdbStore on a small disk", (t) => {
  const disk = smallDisk(t, 16);
  const dir = join(disk ?? tempDir(t), "store");
  const open = (onHealth?: (health: "ok" | "full" | "failed") => void) =>
    openLmdbStore({ dir, ...(onHealth && { onHealth }) });
  return disk === undefined ? { open } : { open, setFull: (isFull) => fillDisk(disk, isFull) };
});

test("openLmdbStore() makes its directory and refuses one that cannot be", (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, "file"), "");
  assert.throws(() => openLmdbStore({ dir: join(dir, "file", "store") }), {
    code: "E_DIR_NOT_WRITABLE",
  });
  assert.throws(() => openLmdbStore({ dir: "/proc/mycel" }), { code: "E_DIR_NOT_WRITABLE" });
  assert.throws(() => openLmdbStore({ dir: join(dir, "none"), readOnly: true }), {
    code: "E_STORE_OPEN",
  });
});

test("openLmdbStore() refuses a store of a newer version and leaves it as it was", async (t) => {
  const dir = tempDir(t);
  const store = openLmdbStore({ dir });
  const meta = store.table<string, number>({ name: "meta", value: "object" });
  await store.write(() => meta.put("schemaVersion", 99));
  await store.close();
  const before = readFileSync(join(dir, "data.mdb"));
  assert.throws(() => openLmdbStore({ dir }), { code: "E_STORE_NEWER", message: /99/ });
  assert.deepEqual(readFileSync(join(dir, "data.mdb")), before);
});

test("openLmdbStore() refuses a store that is open already, here or in another process", async (t) => {
  const dir = tempDir(t);
  const store = openLmdbStore({ dir });
  const inUse = { code: "E_STORE_LOCKED", message: new RegExp(`process ${process.pid}`) };
  assert.throws(() => openLmdbStore({ dir }), inUse);
  const child = startWriter(t, dir);
  const [code] = await once(child, "exit");
  assert.equal(code, 3, "the child says E_STORE_LOCKED by its status");
  await store.close();
  await openLmdbStore({ dir }).close();
});

test("a writer killed with -9 leaves no lock, no damage and all it had answered for", async (t) => {
  const dir = tempDir(t);
  let promised = -1;
  for (let round = 0; round < 12; round++) {
    const child = startWriter(t, dir);
    // A moment that differs from round to round, from the first commit on.
    const until = promised + 1 + ((round * 7) % 23);
    for await (const line of linesOf(child)) {
      promised = Number(line);
      if (promised >= until) child.kill("SIGKILL");
    }
    const store = openLmdbStore({ dir });
    const table = store.table<number, Uint8Array>(SPEC);
    const keys = [...table.range({})].map(({ key }) => key);
    assert.ok(keys.length - 1 >= promised, `round ${round}: ${keys.length} of ${promised + 1}`);
    assert.deepEqual(keys, [...keys.keys()], `round ${round}: without gaps`);
    await store.close();
    promised = keys.length - 1;
  }
  assert.ok(promised >= 12);
});

test("a reader on another thread sees commits, and its thread's end disturbs no one", async (t) => {
  const dir = tempDir(t);
  const store = openLmdbStore({ dir });
  t.after(() => store.close());
  const table = store.table<number, Uint8Array>(SPEC);
  const url = import.meta.resolve("../../../runtime/state/lmdb-store.ts");
  for (let round = 1; round <= 3; round++) {
    const worker = new Worker(
      `const { parentPort } = require("node:worker_threads");
       import(${JSON.stringify(url)}).then(({ openLmdbStore }) => {
         const store = openLmdbStore({ dir: ${JSON.stringify(dir)}, readOnly: true });
         const table = store.table({ name: "t", value: "bytes" });
         parentPort.on("message", () => parentPort.postMessage(table.get(1)?.[0]));
         parentPort.postMessage("open");
       });`,
      { eval: true },
    );
    await once(worker, "message");
    await store.write(() => table.put(1, Uint8Array.of(round)));
    worker.postMessage("look");
    const [seen] = await once(worker, "message");
    assert.equal(seen, round);
    await worker.terminate();
  }
  await store.write(() => table.put(1, Uint8Array.of(9)));
  assert.equal(table.get(1)?.[0], 9);
});

test("a reader finds a table that came after it, and cannot write", async (t) => {
  const dir = tempDir(t);
  const store = openLmdbStore({ dir });
  const reader = openLmdbStore({ dir, readOnly: true });
  const seen = reader.table<number, Uint8Array>({ name: "later", value: "bytes" });
  assert.equal(seen.get(1), undefined);
  assert.deepEqual([...seen.range({})], []);
  const table = store.table<number, Uint8Array>({ name: "later", value: "bytes" });
  await store.write(() => table.put(1, Uint8Array.of(1)));
  assert.equal(seen.get(1)?.[0], 1);
  await assert.rejects(
    reader.write(() => {}),
    { code: "E_STORE_OPEN" },
  );
  await reader.close();
  await store.write(() => table.put(1, Uint8Array.of(2)));
  await store.close();
});

test("a disk that is full in the middle of a commit loses nothing and is written to again", async (t) => {
  const disk = smallDisk(t, 8);
  if (disk === undefined) return;
  const dir = join(disk, "store");
  // No reserve, so that LMDB itself meets the end of the disk.
  const store = openLmdbStore({ dir, reserveBytes: 0 });
  const table = store.table<number, Uint8Array>(SPEC);
  let written = 0;
  await assert.rejects(
    async () => {
      for (; written < 10_000; written++) {
        await store.write(() => table.put(written, new Uint8Array(10_000).fill(written % 251)));
      }
    },
    { code: "E_STORE_FULL" },
  );
  assert.ok(written > 100, `${written} records of 10 kB on 8 MB`);
  assert.equal(store.health(), "full");
  assert.equal([...table.range({})].length, written);
  await store.close();

  const again = openLmdbStore({ dir, reserveBytes: 0 });
  const found = [...again.table<number, Uint8Array>(SPEC).range({})];
  assert.equal(found.length, written);
  await again.close();
});

test("openLmdbStore() on a full disk serves what is there and says that there is no room", async (t) => {
  const disk = smallDisk(t, 8);
  if (disk === undefined) return;
  const dir = join(disk, "store");
  const first = openLmdbStore({ dir });
  const table = first.table<number, Uint8Array>(SPEC);
  await first.write(() => table.put(1, Uint8Array.of(1)));
  await first.close();
  fillDisk(disk, true);
  const store = openLmdbStore({ dir });
  assert.equal(store.table<number, Uint8Array>(SPEC).get(1)?.[0], 1);
  await assert.rejects(
    store.write(() => {}),
    { code: "E_STORE_FULL" },
  );
  await store.close();
  const another = join(disk, "another");
  assert.throws(() => openLmdbStore({ dir: another }), { code: "E_STORE_FULL" });
  fillDisk(disk, false);
  await openLmdbStore({ dir: another }).close();
});

test("openLmdbStore() killed with -9 while it makes a store can make it the next time", async (t) => {
  for (const begun of [0, 4_096]) {
    const dir = tempDir(t);
    writeFileSync(join(dir, "data.mdb"), new Uint8Array(begun));
    const store = openLmdbStore({ dir });
    await store.write(() => {});
    await store.close();
    await openLmdbStore({ dir }).close();
  }
});

/** Writes 0, 1, 2, … and prints each when it is on disk. Status 3: the store is in use. */
function startWriter(t: TestContext, dir: string): ChildProcess {
  const url = import.meta.resolve("../../../runtime/state/lmdb-store.ts");
  const program = `
    import { openLmdbStore } from ${JSON.stringify(url)};
    let store;
    try { store = openLmdbStore({ dir: ${JSON.stringify(dir)} }); }
    catch (error) { process.exit(error.code === "E_STORE_LOCKED" ? 3 : 1); }
    const table = store.table({ name: "t", value: "bytes" });
    let next = 0;
    for (const { key } of table.range({ reverse: true, limit: 1 })) next = key + 1;
    for (; ; next++) {
      await store.write(() => table.put(next, new Uint8Array(next % 50 === 0 ? 9000 : 40)));
      process.stdout.write(next + "\\n");
    }`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  return child;
}

async function* linesOf(child: ChildProcess): AsyncIterable<string> {
  let rest = "";
  for await (const chunk of child.stdout ?? []) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
