/**
 * Whatever comes in as a sealed frame: it never throws, is counted once, and changes nothing unless the
 * leaf has sealed it. `npm run fuzz` runs it with more frames.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CHANNELS } from "../../../../firmware/wire/frame-types.ts";
import { SEALED, SEALED_AT } from "../../../../firmware/wire/sealed-types.ts";
import fc from "../../../support/fc.ts";
import { SealedLeaf } from "../../../support/sealed-leaf.ts";
import { unaccounted } from "../office.ts";
import { openOffice } from "./sealed-office.ts";

const CODE = Uint8Array.from({ length: 16 }, (_, i) => 255 - i);
const FRAMES = Number(process.env["FUZZ_FRAMES"] ?? 6_000);
const A_RUN = 60;

const anyBytes = fc.uint8Array({ maxLength: SEALED.bytesMax + 10 });
/** A header as the codec wants it, of the paired leaf or near it, over anything. */
const plausible = fc
  .record({
    rest: fc.uint8Array({ minLength: 8, maxLength: SEALED.bytesMax - SEALED.headerBytes }),
    type: fc.nat(255),
    keyNo: fc.nat(2),
    leafId: fc.constantFrom(255, 254, 0, 0xffff),
    epoch: fc.constantFrom(0, 1, 2, 0xffffffff),
    sequence: fc.nat(0xffff),
  })
  .map(({ rest, type, keyNo, leafId, epoch, sequence }) => {
    const frame = new Uint8Array(SEALED.headerBytes + rest.length);
    const view = new DataView(frame.buffer);
    frame.set([SEALED.magic, SEALED.version, type, keyNo, frame.length]);
    view.setUint16(SEALED_AT.leafId, leafId, true);
    view.setUint32(SEALED_AT.epoch, epoch, true);
    view.setUint16(SEALED_AT.sequence, sequence, true);
    frame.set(rest, SEALED.headerBytes);
    return frame;
  });
/** A sound frame of the leaf, and where a byte of it is changed, cut or added. */
const change = fc.record({
  at: fc.nat(300),
  flip: fc.integer({ min: 1, max: 255 }),
  cut: fc.nat(4),
  add: fc.uint8Array({ maxLength: 3 }),
});

const input = fc.oneof(
  anyBytes.map((bytes) => ({ what: "bytes" as const, bytes })),
  plausible.map((bytes) => ({ what: "bytes" as const, bytes })),
  change.map((changed) => ({ what: "changed" as const, ...changed })),
  fc
    .record({ type: fc.nat(0x7f), payload: fc.uint8Array({ maxLength: SEALED.payloadBytesMax }) })
    .map((sealed) => ({ what: "sealed" as const, ...sealed })),
);

test("hub refuses or applies whatever comes sealed, and nothing that its leaf has not sealed", async () => {
  const office = await openOffice();
  const leaf = new SealedLeaf(7, CODE);
  await office.pair(leaf, CODE);
  // It answers for its own counters; the rate limit is another's test.
  await office.frame(leaf.register());
  await office.ask((replyTo) => ({
    ...{ type: "LimitLeaf" as const, leafId: leaf.leafId },
    framesPerSecondMax: null,
    replyTo: replyTo as never,
  }));
  await fc.assert(
    fc.asyncProperty(fc.array(input, { minLength: A_RUN, maxLength: A_RUN }), async (inputs) => {
      for (const each of inputs) {
        const before = office.row(leaf.leafId).frames;
        if (each.what === "sealed") {
          const { type, payload } = each;
          // With time for the store: a registration counts when it is on disk.
          await office.frame(
            leaf.say(type, (frame, at) => {
              frame.set(payload, at);
              return at + payload.length;
            }),
          );
          continue;
        }
        if (each.what === "bytes") await office.quickly(each.bytes);
        else {
          const frame = leaf.temperature(1);
          const at = each.at % frame.length;
          frame[at] = (frame[at] as number) ^ each.flip;
          const cut = frame.subarray(0, frame.length - each.cut);
          await office.quickly(Uint8Array.of(...cut, ...each.add));
        }
        assert.equal(office.row(leaf.leafId).frames, before, "what the leaf has not sealed");
      }
      await office.advance(50);
      const counts = office.counters.read();
      assert.equal(unaccounted(counts), 0, JSON.stringify(counts));
      assert.equal(counts.starts, 1);
      assert.ok(leaf.refused === 0);
    }),
    { numRuns: Math.ceil(FRAMES / A_RUN) },
  );
  // After all of it the leaf is heard as before.
  const { frames } = office.row(leaf.leafId);
  await office.frame(leaf.temperature(42));
  const row = office.row(leaf.leafId);
  assert.equal(row.frames, frames + 1);
  // Sealed reports of chance may have taken all slots of the row.
  const slot = row.channels.subarray(0, row.slotsUsed).indexOf(CHANNELS.temperature.code);
  if (slot < 0) assert.ok(row.unslotted > 0);
  else assert.equal(row.values[slot], 42);
});
