import assert from "node:assert/strict";
import { test } from "node:test";
import { FrameTap, TAP_LEASE_MS } from "../../../actors/hub/frame-tap.ts";
import type { TappedFrames } from "../../../actors/hub/messages.ts";
import { createProbe } from "../../../runtime/testing/probe.ts";
import { encodeFrame } from "../../../transports/frame/encode.ts";
import { fromHex } from "../../../transports/frame/hex.ts";
import { officeOf } from "./office.ts";

const beat = (leafId: number, batteryMv = 3_000): Uint8Array => {
  const frame = encodeFrame({ version: 1, type: "HEARTBEAT", leafId, batteryMv, uptimeS: 1 });
  assert.ok(frame.ok);
  return frame.value;
};

const look = (office: ReturnType<typeof officeOf>, leafId: number, after = 0) => {
  const asker = createProbe<TappedFrames>(office.system);
  office.hub.tell({ type: "TapFrames", leafId, after, replyTo: asker.ref });
  office.sim.run();
  return asker.messages[0]?.frames;
};

test("a hub keeps frames of the leaf that is looked at, refused ones too, from the first look on", () => {
  const office = officeOf();
  const send = (bytes: Uint8Array) => {
    office.send(bytes);
    office.sim.run();
  };
  send(beat(7));
  assert.deepEqual(look(office, 7), [], "nothing is kept before somebody looks");
  send(beat(7, 2_900));
  send(beat(8));
  const damaged = beat(7);
  damaged[4] = 0xff;
  send(damaged);
  assert.deepEqual(
    look(office, 7)?.map(({ no, hex, refusal, openedHex }) => [no, hex, refusal, openedHex]),
    [
      [1, Buffer.from(beat(7, 2_900)).toString("hex"), undefined, undefined],
      [2, Buffer.from(damaged).toString("hex"), "badChecksum", undefined],
    ],
  );
  send(beat(7));
  assert.deepEqual(
    look(office, 7, 2)?.map(({ no }) => no),
    [3],
  );
});

test("a hub's tap ends with its lease: who looks later finds another one", async () => {
  const office = officeOf();
  look(office, 7);
  office.send(beat(7));
  office.sim.run();
  assert.equal(look(office, 7)?.length, 1);
  office.sim.advance(TAP_LEASE_MS);
  await office.sim.settle();
  office.send(beat(7));
  office.sim.run();
  assert.deepEqual(look(office, 7, 1), []);
});

test("FrameTap keeps the last 16 frames of a leaf, of at most 16 leaves", () => {
  const tap = new FrameTap();
  for (let leafId = 0; leafId < 16; leafId++) assert.deepEqual(tap.look(leafId, 0, 0), []);
  assert.equal(tap.look(16, 0, 0), undefined);
  const bytes = beat(3);
  for (let i = 0; i < 20; i++) tap.see(bytes, 0, bytes.length, i, undefined, undefined, 0);
  const seen = tap.look(3, 0, 1) ?? [];
  assert.deepEqual([seen.length, seen[0]?.no, seen.at(-1)?.no], [16, 5, 20]);
  assert.deepEqual(tap.look(16, 0, TAP_LEASE_MS), [], "the others' leases have run out");
});

test("FrameTap keeps a sealed frame as it came and as it was opened, and nothing of what names no leaf", () => {
  const tap = new FrameTap();
  tap.look(0x0102, 0, 0);
  const sealed = fromHex(`5302010122020107000000ff00${"ab".repeat(21)}`);
  const opened = fromHex("5302010122020107000000ff0001020304");
  assert.ok(sealed && opened);
  tap.see(sealed, 0, sealed.length, 5, undefined, opened, opened.length);
  tap.see(sealed, 0, 6, 6, "tooShort", opened, 0);
  tap.see(sealed, 0, 0, 6, "tooShort", opened, 0);
  assert.deepEqual(
    tap.look(0x0102, 0, 6)?.map(({ atMs, openedHex }) => [atMs, openedHex]),
    [[5, "5302010122020107000000ff0001020304"]],
  );
});
