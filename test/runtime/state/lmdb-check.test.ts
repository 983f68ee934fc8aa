import assert from "node:assert/strict";
import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { checkLmdbFile } from "../../../runtime/state/lmdb-check.ts";
import { openLmdbStore } from "../../../runtime/state/lmdb-store.ts";
import fc from "../../support/fc.ts";
import { tempDir } from "../../support/store-dirs.ts";

const SPEC = { name: "t", value: "bytes" } as const;
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

test("checkLmdbFile() finds nothing wrong with any store that LMDB has written", async (t) => {
  const change = fc.record({
    first: fc.integer({ min: 0, max: 3_000 }),
    count: fc.integer({ min: 1, max: 400 }),
    bytes: fc.constantFrom(0, 10, 200, 1_500, 2_100, 4_072, 4_073, 30_000),
    remove: fc.boolean(),
    table: fc.constantFrom("a", "b"),
    afterwards: fc.constantFrom("go on", "go on", "reopen", "backup", "fail"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 25 }), async (changes) => {
      const dir = tempDir(t);
      const file = join(dir, "data.mdb");
      let store = openLmdbStore({ dir });
      for (const [i, { first, count, bytes, remove, table, afterwards }] of changes.entries()) {
        const rows = store.table<number, Uint8Array>({ name: table, value: "bytes" });
        const done = store.write(() => {
          for (let key = first; key < first + count; key++) {
            if (remove) rows.remove(key);
            else rows.put(key, new Uint8Array(bytes).fill(key));
          }
          if (afterwards === "fail") throw new Error("undone");
        });
        await done.catch(() => {});
        const checked = checkLmdbFile(file, NO_LIMIT);
        assert.ok(checked.ok, checked.ok ? "" : `after change ${i}: ${checked.error}`);
        if (afterwards === "backup") {
          await store.backup(join(dir, `backup-${i}`));
          const copy = checkLmdbFile(join(dir, `backup-${i}`, "data.mdb"), NO_LIMIT);
          assert.ok(copy.ok, copy.ok ? "" : `backup ${i}: ${copy.error}`);
        }
        if (afterwards === "reopen") {
          await store.close();
          store = openLmdbStore({ dir });
        }
      }
      await store.close();
    }),
    { numRuns: 25 },
  );
});

test("checkLmdbFile() looks at a part of a large file, and at all of a small one", async (t) => {
  const dir = tempDir(t);
  const file = await filledStore(dir);
  assert.ok(checkLmdbFile(file, 0).ok);
  const bytes = readFileSync(file);
  // The last leaf with records, damaged: beyond what a sparse look reads.
  const at = bytes.lastIndexOf(Buffer.alloc(60, 0x5a));
  bytes[at] = 0;
  writeFileSync(file, bytes);
  assert.deepEqual(checkLmdbFile(file, NO_LIMIT).ok, false);
});

test("openLmdbStore() refuses a file that is cut short, wherever it is cut", async (t) => {
  const dir = tempDir(t);
  const file = await filledStore(dir);
  const whole = readFileSync(file);
  for (const bytes of [0, 1, 335, 4_095, 8_191, 8_192, 20_000, Math.floor(whole.length / 2)]) {
    writeFileSync(file, whole);
    truncateSync(file, bytes);
    assert.throws(() => openLmdbStore({ dir }), { code: "E_STORE_DAMAGED" }, `${bytes} bytes`);
  }
  rmSync(file);
  assert.throws(() => openLmdbStore({ dir }), { code: "E_STORE_DAMAGED", message: /missing/ });
  writeFileSync(file, "this is no store, though it is long enough to be one".repeat(1_000));
  assert.throws(() => openLmdbStore({ dir }), { code: "E_STORE_DAMAGED", message: /meta page/ });
});

test("openLmdbStore() opens damaged bytes only where they are of no account", async (t) => {
  const dir = tempDir(t);
  const file = await filledStore(dir);
  const whole = readFileSync(file);
  const expected = await contents(dir);
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(fc.integer({ min: 0, max: whole.length - 1 }), fc.integer({ min: 0, max: 8_400 })),
      fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 3 }),
        fc.uint8Array({ minLength: 1, maxLength: 600 }),
        fc.integer({ min: 1, max: 5_000 }).map((bytes) => new Uint8Array(bytes)),
      ),
      async (at, noise) => {
        const bytes = Buffer.from(whole);
        bytes.set(noise.subarray(0, bytes.length - at), at);
        writeFileSync(file, bytes);
        try {
          assert.deepEqual(await contents(dir), expected);
        } catch (error) {
          if ((error as { code?: string }).code !== "E_STORE_DAMAGED") throw error;
          refused += 1;
        }
      },
    ),
    { numRuns: 250 },
  );
  assert.ok(refused > 70, `${refused} refused`);
});

/** Pages of every kind: branches, leaves, long values, a free list. */
async function filledStore(dir: string): Promise<string> {
  const store = openLmdbStore({ dir });
  const table = store.table<number, Uint8Array>(SPEC);
  for (let round = 0; round < 3; round++) {
    await store.write(() => {
      for (let i = 0; i < 1_500; i++) {
        table.put(i, new Uint8Array(i % 100 === 0 ? 9_000 : 80).fill(0x5a));
      }
      for (let i = 0; i < 50; i++) table.remove(i * 7 + round);
    });
  }
  await store.close();
  return join(dir, "data.mdb");
}

/** As a node would find it, and write on. */
async function contents(dir: string): Promise<unknown> {
  const store = openLmdbStore({ dir });
  try {
    const table = store.table<number, Uint8Array>(SPEC);
    const found = [...table.range({})].map(({ key, value }) => [key, Buffer.from(value)]);
    await store.write(() => {
      for (let i = 10_000; i < 10_300; i++) table.put(i, new Uint8Array(500));
    });
    const after = [...table.range({ to: 10_000 })].map(({ key, value }) => [
      key,
      Buffer.from(value),
    ]);
    assert.deepEqual(after, found);
    return found;
  } finally {
    await store.close();
  }
}
