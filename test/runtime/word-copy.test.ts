import assert from "node:assert/strict";
import { test } from "node:test";
import { WordCopy } from "../../runtime/word-copy.ts";
import fc from "../support/fc.ts";

test("WordCopy.copy() copies any range of any source, and writes no more than up to the next word", () => {
  const range = fc.record({
    source: fc.nat(3),
    start: fc.nat(70),
    length: fc.nat(70),
    to: fc.nat(8).map((word) => word * 4),
  });
  fc.assert(
    fc.property(fc.array(range, { maxLength: 30 }), (ranges) => {
      const memory = Uint8Array.from({ length: 512 }, (_, i) => i * 7 + 1);
      // At any place in their memory; the last one ends within a word of it.
      const sources = [
        new Uint8Array(memory.buffer, 0, 128),
        new Uint8Array(memory.buffer, 129, 127),
        new Uint8Array(memory.buffer, 260, 99),
        new Uint8Array(memory.buffer, 384, 126),
      ];
      const copier = new WordCopy();
      for (const { source, start, length, to } of ranges) {
        const from = sources[source] as Uint8Array;
        const end = Math.min(start + length, from.length);
        if (start > end) continue;
        const target = new Uint8Array(128).fill(0xee);
        copier.copy(from, start, end, target, new Int32Array(target.buffer), to);
        const count = end - start;
        assert.deepEqual(target.slice(to, to + count), from.slice(start, end));
        assert.ok(target.slice(0, to).every((byte) => byte === 0xee));
        assert.ok(target.slice(to + ((count + 3) & ~3)).every((byte) => byte === 0xee));
      }
    }),
    { numRuns: 500 },
  );
});
