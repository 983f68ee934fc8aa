/** Heads noted elsewhere: they show what no look at the store alone can show, that all of it was written anew. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Book } from "../../../actors/ledger/book.ts";
import type { LedgerAnswer, TransferOrder } from "../../../actors/ledger/messages.ts";
import { headsIn, headText, type NotedHead, readHead } from "../../../actors/ledger/noted.ts";
import { verifyLedger } from "../../../actors/ledger/verify.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";
import fc from "../../support/fc.ts";
import { order } from "../../support/money.ts";

const gift = (no: number, amountMilli = 100): TransferOrder =>
  order(`gift-${no}`, "issuer", `person:${1 + (no % 5)}`, amountMilli);

/** Each at its own time, as a forger would keep it; and the head after each. */
async function ledgerOf(orders: readonly TransferOrder[]) {
  const store = new MemoryStore();
  const book = new Book(store);
  const heads: NotedHead[] = [];
  for (const [i, one] of orders.entries()) {
    let answers: LedgerAnswer[] = [];
    await store.write(() => {
      answers = book.post([one], 1_000 * i);
    });
    assert.equal(answers[0]?.type, "TransferPosted");
    heads.push({ hash: book.supply().hash, no: i + 1 });
  }
  return { store, heads };
}

test("verifyLedger() finds each noted head of a chain that has only grown", async () => {
  const { store, heads } = await ledgerOf(Array.from({ length: 30 }, (_, i) => gift(i)));
  const hashes = heads.map(({ hash }) => ({ hash, no: null }));
  const empty = { hash: "0".repeat(64), no: 0 };
  const { mistake, noted } = verifyLedger(store, { noted: [empty, ...heads, ...hashes] });
  assert.equal(mistake, undefined);
  assert.deepEqual(noted, { found: 61, missing: [] });
});

test("verifyLedger() misses every head from the first transfer on that was written anew", () =>
  fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 12 }),
      fc.boolean(),
      async (length, at, isCut) => {
        const orders = Array.from({ length }, (_, i) => gift(i));
        const { heads } = await ledgerOf(orders);
        const changed = Math.min(at, length);
        // By the ledger's own code, so that all of it fits together: or its end is left out.
        const forged = isCut
          ? orders.slice(0, changed - 1)
          : orders.map((one, i) => (i === changed - 1 ? gift(i, 999_000) : one));
        const { store } = await ledgerOf(forged);
        assert.equal(verifyLedger(store).mistake, undefined, "alone it looks sound");
        for (const isNumbered of [true, false]) {
          const noted = heads.map(({ hash, no }) => ({ hash, no: isNumbered ? no : null }));
          const { mistake, noted: verdict } = verifyLedger(store, { noted });
          assert.equal(mistake, undefined);
          assert.equal(verdict.found, changed - 1);
          assert.deepEqual(verdict.missing, noted.slice(changed - 1));
        }
      },
    ),
    { numRuns: 40 },
  ));

test("verifyLedger() misses a hash that is the chain's at another number", async () => {
  const { store, heads } = await ledgerOf([gift(0), gift(1)]);
  const wrong = { hash: heads[0]?.hash ?? "", no: 2 };
  assert.deepEqual(verifyLedger(store, { noted: [wrong] }).noted, { found: 0, missing: [wrong] });
});

test("verifyLedger() says now and then how far it is", async () => {
  const store = new MemoryStore();
  const book = new Book(store);
  await store.write(
    () =>
      void book.post(
        Array.from({ length: 9_000 }, (_, i) => gift(i)),
        1,
      ),
  );
  const seen: number[][] = [];
  verifyLedger(store, { onProgress: (...far) => seen.push(far) });
  assert.deepEqual(seen, [
    [4_096, 9_000],
    [8_192, 9_000],
  ]);
});

test("headsIn() finds heads in a file of them and in a log, each once", async () => {
  const [a, b] = ["a".repeat(64), "0123456789abcdef".repeat(4)];
  const found = await headsIn([
    `${a}@7`,
    `{"level":30,"head":"${b}@12","msg":"the ledger's head"}`,
    `2026-11-21T16:00:00Z ${a}@7 noted again`,
    `a hash of something else: ${b}`,
    `${a}${b}@9`,
    "",
  ]);
  assert.ok(found.ok);
  assert.deepEqual(found.value.map(headText), [`${a}@7`, `${b}@12`]);
});

for (const [text, head] of [
  ["a".repeat(64), { hash: "a".repeat(64), no: null }],
  [`${"0".repeat(64)}@0`, { hash: "0".repeat(64), no: 0 }],
  ["A".repeat(64), undefined],
  ["a".repeat(63), undefined],
  [`${"a".repeat(64)}@`, undefined],
  [`${"a".repeat(64)}@-1`, undefined],
  [`${"a".repeat(64)}@1e3`, undefined],
] as const) {
  test(`readHead() of ${text.slice(60)} is ${JSON.stringify(head)?.slice(0, 20)}`, () => {
    assert.deepEqual(readHead(text), head);
  });
}
