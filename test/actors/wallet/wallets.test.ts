import assert from "node:assert/strict";
import { test } from "node:test";
import {
  demurrageMilli,
  feeMilli,
  multiplierOf,
  payoutMilli,
  rewardMilli,
  transferMilliMin,
} from "../../../actors/wallet/formulas.ts";
import type {
  DeviceDraft,
  TransferFee,
  WalletShown,
  WalletsCommand,
} from "../../../actors/wallet/messages.ts";
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { createProbe } from "../../../runtime/testing/probe.ts";
import { order } from "../../support/money.ts";
import { type Answer, type Question, startWallets as start } from "../../support/wallets.ts";

const P = 1_000;
const HOUR_MS = 3_600_000;

/** The seed's numbers, points in, points out. */
const FORMULAS: readonly (readonly [what: string, found: number, wanted: number])[] = [
  ["fee of 10", feeMilli(10 * P), 1 * P],
  ["fee of 20", feeMilli(20 * P), 1 * P],
  ["fee of 20.001", feeMilli(20 * P + 1), 2 * P],
  ["fee of 100", feeMilli(100 * P), 5 * P],
  ["fee of 101", feeMilli(101 * P), 6 * P],
  ["minimum of an empty office", transferMilliMin(0), 10 * P],
  ["minimum at 109,999", transferMilliMin(109_999 * P), 10 * P],
  ["minimum at 110,000", transferMilliMin(110_000 * P), 11 * P],
  ["demurrage of 100", demurrageMilli(100 * P), 0],
  ["demurrage of 100.001", demurrageMilli(100 * P + 1), 2 * P],
  ["demurrage of 149.999", demurrageMilli(150 * P - 1), 2 * P],
  ["demurrage of 1,500", demurrageMilli(1_500 * P), 30 * P],
  ["an hour of a language model", rewardMilli(5_000, 0, HOUR_MS), 5_000],
  ["five minutes of a sensor", rewardMilli(500, 0, 300_000), 41],
  ["a week of silence is paid as a day", rewardMilli(1_000, 0, 168 * HOUR_MS), 24_000],
  ["a clock set back", rewardMilli(1_000, 5, 0), 0],
  ["multiplier without devices", multiplierOf({ xpTotal: 0, devices: 0 }), 1],
  ["multiplier at 1,000 XP", multiplierOf({ xpTotal: 2_000, devices: 2 }), 1.5],
  ["multiplier at its cap", multiplierOf({ xpTotal: 9_999_999, devices: 1 }), 3],
  ["payout without devices", payoutMilli(1_500 * P, { xpTotal: 0, devices: 0 }), 1_500 * P],
  ["payout at 200 XP", payoutMilli(1_500 * P, { xpTotal: 200, devices: 1 }), 1_650 * P],
  ["payout, rounded down", payoutMilli(10 * P, { xpTotal: 399, devices: 1 }), 11 * P],
  ["payout at the cap", payoutMilli(10 * P, { xpTotal: 1e9, devices: 1 }), 30 * P],
];
for (const [what, found, wanted] of FORMULAS) {
  test(`${what} is ${wanted} thousandths`, () => assert.equal(found, wanted));
}

const send = (id: string, amount: number, toPersonId = 2, personId = 1): Question =>
  ({ type: "SendPoints", id, personId, toPersonId, amountMilli: amount * P, memo: "" }) as Question;
const beat = (byPersonId: number | null) =>
  ({ type: "TakeHeartbeat", deviceId: "hub_01", byPersonId }) as const;
const hub: DeviceDraft = {
  deviceId: "hub_01",
  ownerId: 2,
  deviceType: "hub",
  displayName: "Hub",
  topicPrefix: "office/main/",
  isActive: true,
};

test("a wallet sends points with the fee on top, burned; a repeat is told the same, even below a new minimum", async () => {
  const office = start();
  await office.post(order("a", "issuer", "person:1", 500 * P));
  const sent = await office.ask(send("x", 100));
  assert.equal(sent.type, "PointsSent");
  assert.equal(sent["feeMilli"], 5 * P);
  assert.equal(await office.balanceMilli("person:1"), 395 * P);
  assert.equal(await office.balanceMilli("person:2"), 100 * P);
  assert.equal((await office.supply()).burnedMilli, 5 * P);
  await office.post(order("b", "issuer", "person:3", 2_000_000 * P));
  assert.equal((await office.ask(send("x", 100)))["repeated"], true);
  assert.equal((await office.ask(send("y", 100))).reason, "belowMinimum");
  assert.equal((await office.ask(send("x", 101))).reason, "idTaken");
  // Another's id of the same words is another id.
  assert.equal((await office.ask(send("x", 300, 1, 3))).type, "PointsSent");
});

const REFUSED: readonly (readonly [Question, string])[] = [
  [send("x", 9.999), "belowMinimum"],
  [send("x", 100, 1), "sameWallet"],
  [send("x", 100, 9), "personUnknown"],
  [send("x", 100, 1, 9), "personUnknown"],
  [send("x", -5), "badAmount"],
  [send("x", 0.0001), "badAmount"],
  [send("x", 96), "insufficientFunds"],
  [{ type: "GetWallet", personId: 9 } as Question, "personUnknown"],
  [{ ...beat(null), deviceId: "nope" }, "deviceUnknown"],
  [{ type: "RegisterDevice", device: { ...hub, ownerId: 9 } } as Question, "personUnknown"],
  [{ type: "RegisterDevice", device: { ...hub, deviceId: "a:b" } } as Question, "badOrder"],
  [{ type: "RegisterDevice", device: { ...hub, displayName: "a\n" } } as Question, "badOrder"],
  [{ type: "RegisterDevice", device: { ...hub, displayName: "\ud83d" } } as Question, "badOrder"],
  [
    { type: "RegisterDevice", device: { ...hub, topicPrefix: "a/\ud83d/" } } as Question,
    "badOrder",
  ],
  [{ type: "ChangeDevice", deviceId: "nope", change: {} } as Question, "deviceUnknown"],
  [{ type: "GrantXp", taskId: 1, zone: "main", xp: 0, eventType: "e" } as Question, "badAmount"],
];
for (const [question, reason] of REFUSED) {
  test(`wallets refuse ${JSON.stringify(question)}: ${reason}`, async () => {
    const office = start();
    await office.post(order("a", "issuer", "person:1", 100 * P));
    assert.deepEqual(await office.ask(question), { type: "WalletRefused", reason });
    assert.equal((await office.supply()).transfers, 1);
  });
}

test("heartbeats earn the owner what the time is worth, once, from 300 s on", async () => {
  const office = start();
  await office.ask({ type: "RegisterDevice", device: hub });
  const earned = async () => (await office.ask(beat(null)))["rewardMilli"];
  assert.equal(await earned(), 0);
  office.sim.advance(299_000);
  assert.equal(await earned(), 0);
  // One that is too soon does not start the time anew.
  office.sim.advance(1_000);
  assert.equal(await earned(), 83);
  assert.equal(await earned(), 0);
  office.sim.advance(HOUR_MS);
  assert.equal(await earned(), 1_000);
  assert.equal(await office.balanceMilli("person:2"), 1_083);
  await office.ask({ type: "ChangeDevice", deviceId: "hub_01", change: { isActive: false } });
  const refused = await office.ask(beat(null));
  assert.equal(refused.reason, "deviceInactive");
});

test("a reward that was decided before a crash is paid once by the heartbeat after it", async () => {
  const office = start();
  await office.ask({ type: "RegisterDevice", device: hub });
  await office.ask(beat(null));
  office.sim.advance(HOUR_MS);
  const before = office.store.reopened();
  await office.ask(beat(null));
  const rows = office.store.table<string, { due: unknown }>({ name: "device", value: "object" });
  assert.equal(rows.get("hub_01")?.due, null);
  // As it lay on disk when the decision was there, and the transfer or the row after it was not.
  const due = { fromMs: 0, toMs: HOUR_MS, uptimeSeconds: 3_600, amountMilli: 1_000, personId: 2 };
  const fromMs =
    before
      .table<string, { rewardedUntilMs: number }>({ name: "device", value: "object" })
      .get("hub_01")?.rewardedUntilMs ?? 0;
  for (const store of [before, office.store.reopened()]) {
    const table = store.table<string, Record<string, unknown>>({ name: "device", value: "object" });
    const row = table.get("hub_01") ?? {};
    const owed = { ...due, fromMs, toMs: fromMs + HOUR_MS };
    await store.write(() => table.put("hub_01", { ...row, rewardedUntilMs: fromMs, due: owed }));
    const again = start({ store });
    await again.ask(beat(null));
    assert.equal(await again.balanceMilli("person:2"), 1_000);
  }
});

test("heartbeats that come while one waits for the disk are all taken, and each second is paid once", async () => {
  const office = start();
  await office.ask({ type: "RegisterDevice", device: hub });
  await office.ask(beat(null));
  office.sim.advance(HOUR_MS);
  const commits: (() => void)[] = [];
  office.store.setSlow((commit) => commits.push(commit));
  const beats = [0, 2_000, 1_000].map((afterMs) => {
    office.sim.advance(afterMs);
    const probe = createProbe<Answer>(office.sim.system);
    office.sim.run();
    const replyTo = probe.ref as ActorRef<never>;
    office.wallets.tell({ ...beat(null), replyTo } as WalletsCommand);
    office.sim.run();
    return probe;
  });
  for (let round = 0; round < 20; round++) {
    await office.sim.settle();
    for (const commit of commits.splice(0)) commit();
  }
  for (const { messages } of beats) {
    assert.deepEqual(
      messages.map(({ type }) => type),
      ["HeartbeatTaken"],
    );
  }
  office.sim.advance(HOUR_MS - 3_000);
  office.store.setSlow(queueMicrotask);
  await office.ask(beat(null));
  assert.equal(await office.balanceMilli("person:2"), 2_000);
});

test("a heartbeat of another's device is refused to all but operators, known or not", async () => {
  const office = start();
  await office.ask({ type: "RegisterDevice", device: hub });
  assert.equal((await office.ask(beat(2))).type, "HeartbeatTaken");
  for (const question of [beat(1), { ...beat(2), deviceId: "none" }]) {
    assert.deepEqual(await office.ask(question), { type: "WalletRefused", reason: "notYours" });
  }
});

test("what a full disk did not take is not told as done", async () => {
  const office = start();
  await office.ask({ type: "RegisterDevice", device: hub });
  const grant = { type: "GrantXp", taskId: 1, zone: "main", xp: 9, eventType: "bonus" } as const;
  const change = {
    type: "ChangeDevice",
    deviceId: "hub_01",
    change: { displayName: "x" },
  } as const;
  const rate = { deviceType: "hub", milliPerHour: 1, uptimeSecondsMin: 1 };
  const questions = [
    ...[grant, change, beat(null), { type: "SetRewardRate", rate } as const],
    { type: "RegisterDevice", device: { ...hub, deviceId: "hub_02" } } as const,
    { type: "RemoveDevice", deviceId: "hub_01" } as const,
  ];
  for (const question of questions) {
    office.store.setFull(true);
    const refused = await office.ask(question);
    assert.deepEqual(refused, { type: "WalletRefused", reason: "storeUnavailable" });
    office.store.setFull(false);
    await office.store.write(() => {});
  }
  const granted = await office.ask(grant);
  assert.deepEqual([granted["repeated"], granted["deviceIds"]], [false, ["hub_01"]]);
});

test("a zone's active devices get XP once a task and kind of event, and raise its payouts", async () => {
  const office = start();
  await office.ask({ type: "RegisterDevice", device: hub });
  await office.ask({
    type: "RegisterDevice",
    device: { ...hub, deviceId: "off", isActive: false },
  });
  await office.ask({
    type: "RegisterDevice",
    device: { ...hub, deviceId: "lab", topicPrefix: "office/main2/" },
  });
  const grant = { type: "GrantXp", taskId: 1, zone: "main", xp: 970, eventType: "bonus" } as const;
  assert.deepEqual((await office.ask(grant))["deviceIds"], ["hub_01"]);
  assert.equal((await office.ask(grant))["repeated"], true);
  await office.reserve(7, 100 * P, "main");
  const paid = await office.pay(7, 1, "main");
  assert.ok(paid.type === "BountyPaid");
  // 970, 10 for the task, 20 for its end.
  assert.deepEqual([paid.multiplier, paid.paidMilli], [1.5, 150 * P]);
  assert.deepEqual(await office.pay(7, 1, "main"), paid);
  const { xpMean, devices } = await office.ask({ type: "GetZoneMultiplier", zone: "main" });
  assert.deepEqual([xpMean, devices], [1_000, 1]);
  assert.equal(await office.balanceMilli("person:1"), 150 * P);
  assert.equal((await office.supply()).circulatingMilli, 150 * P);
});

test("demurrage is taken once a day from wallets over 100 points, and from no hold", async () => {
  const office = start({ demurrage: true });
  await office.post(order("a", "issuer", "person:1", 1_500 * P));
  await office.post(order("b", "issuer", "person:2", 100 * P));
  await office.reserve(1, 5_000 * P);
  assert.equal(await office.balanceMilli("person:1"), 1_500 * P, "not on a store's first day");
  const taken = await office.ask({ type: "TakeDemurrage" });
  assert.deepEqual([taken["wallets"], taken["burnedMilli"]], [1, 30 * P]);
  assert.equal((await office.ask({ type: "TakeDemurrage" }))["wallets"], 0);
  office.sim.advance(25 * HOUR_MS);
  await office.sim.settle();
  for (let i = 0; i < 5; i++) await office.sim.settle();
  assert.equal(await office.balanceMilli("person:1"), 1_441 * P);
  assert.equal(await office.balanceMilli("person:2"), 100 * P);
  assert.equal(await office.balanceMilli("task:1"), 5_000 * P);
});

test("a wallet that rests gives up its state, and answers as before when it is asked again", async () => {
  const office = start();
  await office.post(order("a", "issuer", "person:1", 500 * P));
  const get = { type: "GetWallet", personId: 1 } as const;
  const shown = (await office.ask(get)) as unknown as WalletShown;
  office.sim.advance(120_000);
  assert.deepEqual(await office.ask(get), shown);
  const fee = (await office.ask({
    type: "GetTransferFee",
    amountMilli: 10 * P,
  })) as unknown as TransferFee;
  assert.deepEqual([fee.feeMilli, fee.amountMilliMin], [P, 10 * P]);
});
