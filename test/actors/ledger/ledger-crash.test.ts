/**
 * The node is killed at each step of its work in turn, started again on what was on disk, and asked the
 * same again: nothing that was answered is lost, nothing is done twice.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { verifyLedger } from "../../../actors/ledger/verify.ts";
import type { BountyAnswer, TreasuryCommand } from "../../../actors/wallet/messages.ts";
import type { MemoryStore } from "../../../runtime/state/memory-store.ts";
import { createProbe } from "../../../runtime/testing/probe.ts";
import { type Money, startMoney } from "../../support/money.ts";

const ask = (type: "ReserveBounty" | "PayBounty" | "ReleaseBounty") => {
  const common = { taskId: 17, zone: null, causeId: null };
  return (replyTo: Parameters<Money["treasury"]["tell"]>[0]["replyTo"]): TreasuryCommand =>
    ({ type, ...common, personId: 3, bountyMilli: 1_500_000, replyTo }) as TreasuryCommand;
};

/** Runs until idle, or until `steps` boxes and commits have been done; says how many there were. */
async function runSteps(money: Money, commits: (() => void)[], steps: number): Promise<number> {
  for (let done = 0; done < steps; done++) {
    await money.sim.promises();
    if (!money.sim.isIdle) money.sim.step();
    else {
      const commit = commits.shift();
      if (commit === undefined) return done;
      commit();
    }
  }
  return steps;
}

interface Life {
  readonly answers: readonly BountyAnswer[];
  readonly steps: number;
  readonly store: MemoryStore;
}

/** A node that is told all of `wishes` at once, and is killed after `steps`. */
async function live(
  store: MemoryStore | undefined,
  wishes: readonly ReturnType<typeof ask>[],
  steps: number,
  seed: number,
): Promise<Life> {
  const money = startMoney({ seed, fine: true, ...(store && { store }) });
  const probe = createProbe<BountyAnswer>(money.sim.system);
  money.sim.run();
  const commits: (() => void)[] = [];
  money.store.setSlow((commit) => commits.push(commit));
  for (const wish of wishes) money.treasury.tell(wish(probe.ref));
  const done = await runSteps(money, commits, steps);
  money.sim.kill();
  return { answers: [...probe.messages], steps: done, store: money.store.reopened() };
}

const ENOUGH = 10_000;
const typesOf = ({ answers }: Life): string[] => answers.map(({ type }) => type);

async function checkSound(store: MemoryStore, persons: number, held: number): Promise<void> {
  assert.equal(verifyLedger(store).mistake, undefined);
  const money = startMoney({ store });
  assert.equal(await money.balanceMilli("person:3"), persons);
  assert.equal(await money.balanceMilli("task:17"), held);
  assert.equal((await money.supply()).circulatingMilli, persons + held);
}

test("a bounty is held and paid once, wherever the node is killed while it does so", async () => {
  const whole = await live(undefined, [ask("ReserveBounty")], ENOUGH, 1);
  assert.deepEqual(typesOf(whole), ["BountyReserved"]);
  for (let steps = 0; steps <= whole.steps; steps++) {
    const killed = await live(undefined, [ask("ReserveBounty")], steps, 1);
    const again = await live(killed.store, [ask("ReserveBounty")], ENOUGH, 2);
    assert.deepEqual(typesOf(again), ["BountyReserved"], `killed after ${steps} steps`);
    await checkSound(again.store, 0, 1_500_000);
  }

  const paid = await live(whole.store, [ask("PayBounty")], ENOUGH, 1);
  assert.ok(paid.steps > 4, "the steps between are seen one by one");
  for (let steps = 0; steps <= paid.steps; steps++) {
    const killed = await live(whole.store.reopened(), [ask("PayBounty")], steps, 1);
    if (typesOf(killed).length > 0) await checkSound(killed.store.reopened(), 1_500_000, 0);
    const again = await live(killed.store, [ask("PayBounty")], ENOUGH, 2);
    assert.deepEqual(again.answers, paid.answers, `killed after ${steps} steps`);
    await checkSound(again.store, 1_500_000, 0);
  }
});

test("a hold that is paid and released at once ends one way, wherever the node is killed", async () => {
  const { store } = await live(undefined, [ask("ReserveBounty")], ENOUGH, 1);
  const both = [ask("PayBounty"), ask("ReleaseBounty")];
  let paid = 0;
  let released = 0;
  for (const seed of [1, 2, 3, 4]) {
    const wishes = seed % 2 === 0 ? both : both.toReversed();
    const whole = await live(store.reopened(), wishes, ENOUGH, seed);
    for (let steps = 0; steps <= whole.steps; steps++) {
      const killed = await live(store.reopened(), wishes, steps, seed);
      const again = await live(killed.store, wishes, ENOUGH, seed + 10);
      const types = typesOf(again);
      const isPaid = types.includes("BountyPaid");
      assert.equal(types.includes("BountyReleased"), !isPaid, "one of both");
      assert.ok(types.includes("BountyRefused"), "and the other is refused");
      for (const type of typesOf(killed)) assert.ok(types.includes(type), "an answer stands");
      await checkSound(again.store, isPaid ? 1_500_000 : 0, 0);
      if (isPaid) paid += 1;
      else released += 1;
    }
  }
  assert.ok(paid > 0 && released > 0, "both ends were seen");
});

test("orders that were answered survive a kill at each step, and others may be asked again", async () => {
  const orders = Array.from({ length: 4 }, (_, i) => ({
    id: `gift-${i}`,
    kind: "adjustment" as const,
    legs: [
      { account: "issuer" as const, amountMilli: -100 },
      { account: "person:3" as const, amountMilli: 100 },
    ],
    memo: "",
    causeId: null,
  }));
  for (let steps = 0; steps < 40; steps++) {
    const money = startMoney({ seed: steps });
    const probe = createProbe<{ type: string }>(money.sim.system);
    money.sim.run();
    const commits: (() => void)[] = [];
    money.store.setSlow((commit) => commits.push(commit));
    for (const [i, order] of orders.entries()) {
      money.ledger.tell({ type: "PostTransfer", order, replyTo: probe.ref });
      if (i % 2 === 1) await runSteps(money, commits, steps);
    }
    await runSteps(money, commits, steps);
    const answered = probe.messages.length;
    money.sim.kill();
    const again = startMoney({ store: money.store.reopened() });
    const { transfers } = await again.supply();
    assert.ok(transfers >= answered, `${answered} were answered, ${transfers} are there`);
    for (const order of orders) {
      const answer = await again.post(order);
      assert.equal(answer.type, "TransferPosted");
    }
    assert.equal(await again.balanceMilli("person:3"), 400);
    assert.equal(verifyLedger(again.store).mistake, undefined);
  }
});
