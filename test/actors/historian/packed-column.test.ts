import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteSink } from "../../../actors/historian/byte-sink.ts";
import { readColumn, writeColumn } from "../../../actors/historian/packed-column.ts";
import fc from "../../support/fc.ts";

const i32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const walk = (step: number) =>
  fc
    .tuple(i32, fc.array(fc.integer({ min: -step, max: step }), { minLength: 1, maxLength: 300 }))
    .map(([first, steps]) => {
      let value = first;
      return steps.map((by) => {
        value = (value + by) | 0;
        return value;
      });
    });
const column = fc.oneof(
  fc.array(i32, { minLength: 1, maxLength: 300 }),
  walk(0),
  walk(3),
  walk(2 ** 12),
  walk(2 ** 30),
  fc.array(fc.oneof({ weight: 30, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: i32 }), {
    minLength: 1,
    maxLength: 300,
  }),
);

test("readColumn() gives back what writeColumn() was given, and ends where it ended", () => {
  const sink = new ByteSink();
  fc.assert(
    fc.property(fc.array(column, { minLength: 1, maxLength: 4 }), (columns) => {
      sink.clear();
      for (const values of columns) writeColumn(sink, Int32Array.from(values), values.length);
      const bytes = sink.written().slice();
      let at = 0;
      for (const values of columns) {
        const into = new Int32Array(values.length);
        at = readColumn(bytes, at, values.length, into);
        assert.deepEqual([...into], values);
      }
      assert.equal(at, bytes.length);
    }),
    { numRuns: 2_000 },
  );
});

test("writeColumn() spends nothing on what repeats and little on what does not fit", () => {
  const bytesOf = (values: readonly number[]): number => {
    const sink = new ByteSink();
    writeColumn(sink, Int32Array.from(values), values.length);
    return sink.end;
  };
  const minutes = Array.from({ length: 1_024 }, (_, i) => i * 60_000);
  assert.ok(bytesOf(minutes) <= 9 + 16, "a byte each 64");
  const late = minutes.map((atMs, i) => (i === 500 ? atMs + 9_999 : atMs));
  assert.ok(bytesOf(late) - bytesOf(minutes) <= 12, "one of them late");
  const flags = Array.from({ length: 1_024 }, (_, i) => (i % 7 < 3 ? 1 : 0));
  assert.ok(bytesOf(flags) <= 5 + 16 + 2 * 128, "two bits each");
});
