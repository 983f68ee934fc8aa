import assert from "node:assert/strict";
import { test } from "node:test";
import { csvOf, hledgerOf, points, transfersOf } from "../../../actors/ledger/export.ts";
import fc from "../../support/fc.ts";
import { order, startMoney } from "../../support/money.ts";

const NASTY = [
  "",
  "=1+1",
  '"',
  "a;b|c",
  "two\nlines",
  "\r\n    issuer  -5 points",
  "昼 🍙",
  "\u202e5",
];
const memo = fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: "binary", maxLength: 60 }));

/** As RFC 4180 has it. */
function cellsOf(csv: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, sep, quoted, bare] of csv.matchAll(/(,|\n|^)(?:"((?:[^"]|"")*)"|([^",\n]*))/g)) {
    if (sep === "\n") rows.push([]);
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? bare ?? "");
  }
  return rows.slice(1).filter((cells) => cells.length > 1);
}

test("hledgerOf() and csvOf() give the same bytes for the same ledger, and any memo stays in its place", () =>
  fc.assert(
    fc.asyncProperty(fc.array(memo, { minLength: 1, maxLength: 5 }), async (memos) => {
      const money = startMoney();
      const posted: string[] = [];
      for (const [i, text] of memos.entries()) {
        const one = order(`order-${i}`, "issuer", "person:1", 5, { memo: text });
        if ((await money.post(one)).type === "TransferPosted") posted.push(text);
      }
      const journal = [...hledgerOf(transfersOf(money.store))].join("");
      assert.equal([...hledgerOf(transfersOf(money.store.reopened()))].join(""), journal);
      // Four lines before all, six a transfer, three at the end that assert balances.
      const lines = journal.split("\n").length - 1;
      assert.equal(lines, posted.length === 0 ? 4 : 4 + 6 * posted.length + 3);
      assert.doesNotMatch(journal, /[\u202a-\u202e\u2066-\u2069\r]/);

      const csv = [...csvOf(transfersOf(money.store))].join("");
      assert.equal([...csvOf(transfersOf(money.store.reopened()))].join(""), csv);
      const cells = cellsOf(csv);
      assert.equal(cells.length, 2 * posted.length);
      for (const [i, row] of cells.entries()) {
        const found = row[8] ?? "";
        const wanted = posted[Math.floor(i / 2)] ?? "";
        assert.equal(found, /^[=+\-@\t\r]/.test(wanted) ? `'${wanted}` : wanted);
        assert.equal(row.length, 11);
      }
    }),
    { numRuns: 60 },
  ));

for (const [milli, text] of [
  [0, "0.000"],
  [1, "0.001"],
  [-1, "-0.001"],
  [-1_500_000, "-1500.000"],
  [Number.MAX_SAFE_INTEGER, "9007199254740.991"],
] as const) {
  test(`points(${milli}) is ${text}`, () => assert.equal(points(milli), text));
}
