import assert from "node:assert/strict";
import { test } from "node:test";
import { FlatDecoder, FlatEncoder } from "../../../runtime/threads/flat-codec.ts";
import fc from "../../support/fc.ts";

/** Sends messages as a peer would; undefined where it would be left to msgpackr. */
function makeWay() {
  const encoder = new FlatEncoder();
  const decoder = new FlatDecoder();
  let shapesSent = 0;
  return (message: unknown): unknown => {
    if (!encoder.encode(message)) return undefined;
    const { shapeCount } = encoder;
    if (shapesSent < shapeCount) {
      const shapes = encoder.shapesFrom(shapesSent);
      decoder.addShapes(shapes, 0, shapes.length);
      shapesSent = shapeCount;
    }
    return decoder.decode(new Int32Array(encoder.bytes.buffer), 0, encoder.end / 4);
  };
}

const value = fc.oneof(
  fc.integer(),
  fc.integer({ min: -40, max: 40 }),
  // As by msgpackr, -0 arrives as 0.
  fc.double().map((number) => number + 0),
  fc.boolean(),
  fc.constantFrom(null, undefined, 2 ** 28, -(2 ** 28), 2 ** 28 - 1, 2 ** 31, -(2 ** 31)),
  fc.string({ maxLength: 70 }),
  fc.string({ unit: "binary", maxLength: 70 }),
  fc.constantFrom("temperature", "temperaturf", "é".repeat(63), "\u00ff\u0000", "温度"),
);

/** Few types with few keys, so that types come in several shapes and texts come again. */
const flatMessage = fc
  .tuple(
    fc.constantFrom("Reading", "Ball", "é", "constructor"),
    fc.dictionary(fc.constantFrom("a", "b", "c", "1", "toString", "type"), value, { maxKeys: 4 }),
    fc.boolean(),
  )
  .map(([type, fields, isFirst]) => (isFirst ? { type, ...fields } : { ...fields, type }));

test("FlatDecoder.decode() returns what FlatEncoder.encode() took, and any message of plain fields is taken", () => {
  let taken = 0;
  fc.assert(
    fc.property(fc.array(flatMessage, { maxLength: 20 }), (messages) => {
      const way = makeWay();
      for (const message of messages) {
        const arrived = way(message);
        if (arrived === undefined) continue;
        taken += 1;
        assert.deepEqual(arrived, message);
        assert.deepEqual(Object.keys(arrived), Object.keys(message));
      }
    }),
    { numRuns: 1_000 },
  );
  assert.ok(taken > 1_000, `${taken} were taken`);
});

test("FlatEncoder.encode() leaves to msgpackr what is not flat, and takes the next one all the same", () => {
  const way = makeWay();
  const flat = { type: "Flat", n: 1, text: "t" };
  const own = JSON.parse('{ "type": "Own", "__proto__": 1 }');
  const others: unknown[] = [
    { n: 1 },
    { type: 1 },
    { type: "Nested", inner: {} },
    { type: "Flat", n: 1, text: "t".repeat(65) },
    { type: "Flat", n: 1, text: "温度" },
    { type: "Flat", n: 1 },
    { type: "Flat", n: 1, text: "t", more: 1 },
    { type: "Flat", text: "t", n: 1 },
    { type: "Flat", n: 1n, text: "t" },
    { type: "Flat", n: () => 1, text: "t" },
    { type: "Flat", n: Symbol("s"), text: "t" },
    { type: "Flat", n: [], text: "t" },
    Object.assign(Object.create({}), flat),
    new (class {
      type = "Flat";
    })(),
    own,
    null,
    7,
    "text",
    [flat],
  ];
  for (const other of others) {
    assert.deepEqual(way(flat), flat);
    assert.equal(way(other), undefined);
  }
});

test("FlatEncoder gives up a type whose messages are mostly of other shapes", () => {
  const encoder = new FlatEncoder();
  assert.ok(encoder.encode({ type: "Changing", a: 1 }));
  for (let i = 0; i < 100; i += 1) assert.equal(encoder.encode({ type: "Changing", b: i }), false);
  assert.equal(encoder.encode({ type: "Changing", a: 1 }), false);
});

test("FlatDecoder.decode() refuses any words that are no message, and makes an object of the rest", () => {
  const encoder = new FlatEncoder();
  encoder.encode({ type: "A", n: 1, text: "text", yes: true });
  encoder.encode({ type: "B" });
  const shapes = encoder.shapesFrom(0);
  const word = fc.oneof(fc.integer(), fc.integer({ min: 0, max: 64 }));
  let refused = 0;
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), fc.nat(12), (content, first) => {
      const decoder = new FlatDecoder();
      decoder.addShapes(shapes, 0, shapes.length);
      try {
        assert.equal(
          typeof decoder.decode(Int32Array.from(content), first, content.length),
          "object",
        );
      } catch (cause) {
        refused += 1;
        assert.match(String(cause), /invariant broken/);
      }
    }),
    { numRuns: 5_000 },
  );
  assert.ok(refused > 100);
});
