import assert from "node:assert/strict";
import { test } from "node:test";
import { Tally } from "../../../actors/ledger/tally.ts";
import fc from "../../support/fc.ts";

type Row = readonly [text: string, no: number];

const row: fc.Arbitrary<Row> = fc.tuple(
  fc.oneof(fc.constantFrom("a", "b", "person:1", "person:11"), fc.string({ unit: "binary" })),
  fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
);
const tallyOf = (rows: readonly Row[], like?: Tally): Tally => {
  const tally = new Tally(like);
  for (const one of rows) tally.add(...one);
  return tally;
};
const sorted = (rows: readonly Row[]): string[] => rows.map((one) => JSON.stringify(one)).sort();

test("Tally is the same for the same rows in any order, and for no others", () =>
  fc.assert(
    fc.property(fc.array(row, { maxLength: 12 }), fc.array(row, { maxLength: 12 }), (a, b) => {
      const tally = tallyOf(a);
      assert.ok(tallyOf(a.toReversed(), tally).isSame(tally));
      const areEqual = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
      assert.equal(tallyOf(b, tally).isSame(tally), areEqual);
    }),
    { numRuns: 2_000 },
  ));

test("Tally sees any row away, twice, under another number, or with another's", () => {
  const rows: readonly Row[] = Array.from({ length: 200 }, (_, i) => [`order-${i}`, i + 1]);
  const tally = tallyOf(rows);
  for (const [i, [text, no]] of rows.entries()) {
    const others: readonly (readonly Row[])[] = [
      rows.toSpliced(i, 1),
      [...rows, [text, no]],
      rows.with(i, [text, no + 1]),
      rows.with(i, [text, no + 2 ** 32]),
      rows.with(i, [`${text}0`, no]),
      rows.with(i, [text, rows[0]?.[1] ?? 0]).with(0, [rows[0]?.[0] ?? "", no]),
    ];
    // Two that change places with themselves are the same.
    for (const other of i === 0 ? others.slice(0, 5) : others) {
      assert.ok(!tallyOf(other, tally).isSame(tally), `${text}`);
    }
  }
});
