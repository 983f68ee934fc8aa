import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Clock, systemClock } from "../../../runtime/clock.ts";
import { seededRandom } from "../../../runtime/random.ts";
import { type MediumOptions, MemoryMedium } from "../../../transports/memory/memory-medium.ts";
import fc from "../../support/fc.ts";
import { describeLink, type LinkPair } from "../link-compliance.ts";

describeLink("memory", async (): Promise<LinkPair> => {
  const medium = new MemoryMedium({
    clock: systemClock,
    random: seededRandom(1),
  });
  let leaves = 0;
  return {
    hub: medium.link("hub"),
    again: () => medium.link("hub"),
    leavesMax: 256,
    leaf: async () => {
      const link = medium.link(`leaf-${leaves++}`);
      const heard: Uint8Array[] = [];
      await link.open((bytes, start, end) => void heard.push(bytes.slice(start, end)));
      const send = (frame: Uint8Array): void => void link.send(link.peerOf("hub"), frame);
      // The medium has no framing that could be broken: too long is all that can be wrong.
      return { heard, send, sendRaw: (bytes) => medium.carry(`leaf-0`, "hub", bytes) };
    },
    end: async () => {},
  };
});

/** Time that passes only when told to; equal due times in the order started. */
function virtualClock() {
  let nowMs = 0;
  const rings: { dueMs: number; ring: () => void }[] = [];
  const clock: Clock = {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after: (delayMs, ring) => {
      rings.push({ dueMs: nowMs + delayMs, ring });
      rings.sort((a, b) => a.dueMs - b.dueMs);
      return () => assert.fail("the medium cancels nothing");
    },
  };
  const runAll = (): void => {
    for (let next = rings.shift(); next !== undefined; next = rings.shift()) {
      nowMs = next.dueMs;
      next.ring();
    }
  };
  return { clock, runAll };
}

interface Arrival {
  readonly atMs: number;
  readonly bytes: readonly number[];
}

/** Sends `count` frames of four numbered bytes, 1 ms apart, and tells what came of them. */
async function weather(
  seed: number,
  count: number,
  faults: Omit<MediumOptions, "clock" | "random">,
) {
  const { clock, runAll } = virtualClock();
  const medium = new MemoryMedium({ clock, random: seededRandom(seed), ...faults });
  const hub = medium.link("hub");
  const leaf = medium.link("leaf");
  const arrivals: Arrival[] = [];
  await hub.open((bytes, start, end) => {
    arrivals.push({ atMs: clock.nowMs(), bytes: [...bytes.subarray(start, end)] });
  });
  await leaf.open(() => {});
  for (let number = 0; number < count; number++) {
    clock.after(number, () => void leaf.send(leaf.peerOf("hub"), frame(number)));
  }
  runAll();
  return { arrivals, stats: medium.stats(), hub: hub.stats(), leaf: leaf.stats() };
}

const frame = (number: number): Uint8Array => Uint8Array.of(0x53, number >> 8, number & 0xff, 0, 0);
const numberOf = ({ bytes }: Arrival): number => ((bytes[1] ?? 0) << 8) | (bytes[2] ?? 0);

describe("MemoryMedium", () => {
  test("delivers on a clean day everything, once, at once, in order", async () => {
    const { arrivals, stats } = await weather(1, 100, {});
    assert.deepEqual(arrivals.map(numberOf), [...Array(100).keys()]);
    assert.deepEqual(
      arrivals.map(({ atMs }) => atMs),
      [...Array(100).keys()],
    );
    assert.deepEqual(stats, { lost: 0, duplicated: 0, damaged: 0, reordered: 0, unheard: 0 });
  });

  test("replays the same weather from the same seed and other weather from another", async () => {
    const faults = {
      loss: 0.2,
      duplicate: 0.2,
      damage: 0.2,
      reorder: 0.2,
      delayMs: 3,
      jitterMs: 5,
    };
    const first = await weather(42, 200, faults);
    assert.deepEqual(await weather(42, 200, faults), first);
    assert.notDeepEqual((await weather(43, 200, faults)).arrivals, first.arrivals);
  });

  test("accounts for every frame: sent + duplicated = arrived + lost + unheard", async () => {
    const probability = fc.double({ min: 0, max: 1, noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        fc.integer(),
        fc.record({
          loss: probability,
          duplicate: probability,
          damage: probability,
          reorder: probability,
        }),
        async (seed, faults) => {
          const { arrivals, stats, leaf, hub } = await weather(seed, 50, faults);
          assert.equal(leaf.sent, 50);
          assert.equal(hub.received, arrivals.length);
          assert.equal(50 + stats.duplicated, arrivals.length + stats.lost + stats.unheard);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("jitter and delay alone never change the order", async () => {
    const { arrivals } = await weather(7, 200, { delayMs: 10, jitterMs: 50 });
    assert.deepEqual(arrivals.map(numberOf), [...Array(200).keys()]);
    assert.ok(arrivals.every((arrival) => arrival.atMs >= numberOf(arrival) + 10));
    assert.ok(arrivals.some((arrival) => arrival.atMs > numberOf(arrival) + 30));
  });

  test("reordering lets later frames pass and loses none", async () => {
    const { arrivals, stats } = await weather(7, 200, { reorder: 0.1 });
    const numbers = arrivals.map(numberOf);
    assert.ok(stats.reordered > 0);
    assert.notDeepEqual(numbers, [...Array(200).keys()]);
    assert.deepEqual(
      numbers.toSorted((a, b) => a - b),
      [...Array(200).keys()],
    );
  });

  test("damage flips exactly one bit", async () => {
    const { arrivals } = await weather(7, 50, { damage: 1 });
    for (const [number, { bytes }] of arrivals.entries()) {
      const flipped = [...frame(number)].reduce(
        (sum, byte, at) => sum + (byte ^ (bytes[at] ?? 0)).toString(2).replaceAll("0", "").length,
        0,
      );
      assert.equal(flipped, 1);
    }
  });

  test("loss 1 loses everything, and setFaults() ends it", async () => {
    const { clock, runAll } = virtualClock();
    const medium = new MemoryMedium({ clock, random: seededRandom(1), loss: 1 });
    const hub = medium.link("hub");
    const leaf = medium.link("leaf");
    let heard = 0;
    await hub.open(() => void heard++);
    await leaf.open(() => {});
    leaf.send(leaf.peerOf("hub"), frame(1));
    medium.setFaults({ loss: 0 });
    leaf.send(leaf.peerOf("hub"), frame(2));
    runAll();
    assert.equal(heard, 1);
    assert.equal(medium.stats().lost, 1);
  });

  test("send() answers full at 4096 frames under way and works again when they have arrived", async () => {
    const { clock, runAll } = virtualClock();
    const medium = new MemoryMedium({ clock, random: seededRandom(1) });
    const leaf = medium.link("leaf");
    await leaf.open(() => {});
    let accepted = 0;
    while (leaf.send(leaf.peerOf("hub"), frame(0)).ok && accepted < 10_000) accepted++;
    assert.ok(accepted >= 4094 && accepted <= 4096, `${accepted}`);
    assert.deepEqual(leaf.send(1, frame(0)), { ok: false, error: "full" });
    runAll();
    assert.equal(leaf.send(1, frame(0)).ok, true);
    assert.equal(medium.stats().unheard, accepted);
  });
});
