/** What every StateStore promises. `open` of the same place gives the store again as it was left. */
import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { Key, StateStore, StoreHealth } from "../../../runtime/state/state-store.ts";
import fc from "../../support/fc.ts";

export interface StorePlace {
  open(onHealth?: (health: StoreHealth) => void): StateStore;
  /** Makes the store full, or not, if this kind can be told to. */
  setFull?(isFull: boolean): void;
}

export function describeStore(name: string, place: (t: TestContext) => StorePlace): void {
  const withStore = async (t: TestContext, use: (store: StateStore) => Promise<void>) => {
    const store = place(t).open();
    try {
      await use(store);
    } finally {
      await store.close();
    }
  };

  describe(`${name} as a StateStore`, () => {
    test("write() makes what it put readable, as objects and as bytes", (t) =>
      withStore(t, async (store) => {
        const objects = store.table<string, unknown>({ name: "o", value: "object" });
        const bytes = store.table<number, Uint8Array>({ name: "b", value: "bytes" });
        const value = { a: 1.5, b: "ü", c: [true, null], d: { e: -3 }, f: 2 ** 40, g: undefined };
        const mutable = Uint8Array.of(0, 255, 7);
        await store.write(() => {
          objects.put("x", value);
          bytes.put(1, mutable);
          mutable.fill(9);
        });
        assert.deepEqual(objects.get("x"), value);
        assert.deepEqual([...(bytes.get(1) ?? [])], [0, 255, 7]);
        assert.equal(objects.get("y"), undefined);
      }));

    test("write() sees its own puts and removes", (t) =>
      withStore(t, async (store) => {
        const table = store.table<number, string>({ name: "t", value: "object" });
        await store.write(() => table.put(1, "old"));
        await store.write(() => {
          table.put(1, "new");
          table.put(2, "two");
          assert.equal(table.get(1), "new");
          assert.deepEqual(
            [...table.range({})].map(({ key }) => key),
            [1, 2],
          );
          table.remove(1);
          assert.equal(table.get(1), undefined);
          table.remove(7);
        });
        assert.deepEqual([...table.range({})], [{ key: 2, value: "two" }]);
      }));

    test("write() with a throw changes nothing and leaves its neighbours alone", (t) =>
      withStore(t, async (store) => {
        const table = store.table<number, string>({ name: "t", value: "object" });
        await store.write(() => {
          table.put(1, "kept");
          table.put(2, "kept");
        });
        const before = store.write(() => table.put(3, "before"));
        const broken = store.write(() => {
          table.put(1, "lost");
          table.remove(2);
          table.put(4, "lost");
          throw new Error("changed my mind");
        });
        const after = store.write(() => table.put(5, "after"));
        await assert.rejects(broken, /changed my mind/);
        await Promise.all([before, after]);
        assert.deepEqual(
          [...table.range({})].map(({ key, value }) => [key, value]),
          [
            [1, "kept"],
            [2, "kept"],
            [3, "before"],
            [5, "after"],
          ],
        );
      }));

    test("write() applies changes of one turn in their order", (t) =>
      withStore(t, async (store) => {
        const table = store.table<string, number>({ name: "t", value: "object" });
        const add = (n: number) =>
          store.write(() => table.put("n", (table.get("n") ?? 0) * 10 + n));
        await Promise.all([1, 2, 3, 4].map(add));
        assert.equal(table.get("n"), 1234);
      }));

    test("put() outside of write() is refused", (t) =>
      withStore(t, async (store) => {
        const table = store.table<number, string>({ name: "t", value: "object" });
        assert.throws(() => table.put(1, "no"), /outside/);
        await store.write(() => table.put(2, "yes"));
        assert.deepEqual(
          [...table.range({})].map(({ key }) => key),
          [2],
        );
      }));

    test("range() gives what a sorted list would, for any keys and bounds", async (t) => {
      let round = 0;
      await withStore(t, (store) =>
        fc.assert(
          fc.asyncProperty(
            fc.uniqueArray(anyKey, { selector: (key) => JSON.stringify(key), maxLength: 40 }),
            fc.option(anyKey, { nil: undefined }),
            fc.option(anyKey, { nil: undefined }),
            fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
            fc.boolean(),
            async (keys, from, to, limit, reverse) => {
              round = (round + 1) % 8;
              const table = store.table<Key, number>({ name: `r${round}`, value: "object" });
              await store.write(() => {
                for (const { key } of [...table.range({})]) table.remove(key);
                keys.forEach((key, index) => {
                  table.put(key, index);
                });
              });
              const expected = keys
                .filter((key) => from === undefined || byOrder(key, from) >= 0)
                .filter((key) => to === undefined || byOrder(key, to) < 0)
                .sort(byOrder);
              if (reverse) expected.reverse();
              const found = table.range({
                ...(from === undefined ? {} : { from }),
                ...(to === undefined ? {} : { to }),
                ...(limit === undefined ? {} : { limit }),
                reverse,
              });
              assert.deepEqual(
                [...found].map(({ key, value }) => [key, value]),
                expected.slice(0, limit).map((key) => [key, keys.indexOf(key)]),
              );
            },
          ),
          { numRuns: 60 },
        ),
      );
    });

    test("range() shows one moment, whatever is written while it is walked", (t) =>
      withStore(t, async (store) => {
        const table = store.table<number, string>({ name: "t", value: "object" });
        await store.write(() => {
          for (let i = 0; i < 100; i++) table.put(i, "old");
        });
        const walk = table.range({})[Symbol.iterator]();
        const seen = [walk.next().value?.value];
        await store.write(() => {
          for (let i = 0; i < 200; i++) table.put(i, "new");
        });
        for (let step = walk.next(); step.done !== true; step = walk.next()) {
          seen.push(step.value.value);
        }
        assert.deepEqual(new Set(seen), new Set(["old"]));
        assert.equal(seen.length, 100);
      }));

    test("a value read is the reader's own", (t) =>
      withStore(t, async (store) => {
        const bytes = store.table<number, Uint8Array>({ name: "b", value: "bytes" });
        const objects = store.table<number, { list: number[] }>({ name: "o", value: "object" });
        await store.write(() => {
          for (let i = 0; i < 10; i++) bytes.put(i, new Uint8Array(100).fill(i));
          objects.put(1, { list: [1] });
        });
        const values = [...bytes.range({})].map(({ value }) => value);
        assert.deepEqual(
          values.map((value) => value[99]),
          [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        );
        bytes.get(3)?.fill(77);
        objects.get(1)?.list.push(2);
        assert.equal(bytes.get(3)?.[0], 3);
        assert.deepEqual(objects.get(1), { list: [1] });
      }));

    test("values from nothing to a megabyte come back whole", (t) =>
      withStore(t, async (store) => {
        const bytes = store.table<number, Uint8Array>({ name: "b", value: "bytes" });
        const sizes = [0, 1, 2000, 4096, 70_000, 1_000_000];
        await store.write(() => {
          for (const size of sizes) bytes.put(size, new Uint8Array(size).fill(size % 251));
        });
        for (const size of sizes) {
          const value = bytes.get(size);
          assert.equal(value?.length, size);
          assert.ok(value.every((byte) => byte === size % 251));
        }
      }));

    test("open() again finds what was written, and nothing that was not", async (t) => {
      const where = place(t);
      const first = where.open();
      const table = first.table<number, string>({ name: "t", value: "object" });
      await first.write(() => table.put(1, "stays"));
      await assert.rejects(
        first.write(() => {
          table.put(2, "goes");
          throw new Error("no");
        }),
      );
      await first.close();
      await assert.rejects(
        first.write(() => {}),
        { code: "E_STORE_OPEN" },
      );
      const second = where.open();
      const again = second.table<number, string>({ name: "t", value: "object" });
      assert.deepEqual([...again.range({})], [{ key: 1, value: "stays" }]);
      await second.close();
    });

    test("close() keeps what was given to write() before it", async (t) => {
      const where = place(t);
      const first = where.open();
      const table = first.table<number, string>({ name: "t", value: "object" });
      const written = first.write(() => table.put(1, "kept"));
      await first.close();
      await written;
      const second = where.open();
      assert.equal(second.table<number, string>({ name: "t", value: "object" }).get(1), "kept");
      await second.close();
    });

    test("while full it refuses writes, serves reads, and goes on when there is room", async (t) => {
      const where = place(t);
      const { setFull } = where;
      if (setFull === undefined) {
        t.skip("cannot be made full at will");
        return;
      }
      const heard: StoreHealth[] = [];
      const store = where.open((health) => heard.push(health));
      const table = store.table<number, string>({ name: "t", value: "object" });
      await store.write(() => table.put(1, "before"));
      setFull(true);
      for (let i = 0; i < 3; i++) {
        await assert.rejects(
          store.write(() => table.put(2, "no")),
          { code: "E_STORE_FULL" },
        );
      }
      assert.equal(store.health(), "full");
      assert.equal(table.get(1), "before");
      assert.equal(table.get(2), undefined);
      setFull(false);
      await store.write(() => table.put(3, "after"));
      assert.equal(table.get(3), "after");
      assert.deepEqual(heard, ["full", "ok"]);
      await store.close();
    });
  });
}

const part = fc.oneof(
  fc.double({ noNaN: true, min: -1e12, max: 1e12 }).map((n) => n + 0),
  fc.string({ unit: "binary", maxLength: 8 }).filter((text) => !text.includes("\0")),
  fc.integer({ min: 0, max: 3 }),
);
const anyKey: fc.Arbitrary<Key> = fc.tuple(part, part, fc.integer());

function byOrder(a: Key, b: Key): number {
  const [left, right] = [a as (string | number)[], b as (string | number)[]];
  for (const [i, x] of left.entries()) {
    const y = right[i] as string | number;
    if (x === y) continue;
    if (typeof x !== typeof y) return typeof x === "number" ? -1 : 1;
    if (typeof x === "number") return x - (y as number);
    return Buffer.compare(Buffer.from(x), Buffer.from(y as string));
  }
  return 0;
}
