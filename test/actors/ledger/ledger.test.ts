import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  AccountId,
  BalancesListed,
  LedgerAnswer,
  LedgerCommand,
  TransferOrder,
  TransfersListed,
} from "../../../actors/ledger/messages.ts";
import { createProbe } from "../../../runtime/testing/probe.ts";
import { order, startMoney } from "../../support/money.ts";

const reasonOf = (answer: LedgerAnswer): string =>
  answer.type === "TransferRefused" ? answer.reason : answer.type;

test("ledger posts a transfer and answers with balances and hash", async () => {
  const money = startMoney();
  const answer = await money.post(order("a", "issuer", "person:1", 500));
  assert.ok(answer.type === "TransferPosted");
  assert.equal(answer.repeated, false);
  assert.equal(answer.transfer.no, 1);
  assert.deepEqual(answer.transfer.balancesMilli, [-500, 500]);
  assert.match(answer.transfer.hash, /^[0-9a-f]{64}$/);
  assert.equal(await money.balanceMilli("person:1"), 500);
  const { no: transfers, hash } = answer.transfer;
  assert.deepEqual(money.heads().at(-1), { transfers, hash }, "the page hears of it");
});

test("ledger answers a repeat with the first answer, and another body under its id never", async () => {
  const money = startMoney();
  const first = await money.post(order("a", "issuer", "person:1", 500));
  assert.ok(first.type === "TransferPosted");
  assert.deepEqual(await money.post(order("a", "issuer", "person:1", 500)), {
    ...first,
    repeated: true,
  });
  assert.equal(reasonOf(await money.post(order("a", "issuer", "person:1", 501))), "idTaken");
  assert.equal(reasonOf(await money.post(order("a", "issuer", "person:2", 500))), "idTaken");
  assert.equal(await money.balanceMilli("person:1"), 500);
  assert.equal(money.heads().length, 2, "a repeat is no news");
});

const HUGE = Number.MAX_SAFE_INTEGER;
const REFUSED: readonly (readonly [string, TransferOrder, string])[] = [
  [
    "of a sum that is not zero",
    {
      ...order("x", "issuer", "person:1", 5),
      legs: [
        { account: "issuer", amountMilli: -5 },
        { account: "person:1", amountMilli: 4 },
      ],
    },
    "unbalanced",
  ],
  ["of nothing", order("x", "issuer", "person:1", 0), "badAmount"],
  ["of a fraction", order("x", "issuer", "person:1", 0.5), "badAmount"],
  ["of more than 2^53", order("x", "issuer", "person:1", HUGE + 1), "badAmount"],
  ["of not a number", order("x", "issuer", "person:1", Number.NaN), "badAmount"],
  ["to itself", order("x", "person:1", "person:1", 5), "badOrder"],
  [
    "with one leg",
    { ...order("x", "issuer", "person:1", 5), legs: [{ account: "issuer", amountMilli: 5 }] },
    "badOrder",
  ],
  ["to an account of no kind", order("x", "issuer", "bank:1" as never, 5), "badOrder"],
  ["to person 0", order("x", "issuer", "person:0", 5), "badOrder"],
  ["without an id", order("", "issuer", "person:1", 5), "badOrder"],
  ["with an id of 201 bytes", order("x".repeat(201), "issuer", "person:1", 5), "badOrder"],
  ["with a control character in its id", order("a\u0000b", "issuer", "person:1", 5), "badOrder"],
  [
    "with half a character in its memo",
    order("x", "issuer", "person:1", 5, { memo: "\ud800" }),
    "badOrder",
  ],
  [
    "of an unknown kind",
    order("x", "issuer", "person:1", 5, { kind: "gift" as never }),
    "badOrder",
  ],
  ["of what a person does not have", order("x", "person:1", "person:2", 5), "insufficientFunds"],
];

for (const [what, refused, reason] of REFUSED) {
  test(`ledger refuses a transfer ${what}`, async () => {
    const money = startMoney();
    assert.equal(reasonOf(await money.post(refused)), reason);
    assert.equal((await money.supply()).transfers, 0);
    assert.equal(money.heads().length, 1);
  });
}

test("ledger posts what waits in one commit, and a refused order spoils no other", async () => {
  const money = startMoney();
  const commits: (() => void)[] = [];
  money.store.setSlow((commit) => commits.push(commit));
  const probe = createProbe<LedgerAnswer>(money.sim.system);
  money.sim.run();
  const orders = [
    order("a", "issuer", "person:1", 500),
    order("b", "person:2", "person:1", 1),
    order("c", "person:1", "person:2", 500),
    order("d", "person:1", "person:2", 1),
    order("c", "person:1", "person:2", 500),
  ];
  for (const one of orders) {
    money.ledger.tell({ type: "PostTransfer", order: one, replyTo: probe.ref });
  }
  await money.sim.settle();
  assert.equal(commits.length, 1);
  assert.equal(probe.messages.length, 0, "nothing is answered before the commit");
  commits[0]?.();
  await money.sim.settle();
  assert.deepEqual(
    probe.messages.map((answer) =>
      answer.type === "TransferPosted" ? [answer.transfer.no, answer.repeated] : reasonOf(answer),
    ),
    [[1, false], "insufficientFunds", [2, false], "insufficientFunds", [2, true]],
  );
  assert.equal(await money.balanceMilli("person:2"), 500);
});

test("ledger refuses while the store is full, and posts the same order when it has room", async () => {
  const money = startMoney();
  money.store.setFull(true);
  const give = order("a", "issuer", "person:1", 500);
  assert.equal(reasonOf(await money.post(give)), "storeUnavailable");
  assert.equal(await money.balanceMilli("person:1"), 0);
  money.store.setFull(false);
  assert.equal(reasonOf(await money.post(give)), "TransferPosted");
  assert.equal(await money.balanceMilli("person:1"), 500);
});

test("ledger counts what is issued and burned; a hold that is voided was never issued", async () => {
  const money = startMoney();
  await money.post(order("a", "issuer", "person:1", 500));
  await money.post(order("b", "person:1", "issuer", 100));
  await money.post(order("c", "issuer", "task:1", 70, { kind: "task_hold" }));
  await money.post(order("d", "task:1", "issuer", 70, { kind: "task_void" }));
  const { issuedMilli, burnedMilli, circulatingMilli } = await money.supply();
  assert.deepEqual([issuedMilli, burnedMilli, circulatingMilli], [500, 100, 400]);
});

test("ledger lists an account's transfers newest first, page by page", async () => {
  const money = startMoney();
  for (let i = 1; i <= 5; i++)
    await money.post(order(`${i}`, "issuer", `person:${1 + (i % 2)}`, i));
  const page = async (account: AccountId | null, beforeNo: number | null, skip = 0) => {
    const listed = await money.ask<LedgerCommand, TransfersListed>(money.ledger, (replyTo) => ({
      type: "ListTransfers",
      ...{ account, beforeNo, skip, limit: 2, replyTo },
    }));
    return [listed.transfers.map(({ id }) => id), listed.beforeNo];
  };
  assert.deepEqual(await page("person:2", null), [["5", "3"], 3]);
  assert.deepEqual(await page("person:2", 3), [["1"], null]);
  assert.deepEqual(await page("person:2", null, 1), [["3", "1"], null]);
  assert.deepEqual(await page("person:3", null), [[], null]);
  assert.deepEqual(await page(null, null), [["5", "4"], 4]);
  assert.deepEqual(await page(null, 3), [["2", "1"], null]);
  assert.deepEqual(await page(null, 1), [[], null]);
});

test("ledger lists balances of one kind of account by name, page by page", async () => {
  const money = startMoney();
  for (const account of ["person:1", "person:2", "person:10", "task:1", "device:a"] as const) {
    await money.post(order(account, "issuer", account, 7));
  }
  const page = async (of: "person" | "task", after: AccountId | null) => {
    const listed = await money.ask<LedgerCommand, BalancesListed>(money.ledger, (replyTo) => ({
      type: "ListBalances",
      ...{ of, after, limit: 2, replyTo },
    }));
    return [listed.balances.map(({ account }) => account), listed.after];
  };
  assert.deepEqual(await page("person", null), [["person:1", "person:10"], "person:10"]);
  assert.deepEqual(await page("person", "person:10"), [["person:2"], null]);
  assert.deepEqual(await page("task", null), [["task:1"], null]);
});
