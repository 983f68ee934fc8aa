import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { READING_RECORD } from "../../../actors/historian/messages.ts";
import {
  createHubCounters,
  FRAME_REFUSALS,
  openHubCounters,
} from "../../../actors/hub/hub-counters.ts";
import { BATCH_READINGS_MAX, ReadingBatch } from "../../../actors/hub/reading-batch.ts";

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
  return { batch: new ReadingBatch(historian, counters), counters, sent, historian };
};

test("ReadingBatch packs readings as the historian reads them", () => {
  const { batch, sent } = batchOf();
  assert.equal(batch.add(3, 200, 14, -0.5, 1_700_000_000_123.5), true);
  assert.equal(batch.add(0xffff, 0xffff, 255, 1e30, 2), false, "not the first of its batch");
  assert.equal(sent.length, 0);
  assert.equal(batch.flush(0), true);
  const { count, bytes } = sent[0] as (typeof sent)[number];
  assert.equal(count, 2);
  assert.equal(bytes.length, 2 * READING_RECORD.bytes);
  const view = new DataView(bytes.buffer);
  assert.deepEqual(
    [
      view.getUint16(0, true),
      view.getUint16(2, true),
      view.getUint8(4),
      view.getFloat32(8, true),
      view.getFloat64(16, true),
    ],
    [3, 200, 14, -0.5, 1_700_000_000_123.5],
  );
  assert.equal(view.getUint16(24, true), 0xffff);
});

test("ReadingBatch sends itself when it is full", () => {
  const { batch, sent } = batchOf();
  for (let i = 0; i < BATCH_READINGS_MAX; i++) batch.add(0, 1, 1, i, i);
  assert.deepEqual(
    sent.map(({ count }) => count),
    [BATCH_READINGS_MAX],
  );
  assert.equal(batch.count, 0);
  assert.equal(batch.flush(0), true, "there is nothing to send");
  assert.equal(sent.length, 1);
});

test("ReadingBatch stores or counts every reading, whatever the historian refuses", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(400), fc.boolean()), { maxLength: 20 }), (rounds) => {
      const { batch, counters, sent, historian } = batchOf();
      let added = 0;
      for (const [count, isFull] of rounds) {
        historian.isFull = isFull;
        for (let i = 0; i < count; i++) batch.add(0, 0, 0, added++, 0);
      }
      historian.isFull = false;
      batch.flush(0);
      const stored = sent.reduce((sum, { count }) => sum + count, 0);
      assert.equal(stored + counters.read().readingsNotStored, added);
      const values = sent.flatMap(({ bytes, count }) => {
        const view = new DataView(bytes.buffer);
        return Array.from({ length: count }, (_, i) => view.getFloat32(i * 24 + 8, true));
      });
      assert.deepEqual(
        values,
        [...values].sort((a, b) => a - b),
        "in the order they came",
      );
    }),
  );
});
