import assert from "node:assert/strict";
import { test } from "node:test";
import { Book } from "../../../actors/ledger/book.ts";
import { readTransferRow, transferBytes, transferRow } from "../../../actors/ledger/canonical.ts";
import { transfersOf } from "../../../actors/ledger/export.ts";
import {
  type AccountId,
  type LedgerAnswer,
  type Leg,
  TRANSFER_KINDS,
  type TransferOrder,
} from "../../../actors/ledger/messages.ts";
import { openLedgerTables } from "../../../actors/ledger/tables.ts";
import { verifyLedger } from "../../../actors/ledger/verify.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";
import fc from "../../support/fc.ts";

const account = fc.constantFrom<AccountId>(
  "issuer",
  "person:1",
  "person:2",
  "task:7",
  "device:hub_01",
);
const amount = fc.oneof(
  fc.integer({ min: -2_000, max: 2_000 }),
  fc.constantFrom(0, 0.5, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, Number.NaN),
);
const leg: fc.Arbitrary<Leg> = fc
  .record({ account, amountMilli: amount, note: fc.option(fc.constantFrom("fee", "", "ü")) })
  .map(({ account, amountMilli, note }) => ({ account, amountMilli, ...(note && { note }) }));
/** Mostly of sum zero, with ids that come again. */
const order: fc.Arbitrary<TransferOrder> = fc
  .record({
    id: fc.integer({ min: 0, max: 12 }).map((n) => `order-${n}`),
    kind: fc.constantFrom(...TRANSFER_KINDS),
    legs: fc.oneof(
      { weight: 5, arbitrary: fc.tuple(account, account, fc.integer({ min: 1, max: 900 })) },
      { weight: 1, arbitrary: fc.array(leg, { maxLength: 9 }) },
    ),
    memo: fc.oneof(fc.constant(""), fc.string({ unit: "binary", maxLength: 40 })),
    causeId: fc.option(fc.constantFrom("task:7", "cycle-1")),
  })
  .map(({ legs, ...rest }) => ({
    ...rest,
    legs:
      typeof legs[0] === "string"
        ? [
            { account: legs[0] as AccountId, amountMilli: -(legs[2] as number) },
            { account: legs[1] as AccountId, amountMilli: legs[2] as number },
          ]
        : (legs as Leg[]),
  }));

/** What a person would keep with pencil and paper. */
class Model {
  readonly balances = new Map<AccountId, number>();
  readonly byId = new Map<string, string>();

  take(order: TransferOrder, answer: LedgerAnswer): void {
    if (answer.type === "TransferRefused") {
      assert.ok(!this.canPost(order), `${JSON.stringify(order)} was refused: ${answer.reason}`);
      return;
    }
    const body = JSON.stringify({ ...order, id: "" });
    const known = this.byId.get(order.id);
    assert.equal(answer.repeated, known !== undefined);
    assert.equal(known ?? body, body);
    if (known !== undefined) return;
    this.byId.set(order.id, body);
    for (const { account, amountMilli } of order.legs) {
      this.balances.set(account, (this.balances.get(account) ?? 0) + amountMilli);
    }
  }

  /** Sound, new or the same, and paid for. */
  canPost({ id, ...body }: TransferOrder): boolean {
    const { legs } = body;
    const names = new Set(legs.map((one) => one.account));
    const isSound =
      legs.length >= 2 &&
      legs.length <= 8 &&
      names.size === legs.length &&
      legs.every(({ amountMilli: n }) => Number.isSafeInteger(n) && n !== 0) &&
      legs.reduce((sum, { amountMilli }) => sum + BigInt(amountMilli), 0n) === 0n;
    if (!isSound) return false;
    const known = this.byId.get(id);
    if (known !== undefined) return known === JSON.stringify({ ...body, id: "" });
    return legs.every(({ account, amountMilli }) => {
      const after = (this.balances.get(account) ?? 0) + amountMilli;
      return (after >= 0 || account === "issuer") && Number.isSafeInteger(after);
    });
  }
}

test("Book keeps sum zero, nobody but the issuer below it, and a sound chain, over any orders", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(order, { maxLength: 12 }), { maxLength: 6 }),
      async (batches) => {
        let store = new MemoryStore();
        const model = new Model();
        for (const [i, batch] of batches.entries()) {
          const book = new Book(store);
          let answers: LedgerAnswer[] = [];
          await store.write(() => {
            answers = book.post(batch, 1_000 * i);
          });
          assert.equal(answers.length, batch.length);
          for (const [n, one] of batch.entries()) model.take(one, answers[n] as LedgerAnswer);
          // Each batch after a restart: nothing lives in memory alone.
          store = store.reopened();
        }
        const book = new Book(store);
        let sum = 0;
        for (const [name, balanceMilli] of model.balances) {
          assert.equal(book.balanceMilli(name), balanceMilli);
          assert.ok(balanceMilli >= 0 || name === "issuer");
          sum += balanceMilli;
        }
        assert.equal(sum, 0);
        const { issuedMilli, burnedMilli, circulatingMilli, transfers } = book.supply();
        assert.equal(transfers, model.byId.size);
        assert.equal(issuedMilli - burnedMilli, circulatingMilli);
        assert.equal(circulatingMilli, 0 - (model.balances.get("issuer") ?? 0));
        assert.equal(verifyLedger(store).mistake, undefined);
      },
    ),
    { numRuns: 300 },
  ));

test("readTransferRow() gives back what transferBytes() wrote, and refuses every shorter row", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(order, { minLength: 1, maxLength: 12 }), async (orders) => {
      const store = new MemoryStore();
      const book = new Book(store);
      await store.write(() => void book.post(orders, 5));
      for (const transfer of transfersOf(store)) {
        const bytes = transferBytes(transfer, "ab".repeat(32));
        const row = transferRow(bytes, transfer.hash);
        const read = readTransferRow(row);
        assert.ok(read.ok);
        assert.deepEqual(read.value.transfer, transfer);
        assert.equal(read.value.hashBefore, "ab".repeat(32));
        for (let end = 0; end < row.length; end++) {
          const cut = readTransferRow(row.subarray(0, end));
          assert.ok(!cut.ok || cut.value.hashFound !== cut.value.transfer.hash);
        }
      }
    }),
    { numRuns: 30 },
  );
});

/** A small ledger with each kind of row, tampered with through the store, so that checksums are right. */
async function smallLedger(): Promise<MemoryStore> {
  const store = new MemoryStore();
  const book = new Book(store);
  const move = (
    id: string,
    from: AccountId,
    to: AccountId,
    amountMilli: number,
  ): TransferOrder => ({
    id,
    kind: "adjustment",
    legs: [
      { account: from, amountMilli: -amountMilli, note: "n" },
      { account: to, amountMilli },
    ],
    memo: "für dich",
    causeId: "task:1",
  });
  await store.write(() => {
    book.post(
      [
        move("a", "issuer", "person:1", 700),
        move("b", "person:1", "person:2", 300),
        move("c", "person:2", "issuer", 100),
      ],
      1_795_268_980_015,
    );
  });
  assert.equal(verifyLedger(store).mistake, undefined);
  return store;
}

test("verifyLedger() names the transfer of which any one byte was flipped", async () => {
  const store = await smallLedger();
  const { transfer } = openLedgerTables(store);
  for (const no of [1, 2, 3]) {
    const row = Uint8Array.from(transfer.get(no) ?? []);
    for (let at = 0; at < row.length; at++) {
      for (const bit of [0x01, 0x80]) {
        const bad = Uint8Array.from(row);
        bad[at] = (bad[at] ?? 0) ^ bit;
        await store.write(() => transfer.put(no, bad));
        assert.equal(verifyLedger(store).mistake?.no, no, `bit ${bit} of byte ${at} of row ${no}`);
      }
    }
    await store.write(() => transfer.put(no, row));
  }
  assert.equal(verifyLedger(store).mistake, undefined);
});

const TAMPERED: Readonly<Record<string, (tables: ReturnType<typeof openLedgerTables>) => void>> = {
  "a transfer is gone": ({ transfer }) => transfer.remove(2),
  "the last transfer is gone": ({ transfer }) => transfer.remove(3),
  "a transfer comes twice": ({ transfer }) => transfer.put(4, transfer.get(3) ?? new Uint8Array()),
  "two transfers have changed places": ({ transfer }) => {
    const second = Uint8Array.from(transfer.get(2) ?? []);
    transfer.put(2, transfer.get(3) ?? new Uint8Array());
    transfer.put(3, second);
  },
  "a balance is one more": ({ balance }) => balance.put("person:1", 401),
  "a balance is gone": ({ balance }) => balance.remove("person:2"),
  "a balance came from nowhere": ({ balance }) => balance.put("person:9", 1),
  "two balances differ by the same": ({ balance }) => {
    balance.put("person:1", 500);
    balance.put("person:2", 100);
  },
  "an id is gone": ({ noOfId }) => noOfId.remove("b"),
  "an id names another transfer": ({ noOfId }) => noOfId.put("b", 1),
  "an id names nothing": ({ noOfId }) => noOfId.put("z", 4),
  "an account misses a transfer": ({ ofAccount }) => ofAccount.remove(["person:1", 2]),
  "an account has one too many": ({ ofAccount }) => ofAccount.put(["person:9", 2], 0),
  "the head is another": ({ head }) =>
    head.put("head", { transfers: 3, hash: "0".repeat(64), issuedMilli: 700, burnedMilli: 100 }),
  "the head says that more was issued": ({ head }) => {
    const was = head.get("head");
    if (was !== undefined) head.put("head", { ...was, issuedMilli: 701, burnedMilli: 101 });
  },
  "the head is gone": ({ head }) => head.remove("head"),
  "the head is of one transfer less": ({ head }) => {
    const was = head.get("head");
    if (was !== undefined) head.put("head", { ...was, transfers: 2 });
  },
};

for (const [what, tamper] of Object.entries(TAMPERED)) {
  test(`verifyLedger() sees it when ${what}`, async () => {
    const store = await smallLedger();
    const tables = openLedgerTables(store);
    await store.write(() => tamper(tables));
    assert.notEqual(verifyLedger(store).mistake, undefined);
  });
}

test("Book refuses to open where head, last transfer and issuer do not fit together", async () => {
  const damaged = { code: "E_STORE_DAMAGED" };
  for (const what of [
    "the last transfer is gone",
    "a transfer comes twice",
    "the head is another",
    "the head is gone",
    "the head is of one transfer less",
  ]) {
    const store = await smallLedger();
    const tables = openLedgerTables(store);
    await store.write(() => TAMPERED[what]?.(tables));
    assert.throws(() => new Book(store), damaged, what);
  }
  const store = await smallLedger();
  const { balance } = openLedgerTables(store);
  await store.write(() => balance.put("issuer", -1));
  assert.throws(() => new Book(store), damaged);
});
