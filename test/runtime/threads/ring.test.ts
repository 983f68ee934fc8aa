import assert from "node:assert/strict";
import { test } from "node:test";
import { initRing, RingReader, RingWriter, retireRing } from "../../../runtime/threads/ring.ts";
import { KIND, RECORD, RING } from "../../../runtime/threads/shared-layout.ts";
import fc from "../../support/fc.ts";

const EPOCH = 7;

function makeRing(size: number, counter = 0) {
  const memory = new SharedArrayBuffer(RING.headerBytes + size);
  const header = new Int32Array(memory);
  // Both counters start anywhere, so that runs cross the wrap of the counters at 2^31 and 2^32 too.
  header[RING.head] = counter;
  header[RING.tail] = counter;
  initRing(memory, 0, EPOCH);
  return {
    memory,
    writer: new RingWriter(memory, 0, size, EPOCH),
    reader: new RingReader(memory, 0, size),
  };
}

interface Entry {
  readonly target: number;
  readonly tag: number;
  readonly atMs: number;
  readonly payload: Uint8Array;
}

const entry = (size: number): fc.Arbitrary<Entry> =>
  fc.record(
    {
      target: fc.maxSafeNat(),
      tag: fc.nat(0xffff_ffff),
      atMs: fc.double({ noNaN: true }),
      payload: fc.uint8Array({ maxLength: size / 2 - RECORD.headerBytes }),
    },
    { noNullPrototype: true },
  );

const step = (size: number) =>
  fc.oneof(
    { weight: 4, arbitrary: entry(size).map((value) => ({ do: "write" as const, value })) },
    { weight: 2, arbitrary: fc.constant({ do: "publish" as const }) },
    { weight: 3, arbitrary: fc.nat(5).map((most) => ({ do: "read" as const, most })) },
    { weight: 2, arbitrary: fc.constant({ do: "release" as const }) },
  );

const write = (writer: RingWriter, { target, tag, atMs, payload }: Entry) =>
  writer.write(KIND.bytes, target, payload, 0, payload.length, tag, atMs);

const read = (reader: RingReader): Entry => ({
  target: reader.target,
  tag: reader.tag,
  atMs: reader.atMs,
  payload: reader.bytes.slice(reader.start, reader.end),
});

const stepOn = (reader: RingReader): boolean => {
  reader.look();
  return reader.next();
};

test("RingWriter and RingReader behave as a queue that shows what is published, whatever the sizes", () => {
  const sizes = fc.constantFrom(64, 128, 512, 4096);
  const counters = fc.constantFrom(0, 0x7fff_ff80, -64, 64);
  fc.assert(
    fc.property(
      sizes.chain((size) =>
        fc.record({
          size: fc.constant(size),
          counter: counters.map((counter) => counter - (counter % 64)),
          steps: fc.array(step(size), { maxLength: 200 }),
        }),
      ),
      ({ size, counter, steps }) => {
        const { writer, reader } = makeRing(size, counter);
        const written: Entry[] = [];
        const published: Entry[] = [];
        for (const action of steps) {
          if (action.do === "write") {
            if (write(writer, action.value)) written.push(action.value);
          } else if (action.do === "publish") {
            assert.equal(writer.publish() > 0, written.length > 0);
            published.push(...written.splice(0));
          } else if (action.do === "read") {
            for (let i = 0; i < action.most; i += 1) {
              assert.equal(reader.arrived(), published.length > 0);
              assert.equal(stepOn(reader), published.length > 0);
              const expected = published.shift();
              if (expected !== undefined) assert.deepEqual(read(reader), expected);
            }
          } else {
            reader.release();
          }
        }
        writer.publish();
        for (const expected of [...published, ...written]) {
          assert.ok(stepOn(reader));
          assert.deepEqual(read(reader), expected);
        }
        assert.equal(stepOn(reader), false);
        reader.release();
        const whole = {
          target: 1,
          tag: 2,
          atMs: 3,
          payload: new Uint8Array(writer.payloadBytesMax),
        };
        assert.ok(write(writer, whole), "the largest payload fits into the empty ring");
      },
    ),
    { numRuns: 500 },
  );
});

test("RingWriter.write() refuses when full and takes as much again after release()", () => {
  const { writer, reader } = makeRing(1024);
  const one = { target: 1, tag: 0, atMs: 0, payload: new Uint8Array(40) };
  const fill = () => {
    let count = 0;
    while (write(writer, one)) count += 1;
    return count;
  };
  assert.equal(fill(), 16);
  writer.publish();
  for (let i = 0; i < 16; i += 1) assert.ok(stepOn(reader));
  assert.equal(fill(), 0, "room comes with release, not with reading");
  reader.release();
  assert.equal(fill(), 16);
});

test("RingReader.release() tells once that the producer waits for room", () => {
  const { writer, reader } = makeRing(128);
  const one = { target: 1, tag: 0, atMs: 0, payload: new Uint8Array(8) };
  while (write(writer, one));
  writer.publish();
  writer.wantRoom();
  assert.equal(reader.release(), false, "nothing was read, so there is no room to tell of");
  stepOn(reader);
  assert.equal(reader.release(), true);
  stepOn(reader);
  assert.equal(reader.release(), false);
});

test("RingWriter.publish() is refused once the ring is retired: late writes stay unseen", () => {
  const { memory, writer, reader } = makeRing(1024);
  const one = { target: 1, tag: 0, atMs: 0, payload: new Uint8Array(8) };
  assert.ok(write(writer, one));
  retireRing(memory, 0);
  assert.equal(writer.publish(), 0);
  assert.equal(stepOn(reader), false);
  assert.ok(writer.retired);
});
