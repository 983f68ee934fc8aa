import assert from "node:assert/strict";
import { test } from "node:test";
import { loadSessions, openSessionTables } from "../../../../actors/historian/session-rows.ts";
import { PAIR_FAILURES_MAX } from "../../../../actors/hub/security/pairing.ts";
import { WINDOW } from "../../../../actors/hub/security/session-table.ts";
import { sealedCounter } from "../../../../transports/frame/sealed/read.ts";
import { fleetInstallCode } from "../../../../transports/frame/sealed/seal.ts";
import { SealedLeaf } from "../../../support/sealed-leaf.ts";
import { bytesOf, registration, report, unaccounted } from "../office.ts";
import { HUB, openOffice, type SealedOffice } from "./sealed-office.ts";

const CODE = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
const TEMPERATURE = 0x01;

test("hub pairs a leaf in an open window, and its sealed report is in row, history and zone", async () => {
  const office = await openOffice();
  const leaf = new SealedLeaf(7, CODE);
  await office.pair(leaf, CODE);
  assert.equal(leaf.leafId, 255);
  await office.frame(leaf.temperature(21.5));
  await office.advance(200, 4);

  const { online, values, standing } = office.row(leaf.leafId);
  assert.deepEqual([online, values[0], standing], [true, 21.5, "adopted"]);
  assert.deepEqual(
    office.history(leaf.leafId, TEMPERATURE).map(([, value]) => value),
    [21.5],
  );
  assert.deepEqual(office.published(), ["main leaf_255 temperature 21.5"]);
  assert.deepEqual(office.counters.read().refused, {});
  assert.equal(unaccounted(office.counters.read()), 0);
  assert.ok(office.events().includes("leaf_paired"));
});

test("a hub of 16,384 leaves gives sealed ones the ids that have two bytes, and has a row for each", async () => {
  const office = await openOffice({ leavesMax: 16_384 });
  const leaf = new SealedLeaf(7, CODE);
  await office.pair(leaf, CODE);
  assert.equal(leaf.leafId, 256);
  await office.frame(leaf.temperature(21.5));
  await office.advance(200, 4);
  assert.equal(office.row(256).values[0], 21.5);
  assert.deepEqual(office.published(), ["main leaf_256 temperature 21.5"]);
  assert.deepEqual(office.counters.read().refused, {});
});

/** An office with one leaf that is paired and heard. */
async function withLeaf(options: Parameters<typeof openOffice>[0] = {}) {
  const office = await openOffice(options);
  const leaf = new SealedLeaf(7, CODE);
  await office.pair(leaf, CODE);
  return { office, leaf };
}

const valuesOf = (office: SealedOffice, leaf: SealedLeaf): number[] =>
  office.history(leaf.leafId, TEMPERATURE).map(([, value]) => value);

test("hub refuses a sealed frame that comes again, and takes reordered ones once", async () => {
  const { office, leaf } = await withLeaf();
  const frames = Array.from({ length: 40 }, (_, i) => leaf.temperature(i));
  const order = [...frames.keys()].sort((a, b) => ((a * 7) % 40) - ((b * 7) % 40));
  for (const i of order) await office.frame(frames[i] as Uint8Array);
  for (const frame of frames) await office.frame(frame);
  await office.advance(100, 2);
  assert.deepEqual(
    valuesOf(office, leaf).sort((a, b) => a - b),
    [...frames.keys()],
  );
  assert.deepEqual(office.counters.read().refused, { replayed: 40 });
});

test("hub refuses a frame that comes further back than its window knows", async () => {
  const { office, leaf } = await withLeaf();
  const late = leaf.temperature(1);
  const inTime = leaf.temperature(2);
  for (let i = 0; i < WINDOW - 2; i++) leaf.temperature(0);
  await office.frame(leaf.temperature(3));
  await office.frame(late);
  await office.frame(inTime);
  await office.advance(100, 2);
  assert.deepEqual(valuesOf(office, leaf), [3, 2]);
  assert.deepEqual(office.counters.read().refused, { replayed: 1 });
});

test("hub refuses what no paired leaf has sealed, each under its own reason", async () => {
  const { office, leaf } = await withLeaf();
  const frame = leaf.temperature(1);
  const otherKey = frame.slice();
  otherKey[3] = 9;
  const otherLeaf = frame.slice();
  otherLeaf[5] = 3;
  const damaged = frame.slice();
  damaged[20] = (damaged[20] as number) ^ 1;
  const short = frame.slice(0, -1);
  for (const bytes of [otherKey, otherLeaf, damaged, short]) await office.frame(bytes);
  const { refused } = office.counters.read();
  assert.deepEqual(refused, { unknownKey: 1, notPaired: 1, badTag: 1, badLength: 1 });
  await office.frame(frame);
  assert.equal(office.row(leaf.leafId).values[0], 1);
});

test("hub counts a sound frame with a bad payload once, and its counter as seen", async () => {
  const { office, leaf } = await withLeaf();
  const notANumber = leaf.report([{ ageMs: 0, readings: [[TEMPERATURE, Number.NaN]] }]);
  await office.frame(notANumber);
  await office.frame(notANumber);
  assert.deepEqual(office.counters.read().refused, { badValue: 1, replayed: 1 });
});

test("aged readings go to the history at their own time, and to row and zone only if they are news", async () => {
  const { office, leaf } = await withLeaf();
  await office.advance(100_000);
  await office.frame(leaf.temperature(20));
  await office.advance(10_000);
  const nowMs = office.sim.clock.nowMs();
  await office.frame(
    leaf.report([
      { ageMs: 60_000, readings: [[TEMPERATURE, 18]] },
      {
        ageMs: 30_000,
        readings: [
          [TEMPERATURE, 19],
          [0x02, 55],
        ],
      },
    ]),
  );
  await office.advance(100, 2);
  assert.deepEqual(office.history(leaf.leafId, TEMPERATURE), [
    [nowMs - 60_000, 18],
    [nowMs - 30_000, 19],
    [nowMs - 10_000, 20],
  ]);
  const row = office.row(leaf.leafId);
  assert.deepEqual([...row.values.slice(0, 2)], [20, 55]);
  assert.equal(row.atMs[1], nowMs - 30_000);
  assert.equal(row.lastSeenMs, nowMs);
  assert.deepEqual(office.published(), ["main leaf_255 temperature 20"]);
});

test("hub answers the frames that ask for it, and no others", async () => {
  const { office, leaf } = await withLeaf();
  await office.says(leaf, leaf.temperature(1));
  const asked = leaf.counter;
  await office.says(leaf, leaf.temperature(2, { answer: true }));
  assert.deepEqual(leaf.acks, [asked]);
});

test("an ACK says which frames before it came, and hub takes none of the others any more", async () => {
  const { office, leaf } = await withLeaf();
  const [first, lost, second] = [1, 2, 3].map((value) => leaf.temperature(value));
  await office.frame(first as Uint8Array);
  await office.frame(second as Uint8Array);
  await office.says(leaf, leaf.temperature(4, { answer: true }));
  assert.equal(leaf.seenBefore & 0b111, 0b101);
  await office.frame(lost as Uint8Array);
  // Of the same frames it says the same.
  await office.says(leaf, leaf.temperature(5, { answer: true }));
  assert.equal(leaf.seenBefore & 0b1111, 0b1011);
  await office.advance(100, 2);
  assert.deepEqual(valuesOf(office, leaf), [1, 3, 4, 5]);
  assert.deepEqual(office.counters.read().refused, { replayed: 1 });
});

test("hub answers the last question again when it comes again, counts it as a replay, and answers no other", async () => {
  const { office, leaf } = await withLeaf();
  const lost = leaf.temperature(1);
  const old = leaf.temperature(2, { answer: true });
  const asked = leaf.counter;
  const question = leaf.temperature(3, { answer: true });
  await office.frame(old);
  await office.frame(question);
  assert.equal(office.sent().length, 2);
  await office.frame(lost);
  await office.frame(old);
  assert.equal(office.sent().length, 0);
  await office.says(leaf, question);
  assert.deepEqual(leaf.acks, [asked]);
  assert.equal(leaf.seenBefore & 0b11, 0b01);
  await office.advance(100, 2);
  assert.deepEqual(valuesOf(office, leaf), [2, 3]);
  assert.deepEqual(office.counters.read().refused, { replayed: 3 });
});

test("an office that is stopped in order refuses nothing new when it is back", async () => {
  const { office, leaf } = await withLeaf();
  const old = leaf.temperature(1);
  await office.frame(old);
  const back = await office.stop();
  await back.frame(leaf.temperature(2));
  await back.frame(old);
  await back.advance(100, 2);
  assert.deepEqual(valuesOf(back, leaf), [1, 2]);
  assert.deepEqual(back.counters.read().refused, { replayed: 1 });
});

test("an office that is killed takes no frame twice, and loses one of a leaf that it can tell", async () => {
  const { office, leaf } = await withLeaf();
  const old = [leaf.temperature(1), leaf.temperature(2)];
  for (const frame of old) await office.frame(frame);
  await office.advance(100, 2);
  const back = await office.kill();
  // Whoever has recorded them gets as many answers as frames, and none twice.
  for (const frame of [...old, ...old]) await back.frame(frame);
  assert.equal(back.sent().length, old.length);
  await back.says(leaf, leaf.temperature(3));
  await back.says(leaf, leaf.temperature(4));
  for (const frame of old) await back.frame(frame);
  await back.advance(100, 2);
  assert.deepEqual(valuesOf(back, leaf), [1, 2, 4]);
  assert.deepEqual(back.counters.read().refused, { replayed: 4, uncertain: 3 });
});

test("hub's actor and its thread may be lost: keys and windows are in shared memory", async () => {
  const { office, leaf } = await withLeaf();
  const old = leaf.temperature(1);
  await office.frame(old);
  await office.crashHub();
  await office.frame(old);
  await office.frame(leaf.temperature(2));
  await office.advance(100, 2);
  assert.deepEqual(valuesOf(office, leaf), [1, 2]);
  assert.deepEqual(office.counters.read().refused, { replayed: 1 });
});

test("a leaf that boots goes on with its next epoch, without losing a frame", async () => {
  const { office, leaf } = await withLeaf();
  for (let boot = 0; boot < 5; boot++) {
    leaf.reboot();
    await office.frame(leaf.temperature(boot));
  }
  await office.advance(100, 2);
  assert.deepEqual(valuesOf(office, leaf), [0, 1, 2, 3, 4]);
  assert.deepEqual(office.counters.read().refused, {});
});

test("a leaf's counter passes from one epoch into the next without losing a frame", async () => {
  const { office, leaf } = await withLeaf();
  leaf.counter = 0x4_0000 - 5;
  for (let i = 0; i < 10; i++) await office.frame(leaf.temperature(i));
  await office.advance(100, 2);
  assert.deepEqual(valuesOf(office, leaf), [...Array(10).keys()]);
});

test("hub pairs nobody outside of a window, and tells of it once a minute", async () => {
  const office = await openOffice();
  const leaf = new SealedLeaf(7, CODE);
  await office.says(leaf, leaf.pairRequest());
  await office.openPairing(CODE, 60);
  await office.advance(60_001);
  await office.says(leaf, leaf.pairRequest());
  await office.openPairing(CODE, 60);
  await office.openPairing(CODE, 0);
  await office.says(leaf, leaf.pairRequest());
  assert.equal(leaf.isPaired, false);
  assert.deepEqual(office.counters.read().refused, { pairingClosed: 3 });
  assert.deepEqual(
    office.events().filter((kind) => kind === "pairing_refused"),
    ["pairing_refused", "pairing_refused"],
  );
});

test("a window for one code takes no other device, and closes after too many have tried", async () => {
  const office = await openOffice();
  await office.openPairing(CODE);
  const stranger = new SealedLeaf(
    9,
    CODE.map((byte) => byte ^ 1),
  );
  for (let i = 0; i < PAIR_FAILURES_MAX + 1; i++) await office.frame(stranger.pairRequest());
  const { refused } = office.counters.read();
  assert.deepEqual(refused, { badTag: PAIR_FAILURES_MAX, pairingClosed: 1 });
  const leaf = new SealedLeaf(7, CODE);
  await office.pair(leaf, CODE);
  const second = new SealedLeaf(8, CODE);
  await office.says(second, second.pairRequest());
  assert.equal(second.isPaired, false, "the code was of one device");
});

test("a window for a fleet takes its devices, each with an id and a key of its own", async () => {
  const fleetSecret = "00112233445566778899aabbccddeeff";
  const office = await openOffice({ fleetSecret });
  assert.equal((await office.openPairing())?.type, "KeyAccepted");
  const leaves = [1, 2, 3].map((eui) => {
    const device = new Uint8Array(8);
    device[0] = eui;
    return new SealedLeaf(eui, fleetInstallCode(Buffer.from(fleetSecret, "hex"), device));
  });
  for (const leaf of leaves) await office.says(leaf, leaf.pairRequest());
  assert.deepEqual(
    leaves.map((leaf) => leaf.leafId),
    [255, 254, 253],
  );
  for (const [i, leaf] of leaves.entries()) await office.frame(leaf.temperature(i));
  assert.deepEqual(
    leaves.map((leaf) => office.row(leaf.leafId).values[0]),
    [0, 1, 2],
  );
});

test("a hub without a fleet's secret opens for codes alone", async () => {
  const office = await openOffice();
  assert.deepEqual(await office.openPairing(), { type: "KeyRefused", reason: "noFleetSecret" });
});

test("a device that pairs again keeps its id, and its old key holds until the new one is heard", async () => {
  const { office, leaf } = await withLeaf();
  await office.frame(leaf.temperature(1));
  await office.openPairing(CODE);
  await office.frame(leaf.pairRequest());
  // Its answer is lost: the leaf goes on as before.
  office.sent();
  await office.frame(leaf.temperature(2));
  await office.says(leaf, leaf.pairRequest());
  assert.equal(leaf.leafId, 255);
  const underOld = leaf.keyNo;
  await office.frame(leaf.temperature(3));
  await office.advance(100, 2);
  assert.deepEqual(valuesOf(office, leaf), [1, 2, 3]);
  assert.ok(underOld > 1);
  assert.deepEqual(office.counters.read().refused, {});
});

test("a recorded pairing request pairs nothing and takes nothing away", async () => {
  const { office, leaf } = await withLeaf();
  await office.openPairing(CODE);
  const recorded = leaf.pairRequest();
  await office.says(leaf, recorded);
  await office.says(leaf, leaf.temperature(1));
  await office.frame(recorded);
  await office.frame(leaf.temperature(2));
  assert.deepEqual(office.counters.read().refused, { replayed: 1 });
  assert.equal(office.row(leaf.leafId).values[0], 2);
});

test("a leaf of v1 keeps its id: pairing gives free ones, and that one only where an operator says so", async () => {
  const office = await openOffice();
  for (const leafId of [255, 254]) await office.frame(bytesOf(registration(leafId)));
  const leaf = new SealedLeaf(7, CODE);
  await office.pair(leaf, CODE);
  assert.equal(leaf.leafId, 253);

  await office.frame(bytesOf(report(255, { temperature: 1 })));
  const upgraded = new SealedLeaf(8, CODE);
  await office.openPairing(CODE, 300, 255);
  await office.says(upgraded, upgraded.pairRequest());
  assert.equal(upgraded.leafId, 255);
  await office.frame(upgraded.temperature(2));
  await office.frame(bytesOf(report(255, { temperature: 3 })));
  assert.equal(office.row(255).values[0], 2);
  assert.deepEqual(office.counters.read().refused, { downgradeRefused: 1 });
  assert.deepEqual(await office.openPairing(CODE, 300, 255), {
    type: "KeyRefused",
    reason: "leafExists",
  });
});

test("v1 and v2 leaves live side by side, unless the hub accepts one of them alone", async () => {
  const { office, leaf } = await withLeaf();
  await office.frame(bytesOf(registration(1)));
  await office.frame(bytesOf(report(1, { temperature: 5 })));
  await office.frame(leaf.temperature(6));
  assert.deepEqual([office.row(1).values[0], office.row(leaf.leafId).values[0]], [5, 6]);

  const sealedOnly = await office.stop({ accept: "v2" });
  await sealedOnly.frame(bytesOf(report(1, { temperature: 7 })));
  await sealedOnly.frame(leaf.temperature(8));
  assert.deepEqual(sealedOnly.counters.read().refused, { versionRefused: 1 });
  assert.equal(sealedOnly.row(leaf.leafId).values[0], 8);

  const openOnly = await sealedOnly.stop({ accept: "v1" });
  await openOnly.frame(leaf.temperature(9));
  await openOnly.frame(bytesOf(report(1, { temperature: 10 })));
  assert.deepEqual(openOnly.counters.read().refused, { versionRefused: 1 });
  assert.equal(openOnly.row(1).values[0], 10);
});

test("a leaf's key is changed when an operator asks: both hold until the new one is heard, then it alone", async () => {
  const { office, leaf } = await withLeaf();
  await office.frame(leaf.temperature(1));
  const rotated = await office.ask((replyTo) => ({
    type: "RotateKey",
    leafId: leaf.leafId,
    replyTo,
  }));
  assert.equal(rotated?.type, "KeyAccepted");
  const before = leaf.keyNo;
  // The order to change is lost twice; under the old key the leaf goes on.
  await office.frame(leaf.temperature(2));
  office.sent();
  await office.advance(10_000);
  const late = leaf.temperature(3);
  await office.says(leaf, leaf.temperature(4));
  assert.notEqual(leaf.keyNo, before);
  await office.frame(leaf.temperature(5));
  await office.frame(late);
  await office.advance(100, 2);
  assert.deepEqual(valuesOf(office, leaf), [1, 2, 4, 5]);
  assert.deepEqual(office.counters.read().refused, { unknownKey: 1 });
  assert.ok(office.events().includes("leaf_rekeyed"));
  const back = await office.kill();
  await back.frame(late);
  assert.deepEqual(back.counters.read().refused, { unknownKey: 1 });
});

test("a change of keys survives a kill at each of its steps, and the leaf is never shut out", async () => {
  for (let killAfter = 0; killAfter <= 5; killAfter++) {
    const started = await withLeaf();
    const { leaf } = started;
    let office: SealedOffice = started.office;
    const steps: (() => Promise<unknown>)[] = [
      () => office.frame(leaf.temperature(1)),
      () => office.ask((replyTo) => ({ type: "RotateKey", leafId: leaf.leafId, replyTo })),
      () => office.says(leaf, leaf.temperature(2)),
      () => office.frame(leaf.temperature(3)),
      () => office.advance(10_000),
    ];
    for (const [step, run] of steps.entries()) {
      if (step === killAfter) office = await office.kill();
      await run();
    }
    if (killAfter === steps.length) office = await office.kill();
    for (let i = 0; i < 3; i++) {
      await office.says(leaf, leaf.temperature(10 + i));
      await office.advance(10_000);
    }
    assert.equal(office.row(leaf.leafId).values[0], 12, `killed before step ${killAfter}`);
    const { refused } = office.counters.read();
    assert.ok((refused["uncertain"] ?? 0) <= 1, JSON.stringify(refused));
    assert.equal(refused["unknownKey"], undefined, `killed before step ${killAfter}`);
  }
});

test("keys are changed by age", async () => {
  const { office, leaf } = await withLeaf({ keyRotationDays: 1 });
  const before = leaf.keyNo;
  await office.advance(86_400_000 + 120_000, 4);
  await office.says(leaf, leaf.temperature(1));
  await office.says(leaf, leaf.temperature(2));
  assert.notEqual(leaf.keyNo, before);
  await office.advance(60_000);
  const now = leaf.keyNo;
  await office.says(leaf, leaf.temperature(3));
  assert.equal(leaf.keyNo, now, "once");
});

test("a leaf whose key was forgotten is a stranger, and may be paired from scratch", async () => {
  const { office, leaf } = await withLeaf();
  await office.frame(leaf.temperature(1));
  const recorded = leaf.temperature(2);
  const { leafId } = leaf;
  await office.ask((replyTo) => ({ type: "ForgetKey", leafId, replyTo }));
  await office.frame(recorded);
  const back = await office.kill();
  await back.frame(recorded);
  assert.deepEqual(back.counters.read().refused, { notPaired: 1 });
  leaf.counter = 0x10000;
  await back.pair(leaf, CODE);
  await back.frame(leaf.temperature(3));
  assert.equal(back.row(leaf.leafId).values[0], 3);
});

test("what the store cannot take does not take effect: no key, no counter beyond its mark", async () => {
  const { office, leaf } = await withLeaf();
  office.disk.store.setFull(true);
  const other = new SealedLeaf(8, CODE);
  await office.openPairing(CODE);
  await office.says(other, other.pairRequest());
  assert.equal(other.isPaired, false);
  leaf.reboot();
  await office.frame(leaf.temperature(1));
  assert.deepEqual(office.counters.read().refused, { storeUnavailable: 2 });
  office.disk.store.setFull(false);
  await office.advance(5_000);
  await office.frame(leaf.temperature(2));
  assert.equal(office.row(leaf.leafId).values[0], 2);
  assert.equal(unaccounted(office.counters.read()), 0);
});

test("a store that is put back from a backup lets nothing in that was accepted since", async () => {
  const { office, leaf } = await withLeaf();
  await office.frame(leaf.temperature(1));
  const backup = office.disk.backup();
  const since: Uint8Array[] = [];
  for (let i = 0; i < 600; i++) {
    if (i % 200 === 0) leaf.reboot();
    since.push(leaf.temperature(2));
  }
  for (const frame of since) await office.frame(frame);
  const elsewhere = await openOffice({}, office.disk.backup());
  await elsewhere.frame(since[0] as Uint8Array);
  assert.equal(elsewhere.counters.read().applied, 0, "a copy on another machine");

  const back = await openOffice({}, office.disk.restore(backup));
  for (const frame of since) await back.frame(frame);
  back.sent();
  assert.equal(back.counters.read().applied, 0);
  await back.says(leaf, leaf.temperature(3));
  await back.says(leaf, leaf.temperature(4));
  assert.equal(back.row(leaf.leafId).values[0], 4);
});

test("a hub's frames never repeat a counter: not after a kill, a restart, or on an older store", async () => {
  const { office, leaf } = await withLeaf();
  const counters: number[] = [];
  const talk = async (with_: SealedOffice): Promise<void> => {
    for (let i = 0; i < 3; i++) {
      await with_.frame(leaf.temperature(1, { answer: true }));
      for (const frame of with_.sent()) {
        assert.ok(leaf.hear(frame), "a leaf takes only counters that rise");
        counters.push(sealedCounter(frame, 0));
      }
    }
  };
  await talk(office);
  await office.crashHub();
  await talk(office);
  const backup = office.disk.backup();
  const killed = await office.kill();
  await talk(killed);
  await talk(await killed.stop());
  await talk(await openOffice({}, office.disk.restore(backup)));
  assert.equal(new Set(counters).size, counters.length);
});

test("keys in the store are sealed under the node's secret, and nothing else opens them", async () => {
  const keySecret = "f0e1d2c3b4a5968778695a4b3c2d1e0f";
  const inClear = await withLeaf();
  await inClear.office.frame(inClear.leaf.temperature(1));
  const keyIn = (office: SealedOffice): readonly string[] =>
    [...loadSessions(openSessionTables(office.disk.store), HUB)].flatMap(({ record }) =>
      record.keys.map(({ key }) => key),
    );
  assert.match(keyIn(inClear.office)[0] ?? "", /^[0-9a-f]{32}$/);

  const { leaf } = inClear;
  // From the first start with a secret on, and for keys that are made later.
  const office = await inClear.office.stop({ keySecret });
  await office.ask((replyTo) => ({ type: "RotateKey", leafId: leaf.leafId, replyTo }));
  assert.equal(keyIn(office).length, 2);
  for (const key of keyIn(office)) assert.match(key, /^gcm:[0-9a-f]{88}$/);
  const back = await office.stop({ keySecret });
  await back.frame(leaf.temperature(2));
  assert.equal(back.row(leaf.leafId).values[0], 2);

  const disk = back.disk.backup();
  await assert.rejects(openOffice({}, disk), { code: "E_CONFIG_INVALID" });
  const other = keySecret.replace("f0", "0f");
  await assert.rejects(openOffice({ keySecret: other }, disk), { code: "E_CONFIG_INVALID" });
  // Put in another leaf's place by somebody who can write the store, it does not open either.
  const moved = disk.store.reopened();
  const tables = openSessionTables(moved);
  await moved.write(() => {
    const record = tables.session.get([HUB, leaf.leafId]);
    assert.ok(record !== undefined);
    tables.session.put([HUB, 3], { ...record, leafId: 3 });
  });
  disk.store = moved;
  await assert.rejects(openOffice({ keySecret }, disk), { code: "E_CONFIG_INVALID" });
});

test("an id that an operator has named is for one device of the fleet, and no other gets at it", async () => {
  const fleetSecret = "00112233445566778899aabbccddeeff";
  const office = await openOffice({ fleetSecret });
  const [first, second] = [1, 2].map((eui) => {
    const device = new Uint8Array(8);
    device[0] = eui;
    return new SealedLeaf(eui, fleetInstallCode(Buffer.from(fleetSecret, "hex"), device));
  }) as [SealedLeaf, SealedLeaf];
  await office.openPairing(undefined, 300, 40);
  // At once, so that the second comes while the first is on its way to the disk.
  await office.quickly(first.pairRequest());
  await office.quickly(second.pairRequest());
  await office.advance(10);
  for (const frame of office.sent()) for (const leaf of [first, second]) leaf.hear(frame);
  await office.says(second, second.pairRequest());
  assert.deepEqual([first.leafId, second.isPaired], [40, false]);
  const { refused } = office.counters.read();
  assert.deepEqual(refused, { busy: 1, pairingClosed: 1 });
  await office.frame(first.temperature(5));
  assert.equal(office.row(40).values[0], 5);
});

test("a sealed leaf that registers as other hardware is disputed, and says so", async () => {
  const { office, leaf } = await withLeaf();
  await office.frame(leaf.register(1));
  await office.frame(leaf.register(4));
  const { standing } = office.row(leaf.leafId);
  assert.equal(standing, "disputed");
  assert.deepEqual(office.counters.read().refused, { disputed: 1 });
  assert.ok(office.events().includes("leaf_disputed"));
});
