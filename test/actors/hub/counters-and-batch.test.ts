import assert from "node:assert/strict";
import { test } from "node:test";
import { BATCH, RECORD } from "../../../actors/historian/messages.ts";
import {
  createHubCounters,
  FRAME_REFUSALS,
  openHubCounters,
} from "../../../actors/hub/hub-counters.ts";
import { BATCH_BYTES_MAX, ReadingBatch } from "../../../actors/hub/reading-batch.ts";
import fc from "../../support/fc.ts";
import { batchOf as batchFrom, readingsOf } from "../../support/store-readings.ts";

const HUB_NO = 0xfffe;

test("HubCounters of two hubs share a buffer and nothing else, and outlive their readers", () => {
  const buffer = createHubCounters({ hubsMax: 2 });
  const first = openHubCounters(buffer, 0);
  const second = openHubCounters(buffer, 1);
  for (const reason of FRAME_REFUSALS) second.refuse(reason);
  second.count("received", FRAME_REFUSALS.length + 3);
  second.count("applied", 2);
  assert.deepEqual(first.read().refused, {});
  assert.equal(first.read().received, 0);
  assert.deepEqual(Object.keys(openHubCounters(buffer, 1).read().refused), [...FRAME_REFUSALS]);
  assert.equal(openHubCounters(buffer, 1).underWay(), 1);
  assert.throws(() => openHubCounters(buffer, 2), /has a place/);
});

const batchOf = () => {
  const buffer = createHubCounters({ hubsMax: 1 });
  const counters = openHubCounters(buffer, 0);
  const sent: { count: number; bytes: Uint8Array }[] = [];
  const historian = {
    path: "historian",
    isFull: false,
    tell: () => true,
    tellBytes(bytes: Uint8Array, start: number, end: number, count: number) {
      if (historian.isFull) return false;
      sent.push({ count, bytes: bytes.slice(start, end) });
      return true;
    },
  };
  return { batch: new ReadingBatch(HUB_NO, historian, counters), counters, sent, historian };
};

/** A frame's readings with something before them. */
const AT = 3;
const readings = (values: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(AT + values.length * RECORD.readingBytes);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) {
    view.setUint8(AT + i * RECORD.readingBytes, i);
    view.setFloat32(AT + i * RECORD.readingBytes + 1, value, true);
  }
  return bytes;
};

test("ReadingBatch packs a frame's readings as the historian reads them", () => {
  const { batch, sent } = batchOf();
  const atMs = 1_700_000_000_123;
  assert.equal(batch.add(0xffff, atMs + 0.5, readings([-0.5, 1e30]), AT, 2), true);
  assert.equal(batch.add(1, atMs, readings([7]), AT, 1), false, "not the first of its batch");
  assert.equal(batch.add(2, atMs, readings([]), AT, 0), false);
  assert.equal(sent.length, 0);
  assert.equal(batch.flush(0), true);
  const of = { hubNo: HUB_NO, leafId: 0xffff, atMs };
  const expected = batchFrom([
    { ...of, channel: 0, value: -0.5 },
    { ...of, channel: 1, value: 1e30 },
    { ...of, leafId: 1, channel: 0, value: 7 },
  ]);
  assert.deepEqual(sent, [{ count: 2, bytes: expected }]);
});

test("ReadingBatch sends itself when the next frame has no room", () => {
  const { batch, sent } = batchOf();
  const recordBytes = RECORD.headerBytes + 4 * RECORD.readingBytes;
  const fit = Math.floor((BATCH_BYTES_MAX - BATCH.headerBytes) / recordBytes);
  for (let i = 0; i <= fit; i++) batch.add(1, i, readings([1, 2, 3, 4]), AT, 4);
  assert.deepEqual(
    sent.map(({ count }) => count),
    [fit],
  );
  assert.equal(batch.flush(0), true);
  assert.equal(batch.flush(0), true, "there is nothing to send");
  assert.equal(sent.length, 2);
});

test("ReadingBatch stores or counts every reading, whatever the historian refuses", () => {
  const rounds = fc.array(fc.tuple(fc.array(fc.nat(255), { maxLength: 200 }), fc.boolean()), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(rounds, (rounds) => {
      const { batch, counters, sent, historian } = batchOf();
      let added = 0;
      for (const [frames, isFull] of rounds) {
        historian.isFull = isFull;
        for (const count of frames) {
          const values = Array.from({ length: count }, (_, i) => added + i);
          added += count;
          batch.add(0, 0, readings(values), AT, count);
        }
      }
      historian.isFull = false;
      batch.flush(0);
      const values = sent.flatMap(({ bytes }) => readingsOf(bytes).map(({ value }) => value));
      assert.equal(values.length + counters.read().readingsNotStored, added);
      assert.deepEqual(
        values,
        [...values].sort((a, b) => a - b),
        "in the order they came",
      );
    }),
  );
});
