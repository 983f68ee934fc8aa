import assert from "node:assert/strict";
import { test } from "node:test";
import {
  RecordDecoder,
  RecordEncoder,
  type RefCodec,
  registerRefClass,
} from "../../../runtime/threads/record-codec.ts";
import fc from "../../support/fc.ts";

class TestRef {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
}
registerRefClass(TestRef);

const refs: RefCodec = {
  encodeRef: (ref) => [(ref as TestRef).path, 1, 2 ** 32 + 5],
  decodeRef: (data) => new TestRef((data as [string])[0]),
};

/** Sends messages as a peer would: shapes first, then the record. */
function makeWay() {
  const encoder = new RecordEncoder(refs);
  const decoder = new RecordDecoder(refs);
  let shapesSent = 0;
  return (message: unknown): unknown => {
    encoder.encode(message);
    const { bytes, start, end, shapeCount } = encoder;
    if (shapesSent < shapeCount) {
      const shapes = encoder.shapesFrom(shapesSent);
      decoder.addShapes(shapes, 0, shapes.length);
      shapesSent = shapeCount;
    }
    return decoder.decode(bytes, start, end);
  };
}

const plainData = fc.anything({
  values: [
    fc.boolean(),
    fc.integer(),
    // msgpackr writes -0 as the integer 0.
    fc.double().map((value) => value + 0),
    fc.string({ unit: "binary" }),
    fc.constantFrom(null, undefined),
  ],
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withNullPrototype: false,
  withObjectString: false,
  maxDepth: 4,
  // msgpackr renames the key `__proto__`, so that no message reaches a prototype.
  key: fc.string().filter((key) => key !== "__proto__"),
});

test("RecordDecoder.decode() returns what RecordEncoder.encode() was given, for any plain data", () => {
  const way = makeWay();
  fc.assert(
    fc.property(plainData, (message) => {
      assert.deepEqual(way(message), message);
    }),
    { numRuns: 2_000 },
  );
});

test("RecordEncoder and RecordDecoder keep each kind of value that messages are made of", () => {
  const way = makeWay();
  const message = {
    type: "Everything",
    big: 2n ** 63n - 1n,
    huge: -(2n ** 200n),
    map: new Map<unknown, unknown>([
      ["a", 1],
      [2, { b: undefined }],
    ]),
    set: new Set([1, "two"]),
    bytes: new Uint8Array([0, 255, 7]),
    floats: new Float32Array([1.5, -2]),
    date: new Date(1_700_000_000_123),
    nothing: undefined,
    none: null,
    atMs: 1_700_000_000_123,
    text: "温度 🌡 ".repeat(100),
    list: [
      { channel: "co2", value: 412.5 },
      { channel: "motion", value: 1 },
    ],
  };
  for (let i = 0; i < 10; i += 1) assert.deepEqual(way(message), message);
  assert.ok(way(new Uint8Array(3)) instanceof Uint8Array);
});

test("RecordEncoder and RecordDecoder agree on thousands of different shapes", () => {
  const way = makeWay();
  for (let round = 0; round < 3; round += 1) {
    for (let i = 0; i < 3_000; i += 1) {
      const message = {
        [`key_${i}`]: i,
        nested: { [`inner_${i % 97}`]: [i, { a: 1, [`z${i}`]: 2 }] },
      };
      assert.deepEqual(way(message), message);
    }
  }
  const dictionary = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`k${i}`, i]));
  assert.deepEqual(way(dictionary), dictionary);
});

test("a ref crosses within objects, arrays, maps and sets and is a ref again", () => {
  const way = makeWay();
  const ref = new TestRef("mycel://node/user/hubs/swarm_hub_07");
  const message = { replyTo: ref, many: [ref], by: new Map([["a", ref]]), all: new Set([ref]) };
  const arrived = way(message) as typeof message;
  assert.ok(arrived.replyTo instanceof TestRef);
  assert.deepEqual(arrived, message);
});

test("RecordEncoder.encode() refuses functions, symbols and cycles, and works on afterwards", () => {
  const way = makeWay();
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  for (const message of [{ f: () => 1 }, { s: Symbol("s") }, cycle]) {
    assert.throws(() => way(message), { code: "E_INPUT" });
    assert.deepEqual(way({ type: "Fine", after: 1 }), { type: "Fine", after: 1 });
  }
});

test("RecordDecoder.decode() gives bytes that later messages do not overwrite", () => {
  const way = makeWay();
  const first = way({ bytes: Buffer.from([1, 2, 3]) }) as { bytes: Uint8Array };
  way({ bytes: Buffer.from([9, 9, 9]) });
  assert.deepEqual([...first.bytes], [1, 2, 3]);
});
