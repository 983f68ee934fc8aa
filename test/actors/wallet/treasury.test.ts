import assert from "node:assert/strict";
import { test } from "node:test";
import { startMoney } from "../../support/money.ts";

test("treasury holds a bounty, pays it once, and says the same however often it is asked", async () => {
  const money = startMoney();
  const reserved = { type: "BountyReserved", taskId: 17 };
  assert.deepEqual(await money.reserve(17, 1_500_000), reserved);
  assert.deepEqual(await money.reserve(17, 1_500_000), reserved);
  assert.equal(await money.balanceMilli("task:17"), 1_500_000);

  const paid = {
    type: "BountyPaid",
    taskId: 17,
    personId: 1,
    paidMilli: 1_500_000,
    multiplier: 1,
    transferId: "task:17:pay",
  };
  assert.deepEqual(await money.pay(17, 1), paid);
  assert.deepEqual(await money.pay(17, 1), paid);
  assert.equal(await money.balanceMilli("person:1"), 1_500_000);
  assert.equal(await money.balanceMilli("task:17"), 0);
  assert.equal((await money.supply()).transfers, 2);
});

test("treasury ends a hold as paid or released, never both", async () => {
  const money = startMoney();
  const refused = { type: "BountyRefused", reason: "holdEnded" };
  await money.reserve(1, 5_000);
  assert.equal((await money.release(1)).type, "BountyReleased");
  assert.equal((await money.release(1)).type, "BountyReleased");
  assert.deepEqual(await money.pay(1, 1), { ...refused, taskId: 1 });
  await money.reserve(2, 5_000);
  await money.pay(2, 1);
  assert.deepEqual(await money.release(2), { ...refused, taskId: 2 });
  assert.deepEqual(await money.pay(2, 3), { ...refused, taskId: 2 });
  assert.deepEqual(await money.reserve(2, 5_000), { ...refused, taskId: 2 });
  assert.equal(await money.balanceMilli("person:1"), 5_000);
  assert.equal((await money.supply()).circulatingMilli, 5_000);
});

test("treasury refuses to pay or release what is not held, and another bounty for a task", async () => {
  const money = startMoney();
  const unknown = { type: "BountyRefused", taskId: 9, reason: "holdUnknown" };
  assert.deepEqual(await money.pay(9, 1), unknown);
  assert.deepEqual(await money.release(9), unknown);
  await money.reserve(9, 5_000);
  assert.deepEqual(await money.reserve(9, 6_000), { ...unknown, reason: "idTaken" });
  assert.deepEqual(await money.reserve(10, -1), { ...unknown, taskId: 10, reason: "badAmount" });
  assert.deepEqual(await money.pay(9, 0), { ...unknown, reason: "badOrder" });
});

test("treasury minds a task without a bounty, and moves nothing for it", async () => {
  const money = startMoney();
  assert.equal((await money.reserve(3, 0)).type, "BountyReserved");
  const paid = await money.pay(3, 1);
  assert.ok(paid.type === "BountyPaid");
  assert.deepEqual([paid.paidMilli, paid.transferId], [0, null]);
  assert.equal((await money.release(3)).type, "BountyRefused");
  assert.equal((await money.supply()).transfers, 0);
});
