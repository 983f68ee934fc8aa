import assert from "node:assert/strict";
import { test } from "node:test";
import { link } from "../../../actors/link/link.ts";
import { LinkTotals } from "../../../actors/link/link-totals.ts";
import type { LinkStatus } from "../../../actors/link/messages.ts";
import { createProbe } from "../../../runtime/testing/probe.ts";
import type { MemoryLink } from "../../../transports/memory/memory-link.ts";
import { MemoryMedium } from "../../../transports/memory/memory-medium.ts";
import fc from "../../support/fc.ts";
import { bytesOf, HUB, officeOf, registration, report, unaccounted } from "../hub/office.ts";

const LEAVES = 5;
/** Each leaf numbers its reports, so that what arrives can be told apart. */
const REPORTS = 60;

async function runOffice(
  seed: number,
  faults: { loss: number; damage: number; duplicate: number; reorder: number; jitterMs: number },
) {
  const office = officeOf({ seed });
  const { sim, system } = office;
  const medium = new MemoryMedium({ clock: sim.clock, random: sim.random, delayMs: 5 });
  const status = createProbe<LinkStatus>(system, "status");
  system.spawn({
    id: "link",
    start: () =>
      link({
        hub: HUB,
        zone: "main",
        makeLink: () => medium.link("hub"),
        totals: new LinkTotals(),
        hubRef: office.hub,
        dashboard: office.dashboard.ref,
        historian: system.refAt("mycel://sim/user/historian"),
        statusTo: status.ref,
      }),
    restart: "permanent",
    shutdownMs: 1_000,
  });
  const leaves: MemoryLink[] = [];
  for (let leafId = 0; leafId < LEAVES; leafId++) {
    const uplink = medium.link(`leaf${leafId}`);
    leaves.push(uplink);
    await uplink.open(() => {});
  }
  await sim.settle();

  let sent = 0;
  const say = (leafId: number, frame: Uint8Array): void => {
    const uplink = leaves[leafId] as MemoryLink;
    assert.ok(uplink.send(uplink.peerOf("hub"), frame).ok);
    sent += 1;
  };
  // Registrations come through, so that the rest is about readings.
  for (let leafId = 0; leafId < LEAVES; leafId++) say(leafId, bytesOf(registration(leafId)));
  sim.advance(1_000);
  medium.setFaults(faults);
  for (let n = 1; n <= REPORTS; n++) {
    for (let leafId = 0; leafId < LEAVES; leafId++) {
      say(leafId, bytesOf(report(leafId, { illuminance: n })));
    }
    sim.advance(1_000);
  }
  sim.advance(2_000);
  return { office, sent, medium: medium.stats(), status: status.messages.at(-1) as LinkStatus };
}

const chance = (max: number) => fc.double({ min: 0, max, noNaN: true });

test("a lossy link loses no frame unaccounted for, and invents none", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer(),
      fc.record({
        loss: chance(0.3),
        damage: chance(0.3),
        duplicate: chance(0.3),
        reorder: chance(0.3),
        jitterMs: fc.nat(400),
      }),
      async (seed, faults) => {
        const { office, sent, medium, status } = await runOffice(seed, faults);
        const counts = office.counters.read();
        assert.equal(sent + medium.duplicated - medium.lost, status.received);
        assert.equal(status.received, status.forwarded + (status.refused["hubBusy"] ?? 0));
        assert.equal(counts.received, status.forwarded);
        assert.equal(unaccounted(counts), 0);
        const refused = Object.values(counts.refused).reduce((sum, count) => sum + count, 0);
        assert.equal(
          refused,
          medium.damaged,
          "one flipped bit is always seen, and nothing else is",
        );

        for (let leafId = 0; leafId < LEAVES; leafId++) {
          const values = office.readings
            .filter((reading) => reading.leafId === leafId)
            .map(({ value }) => value);
          assert.ok(values.every((value) => value >= 1 && value <= REPORTS));
          if (medium.reordered === 0) {
            assert.deepEqual(
              values,
              [...values].sort((a, b) => a - b),
            );
          }
        }
      },
    ),
    { numRuns: 15 },
  );
});

test("a clean link brings every reading to the store, in order, and the newest to row and zone", async () => {
  const clean = { loss: 0, damage: 0, duplicate: 0, reorder: 0, jitterMs: 0 };
  const { office, sent } = await runOffice(7, clean);
  assert.equal(office.counters.read().applied, sent);
  const all = Array.from({ length: REPORTS }, (_, i) => i + 1);
  for (let leafId = 0; leafId < LEAVES; leafId++) {
    const values = office.readings.filter((r) => r.leafId === leafId).map(({ value }) => value);
    assert.deepEqual(values, all);
    assert.equal(office.row(leafId).values[0], REPORTS);
  }
  const fused = office.situation("main")?.readings["illuminance"];
  assert.deepEqual([fused?.value, fused?.sources], [REPORTS, LEAVES]);
});
