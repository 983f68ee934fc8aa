/**
 * Money under any faults: wishes of all kinds at once, on a disk that is slow, full or fails, in a node that is killed
 * anywhere and started again. What was answered stays true, what holds of every ledger holds at every start.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { transfersOf } from "../../../actors/ledger/export.ts";
import type { Transfer } from "../../../actors/ledger/messages.ts";
import { verifyLedger } from "../../../actors/ledger/verify.ts";
import type { TreasuryCommand, WalletsCommand } from "../../../actors/wallet/messages.ts";
import { openWalletTables } from "../../../actors/wallet/tables.ts";
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { seededRandom } from "../../../runtime/random.ts";
import type { MemoryStore } from "../../../runtime/state/memory-store.ts";
import { createProbe, type Probe } from "../../../runtime/testing/probe.ts";
import { VirtualClock } from "../../../runtime/testing/virtual-clock.ts";
import { NEVER_GIVES_UP } from "../../simulation/stage.ts";
import fc from "../../support/fc.ts";
import { order } from "../../support/money.ts";
import { type Answer, startWallets } from "../../support/wallets.ts";

const P = 1_000;
const TASKS = [1, 2, 3] as const;
const DEVICE = "hub_01";
const XP_HELD = 10;
const XP_DONE = 20;

/** `to` is a person; `no` a task, or the asker's own name for a transfer. */
type Wish =
  | { readonly type: "send" | "pay" | "reward"; readonly no: number; readonly to: number }
  | { readonly type: "reserve" | "release"; readonly no: number }
  | { readonly type: "beat" | "demurrage" };

const no = fc.constantFrom(...TASKS);
const to = fc.constantFrom(2, 3);
const wish: fc.Arbitrary<Wish> = fc.oneof(
  fc.record({ type: fc.constantFrom("send" as const, "pay" as const), no, to }),
  fc.record({ type: fc.constantFrom("reserve" as const, "release" as const), no }),
  fc.record({ type: fc.constant("reward" as const), no: fc.constantFrom(101, 102), to }),
  fc.record({ type: fc.constantFrom("beat" as const, "demurrage" as const) }),
);
/** Wishes of one life of the node, how many steps it lives, and how its disk is. */
const life = fc.record({
  wishes: fc.array(wish, { maxLength: 12 }),
  steps: fc.integer({ min: 0, max: 400 }),
  faults: fc.integer({ min: 0, max: 60 }),
});

type Office = ReturnType<typeof startWallets>;

function tell({ wallets, treasury }: Office, wanted: Wish, replyTo: ActorRef<never>): void {
  const common = { zone: "main", causeId: null, memo: "" };
  const toWallets = (command: object): boolean =>
    wallets.tell({ ...common, ...command, replyTo } as unknown as WalletsCommand);
  const toTreasury = (command: object): boolean =>
    treasury.tell({ ...common, ...command, replyTo } as unknown as TreasuryCommand);
  switch (wanted.type) {
    case "send": {
      const { no, to: toPersonId } = wanted;
      toWallets({ type: "SendPoints", id: `${no}`, personId: 1, toPersonId, amountMilli: 20 * P });
      return;
    }
    case "reserve":
      toTreasury({ type: "ReserveBounty", taskId: wanted.no, bountyMilli: wanted.no * 500 * P });
      return;
    case "pay":
      toTreasury({ type: "PayBounty", taskId: wanted.no, personId: wanted.to });
      return;
    case "release":
      toTreasury({ type: "ReleaseBounty", taskId: wanted.no });
      return;
    case "reward": {
      const { no: taskId, to: personId } = wanted;
      toTreasury({ type: "RewardTask", taskId, personId, amountMilli: 7 * P });
      return;
    }
    case "beat":
      toWallets({ type: "TakeHeartbeat", deviceId: DEVICE, byPersonId: null });
      return;
    case "demurrage":
      toWallets({ type: "TakeDemurrage" });
      return;
  }
}

interface Answered {
  readonly wanted: Wish;
  readonly answer: Answer;
}

/** A disk that fails again and again would have the node give up, which is not what this is about. */
const STAGE = { fine: true, supervision: NEVER_GIVES_UP } as const;

/** Until it is killed, or for good: then it is only left when nobody waits. */
async function live(
  office: Office,
  wishes: readonly Wish[],
  {
    steps,
    faults,
    seed,
  }: { readonly steps: number; readonly faults: number; readonly seed: number },
): Promise<Answered[]> {
  const random = seededRandom(seed);
  const { sim, store } = office;
  sim.run();
  const commits: (() => void)[] = [];
  store.setSlow((commit) => commits.push(commit));
  const asked: { readonly wanted: Wish; readonly probe: Probe<Answer> }[] = [];
  const waiting = [...wishes];
  const isDone = () =>
    waiting.length === 0 && asked.every(({ probe }) => probe.messages.length > 0);
  for (let step = 0; step < steps && !(faults === 0 && isDone()); step++) {
    await sim.promises();
    if (waiting.length > 0 && random.below(4) === 0) {
      const wanted = waiting.shift() as Wish;
      const probe = createProbe<Answer>(sim.system);
      asked.push({ wanted, probe });
      tell(office, wanted, probe.ref as ActorRef<never>);
    } else if (!sim.isIdle) sim.step();
    else if (random.below(100) < faults) {
      const fault = random.below(3);
      if (fault === 0) store.setFull(true);
      else if (fault === 1) store.failNext(new Error("a bad block"));
      // Longer than anybody waits for a commit, which is done all the same.
      else sim.advance(random.below(7_000));
    } else {
      commits.shift()?.();
      store.setFull(false);
    }
  }
  sim.kill();
  return asked.flatMap(({ wanted, probe }) => {
    assert.ok(probe.messages.length <= 1, "one answer at most");
    return probe.messages.map((answer) => ({ wanted, answer }));
  });
}

const HELD = { reserve: "hold", pay: "pay", release: "void", reward: "reward" } as const;

/** What holds of every store, whatever has happened; and that what was answered is there. */
function check(store: MemoryStore, answered: readonly Answered[]): void {
  const { mistake } = verifyLedger(store);
  assert.equal(mistake, undefined, JSON.stringify(mistake));
  const byId = new Map<string, Transfer>();
  const balances = new Map<string, number>();
  for (const transfer of transfersOf(store)) {
    byId.set(transfer.id, transfer);
    for (const { account, amountMilli } of transfer.legs) {
      balances.set(account, (balances.get(account) ?? 0) + amountMilli);
    }
  }
  assert.equal(
    [...balances.values()].reduce((sum, milli) => sum + milli, 0),
    0,
  );

  const tables = openWalletTables(store);
  let xp = 0;
  for (const taskId of TASKS) {
    const row = tables.bounty.get(taskId);
    const [held, paid, freed] = ["hold", "pay", "void"].map((end) =>
      byId.has(`task:${taskId}:${end}`),
    );
    assert.ok(!(paid && freed), `task ${taskId} is paid and released`);
    const end = row?.end;
    if (paid || freed) assert.equal(end?.kind, paid ? "paid" : "released", "as it was decided");
    const payee = byId.get(`task:${taskId}:pay`)?.legs.at(-1)?.account;
    if (end?.kind === "paid" && paid) assert.equal(payee, `person:${end.personId}`);
    assert.ok(held || !(paid || freed), `task ${taskId} has an end without a hold`);
    const wanted = held && !paid && !freed ? (row?.bountyMilli ?? -1) : 0;
    assert.equal(balances.get(`task:${taskId}`) ?? 0, wanted, `what is held for task ${taskId}`);
    if (row !== undefined) xp += XP_HELD;
    if (row?.end?.kind === "paid") xp += XP_DONE;
  }
  assert.equal(tables.device.get(DEVICE)?.xp, xp, "experience is given once");

  for (const { wanted, answer } of answered) {
    if (answer.type === "PointsSent") {
      const { id, hash } = answer["transfer"] as Transfer;
      assert.equal(byId.get(id)?.hash, hash);
    } else if (answer.type === "HeartbeatTaken") {
      const id = answer["transferId"] as string | null;
      assert.ok(id === null || byId.has(id), `${id} was answered`);
    } else if (/^Bounty(?:Reserved|Paid|Released)$/.test(answer.type) && wanted.type in HELD) {
      const id = `task:${(wanted as { no: number }).no}:${HELD[wanted.type as keyof typeof HELD]}`;
      const transfer = byId.get(id);
      assert.ok(transfer !== undefined, `${id} was answered`);
      if (answer.type !== "BountyPaid") continue;
      const leg = transfer.legs.find(({ account }) => account === `person:${answer["personId"]}`);
      assert.equal(leg?.amountMilli, answer["paidMilli"]);
    }
  }
}

const isLater = ({ reason }: Answer): boolean =>
  reason === "timeout" || reason === "storeUnavailable";

test("money keeps its sums, holds and answers through kills, slow, full and failing disks", async (t) => {
  let faultsSeen = 0;
  let endsSeen = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 2 ** 30 }),
      fc.array(life, { minLength: 1, maxLength: 4 }),
      async (seed, lives) => {
        const clock = new VirtualClock();
        const first = startWallets({ clock, seed });
        await first.post(order("gift", "issuer", "person:1", 400 * P));
        const device = { deviceId: DEVICE, ownerId: 2, deviceType: "hub", displayName: "" };
        await first.ask({
          type: "RegisterDevice",
          device: { ...device, topicPrefix: "office/main/", isActive: true },
        });
        first.sim.kill();
        let store = first.store.reopened();
        const answered: Answered[] = [];
        for (const [i, { wishes, steps, faults }] of lives.entries()) {
          const office = startWallets({ ...STAGE, seed: seed + i, store, clock });
          answered.push(...(await live(office, wishes, { steps, faults, seed: seed + i })));
          store = office.store.reopened();
          check(store, answered);
          clock.setWall(400_000);
        }
        faultsSeen += answered.filter(({ answer }) => isLater(answer)).length;

        // All is well again, and everybody asks once more.
        const all = lives.flatMap(({ wishes }) => wishes);
        const ends: readonly Wish[] = TASKS.map((task) => ({ type: "release", no: task }));
        const again: Answered[] = [];
        for (const wishes of [all, ends]) {
          const office = startWallets({ ...STAGE, seed, store, clock });
          again.push(...(await live(office, wishes, { steps: 20_000, faults: 0, seed })));
          store = office.store.reopened();
        }
        assert.equal(again.length, all.length + ends.length, "nobody waits in vain");
        for (const { wanted, answer } of again) {
          assert.ok(!isLater(answer), `${JSON.stringify(wanted)}: ${answer.reason}`);
          const before = answered.find(
            (one) => !isLater(one.answer) && JSON.stringify(one.wanted) === JSON.stringify(wanted),
          );
          if (before?.answer.type === "BountyPaid") assert.deepEqual(answer, before.answer);
        }
        check(store, [...answered, ...again]);
        const bounties = [...openWalletTables(store).bounty.range({})];
        for (const { key, value } of bounties)
          assert.ok(value.end !== null, `task ${key} has ended`);
        endsSeen += bounties.length;
      },
    ),
    { numRuns: 60 },
  );
  t.diagnostic(`${faultsSeen} were told to ask again, ${endsSeen} bounties ended`);
  assert.ok(faultsSeen > 10 && endsSeen > 30, "the faults were met");
});
