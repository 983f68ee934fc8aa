import assert from "node:assert/strict";
import { test } from "node:test";
import { FRAME } from "../../../firmware/wire/frame-types.ts";
import fc from "../../support/fc.ts";
import { bytesOf, heartbeat, officeOf, registration, report, unaccounted } from "./office.ts";

const anyBytes = fc.uint8Array({ maxLength: FRAME.bytesMax + 10 });
/** Right in magic, version and checksum, with anything between: what an 8-bit XOR lets through. */
const plausible = fc.uint8Array({ minLength: 2, maxLength: FRAME.bytesMax - 3 }).map((rest) => {
  const bytes = Uint8Array.of(FRAME.magic, FRAME.version, ...rest, 0);
  bytes[bytes.length - 1] = bytes.reduce((xor, byte) => xor ^ byte, 0);
  return bytes;
});
const sound = fc
  .tuple(
    fc.nat(3),
    fc.constantFrom("report", "esp32", "pico", "heartbeat"),
    fc.float({ noNaN: true }),
  )
  .map(([leafId, kind, value]) => {
    if (kind === "report") {
      const temperature = Number.isFinite(value) ? value : 0;
      return bytesOf(report(leafId, { temperature, motion: 1 }));
    }
    return bytesOf(kind === "heartbeat" ? heartbeat(leafId) : registration(leafId, kind));
  });
const damaged = fc
  .tuple(sound, fc.nat(), fc.integer({ min: 1, max: 255 }))
  .map(([bytes, at, flip]) => {
    const index = at % bytes.length;
    bytes[index] = (bytes[index] as number) ^ flip;
    return bytes;
  });

const input = fc.record({
  bytes: fc.oneof(anyBytes, plausible, sound, damaged),
  peer: fc.nat(2),
  waitMs: fc.constantFrom(0, 0, 0, 1, 40, 60_000),
  event: fc.constantFrom("nothing", "nothing", "nothing", "crash", "storeFails", "storeWorks"),
});

test("hub applies or refuses every frame under one reason, whatever comes and whatever fails", () => {
  fc.assert(
    fc.property(fc.integer(), fc.array(input, { maxLength: 120 }), (seed, inputs) => {
      const office = officeOf({ seed, rowsMax: 200 });
      let taken = 0;
      let crashes = 0;
      for (const { bytes, peer, waitMs, event } of inputs) {
        if (office.send(bytes, peer)) taken += 1;
        if (event === "storeFails") office.store.answers = "refused";
        if (event === "storeWorks") office.store.answers = "saved";
        // The supervisor gives up on the fourth fault within five seconds, as it should.
        if (event === "crash" && crashes < 3) {
          crashes += 1;
          office.hub.tell({ type: "Crash" } as never);
        }
        if (waitMs > 0) office.sim.advance(waitMs);
      }
      office.sim.advance(20_000);
      const counts = office.counters.read();
      assert.equal(counts.received, taken);
      assert.equal(unaccounted(counts), 0, JSON.stringify(counts));
      assert.equal(counts.starts, 1 + crashes, "nothing but the crashes of this test");
      let frames = 0;
      for (let leafId = 0; leafId < 200; leafId++) frames += office.row(leafId).frames;
      assert.equal(frames, counts.applied);
      for (const { type } of office.dashboard.messages) assert.ok(type);
    }),
    { numRuns: 150 },
  );
});
