import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteRing } from "../../runtime/byte-ring.ts";
import fc from "../support/fc.ts";

test("ByteRing gives back what was put, in order, whatever is put, taken and dropped", () => {
  const steps = fc.array(
    fc.oneof(
      { weight: 5, arbitrary: fc.uint8Array({ maxLength: 600 }) },
      { weight: 3, arbitrary: fc.constant("take" as const) },
      { weight: 1, arbitrary: fc.constant("drop" as const) },
    ),
    { maxLength: 200, size: "max" },
  );
  fc.assert(
    fc.property(steps, (script) => {
      const ring = new ByteRing(4_096);
      const model: { bytes: Uint8Array; tag: number }[] = [];
      let refused = 0;
      for (const [tag, step] of script.entries()) {
        if (step === "take") {
          const expected = model.shift();
          if (expected === undefined) continue;
          ring.take();
          assert.deepEqual(ring.bytes.slice(ring.start, ring.end), expected.bytes);
          assert.equal(ring.tag, expected.tag);
          assert.equal(ring.atMs, expected.tag + 0.5);
          ring.release();
        } else if (step === "drop") {
          if (model.shift() !== undefined) ring.drop();
        } else if (ring.put(step, 0, step.length, tag, tag + 0.5)) {
          model.push({ bytes: step, tag });
        } else {
          refused += 1;
          const used = model.reduce((sum, { bytes }) => sum + 16 + ((bytes.length + 7) & ~7), 0);
          assert.ok(used + 2 * (16 + 600) > 4_096, `refused with ${used} of 4096 bytes used`);
        }
      }
      while (model.length > 0) {
        ring.take();
        assert.deepEqual(ring.bytes.slice(ring.start, ring.end), model.shift()?.bytes);
        ring.release();
      }
      return refused >= 0;
    }),
  );
});

test("ByteRing keeps a record in place while it is read, though others are put and dropped", () => {
  const ring = new ByteRing(1 << 16);
  const record = Uint8Array.from([1, 2, 3]);
  ring.put(record, 0, 3, 0, 0);
  ring.take();
  const { bytes, start, end } = ring;
  for (let i = 0; i < 200; i += 1) ring.put(new Uint8Array(100).fill(255), 0, 100, 0, 0);
  for (let i = 0; i < 100; i += 1) ring.drop();
  for (let i = 0; i < 100; i += 1) ring.put(new Uint8Array(100).fill(254), 0, 100, 0, 0);
  assert.deepEqual(bytes.slice(start, end), record);
});

test("ByteRing keeps a record that waits alone in a place of the thread's, and gives the place back", () => {
  const record = Uint8Array.from([1, 2, 3]);
  const ring = new ByteRing(4_096);
  const placeOf = (of: ByteRing): Uint8Array => {
    of.put(record, 0, 3, 7, 8);
    of.take();
    const { bytes } = of;
    of.release();
    return bytes;
  };
  const places = placeOf(ring);
  // More often than there are places: one that is not given back is missed.
  for (let i = 0; i < 10_000; i += 1) {
    ring.put(record, 0, 3, 0, 0);
    if (i % 3 === 0) ring.drop();
    else {
      ring.take();
      if (i % 3 === 1) ring.put(record, 0, 3, 0, 0);
      if (i % 3 === 1) ring.drop();
      ring.release();
    }
  }
  assert.equal(placeOf(ring), places);
  assert.equal(placeOf(new ByteRing(4_096)), places, "another mailbox has the same places");
});

test("ByteRing takes lone records of more mailboxes than there are places", () => {
  const rings = Array.from({ length: 5_000 }, () => new ByteRing(4_096));
  const record = new Uint8Array(4);
  const view = new DataView(record.buffer);
  for (const [i, ring] of rings.entries()) {
    view.setUint32(0, i);
    assert.ok(ring.put(record, 0, 4, i, i + 0.5));
  }
  for (const [i, ring] of rings.entries()) {
    ring.take();
    view.setUint32(0, i);
    assert.deepEqual(ring.bytes.slice(ring.start, ring.end), record);
    assert.deepEqual([ring.tag, ring.atMs], [i, i + 0.5]);
    ring.release();
  }
});
