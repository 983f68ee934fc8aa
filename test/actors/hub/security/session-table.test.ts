import assert from "node:assert/strict";
import { test } from "node:test";
import {
  createSessionTable,
  SessionTable,
  WINDOW,
} from "../../../../actors/hub/security/session-table.ts";
import { SEALED } from "../../../../firmware/wire/sealed-types.ts";
import fc from "../../../support/fc.ts";

const ROW = 3;
const KEY = Uint8Array.from({ length: 16 }, (_, i) => i);
const RING = 128;

const tableWithKey = (): SessionTable => {
  const table = new SessionTable(createSessionTable({ rowsMax: 5 }));
  table.setKey(ROW, 1, 7, KEY);
  return table;
};

/** Steps of a leaf's counter: mostly on, often a little back, at times far. */
const moves = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -WINDOW - 40, max: 4 }) },
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 3 * RING }) },
    { weight: 1, arbitrary: fc.constantFrom(0xffff, 0x10000, 0x7fff_ffff, 2 ** 40) },
  ),
  { minLength: 1, maxLength: 300 },
);

test("wasSeen() is what a set of all counters says, as far back as the window, and true beyond", () => {
  fc.assert(
    fc.property(fc.nat(2 ** 44), moves, (first, steps) => {
      const table = tableWithKey();
      const seen = new Set<number>();
      let highest = first;
      table.see(ROW, 1, first);
      seen.add(first);
      for (const move of steps) {
        const counter = Math.max(0, highest + move);
        const wasSeen = table.wasSeen(ROW, 1, counter);
        if (counter + WINDOW <= highest) assert.ok(wasSeen, `${counter} of ${highest}`);
        else assert.equal(wasSeen, seen.has(counter), `${counter} of ${highest}`);
        if (wasSeen) continue;
        table.see(ROW, 1, counter);
        seen.add(counter);
        highest = Math.max(highest, counter);
      }
    }),
    { numRuns: 500 },
  );
});

test("restore() takes all up to the counter for seen, and none above", () => {
  fc.assert(
    fc.property(fc.nat(2 ** 44), (certain) => {
      const table = tableWithKey();
      table.restore(ROW, 1, certain, certain + 300, certain + 200);
      for (let back = 0; back < RING; back++) {
        assert.equal(table.wasSeen(ROW, 1, Math.max(0, certain - back)), true);
      }
      for (let on = 1; on < RING; on++) assert.equal(table.wasSeen(ROW, 1, certain + on), false);
      assert.equal(table.floor(ROW, 1), certain + 200);
      assert.equal(table.mark(ROW, 1), certain + 300);
    }),
  );
});

test("a row keeps two keys with counters of their own, and its neighbours stay as they were", () => {
  const table = tableWithKey();
  table.setKey(
    ROW,
    0,
    8,
    KEY.map((byte) => byte ^ 0xff),
  );
  table.see(ROW, 0, 1_000);
  assert.equal(table.wasSeen(ROW, 1, 1_000), false);
  assert.deepEqual(
    [table.slotOf(ROW, 7), table.slotOf(ROW, 8), table.slotOf(ROW, 0)],
    [1, 0, undefined],
  );
  assert.deepEqual([...table.key(ROW, 1)], [...KEY]);
  table.clearSlot(ROW, 1);
  assert.equal(table.slotOf(ROW, 7), undefined);
  assert.deepEqual([...table.key(ROW, 1)], Array(16).fill(0));
  for (const row of [ROW - 1, ROW + 1]) {
    assert.equal(table.isPaired(row), false);
    assert.deepEqual([table.keyNo(row, 0), table.keyNo(row, 1), table.mark(row, 1)], [0, 0, 0]);
  }
  assert.throws(() => table.isPaired(5));
});

test("answer() names the frames before one, and nothing older is taken from then on", () => {
  const table = tableWithKey();
  const came = [100, 101, 103, 110];
  for (const counter of came) table.see(ROW, 1, counter);
  const bits = table.answer(ROW, 1, 110);
  for (let n = 0; n < SEALED.seenFrames; n++) {
    const isNamed = ((bits >>> n) & 1) === 1;
    assert.equal(isNamed, came.includes(110 - 1 - n), `${n + 1} before`);
  }
  assert.equal(table.wasSeen(ROW, 1, 102), true);
  assert.equal(table.wasSeen(ROW, 1, 111), false);
});
