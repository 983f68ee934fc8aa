/**
 * Two hubs on one thread with a historian that is slow at times: one hears a stream, which can be held back,
 * the other datagrams, which cannot.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BusCommand } from "../../../actors/bus/messages.ts";
import type { DashboardCommand } from "../../../actors/dashboard/messages.ts";
import type { HistorianCommand } from "../../../actors/historian/messages.ts";
import { hub } from "../../../actors/hub/hub.ts";
import {
  createHubCounters,
  HUB_COUNTERS,
  openHubCounters,
} from "../../../actors/hub/hub-counters.ts";
import { HUB_MAILBOX, HUB_SUPERVISION } from "../../../actors/hub/hub-options.ts";
import type { HubCommand } from "../../../actors/hub/messages.ts";
import { createLeafTable, LEAF_TABLE } from "../../../actors/leaf/leaf-table.ts";
import { link } from "../../../actors/link/link.ts";
import { LinkTotals } from "../../../actors/link/link-totals.ts";
import type { LinkCommand } from "../../../actors/link/messages.ts";
import type { ZonesCommand } from "../../../actors/zone/messages.ts";
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { receive, same, setup } from "../../../runtime/behavior.ts";
import { createProbe } from "../../../runtime/testing/probe.ts";
import { type Simulation, simulate } from "../../../runtime/testing/simulation.ts";
import fc from "../../support/fc.ts";
import { readingsOf } from "../../support/store-readings.ts";
import { FakeLink, FakeStream } from "../link/fake-links.ts";
import { adopted, bytesOf, report, unaccounted } from "./office.ts";

const LEAVES = 8;
const READINGS = 40;
/** A batch holds some 40 of these frames. */
const BATCHES_MAX = 4;
const CHANNELS = Array.from({ length: READINGS }, (_, i) => `unknown_0x${(200 + i).toString(16)}`);

type Slow = { readonly type: "Hold"; readonly ms: number } | { readonly type: "GoOn" };

/** Takes nothing for a while when told so, as one does whose disk is slow. */
function slowHistorian(sim: Simulation) {
  const stored = [0, 0];
  const ref = sim.system.spawn<HistorianCommand | Slow>({
    id: "historian",
    start: () =>
      setup((ctx) =>
        receive<HistorianCommand | Slow>(
          (message) => {
            const goOn = (): Slow => ({ type: "GoOn" });
            if (message.type === "SaveLeafRecord") {
              const { hub, leafId } = message.record;
              message.replyTo.tell({ type: "LeafRecordSaved", hub, leafId });
            } else if (message.type === "Hold") {
              ctx.askAndHold(ctx.refAt("mycel://sim/user/nobody"), goOn, message.ms, goOn, goOn);
            }
            return same;
          },
          {
            onBytes(bytes, start, end) {
              for (const { hubNo } of readingsOf(bytes.subarray(start, end))) {
                stored[hubNo] = (stored[hubNo] ?? 0) + 1;
              }
              return same;
            },
          },
        ),
      ),
    restart: "permanent",
    shutdownMs: 1_000,
    mailbox: { capacity: BATCHES_MAX, overflow: "backpressure" },
  });
  return { ref, stored };
}

async function twoHubs(seed: number) {
  const shared = {
    [LEAF_TABLE]: createLeafTable({ rowsMax: 2 * LEAVES }),
    [HUB_COUNTERS]: createHubCounters({ hubsMax: 2 }),
  };
  const sim = simulate({ seed, shared });
  const { system } = sim;
  const historian = slowHistorian(sim);
  const refs = {
    zones: createProbe<ZonesCommand>(system, "zones").ref,
    bus: createProbe<BusCommand>(system, "bus").ref,
    dashboard: createProbe<DashboardCommand>(system, "dashboard").ref,
    historian: historian.ref as ActorRef<HistorianCommand>,
  };
  const hubs = [new FakeStream(undefined), new FakeLink(undefined)].map((driver, hubNo) => {
    const name = `hub_${hubNo}`;
    const records = Array.from({ length: LEAVES }, (_, leafId) => adopted(name, leafId));
    const hubRef = system.spawn<HubCommand>({
      id: name,
      start: () =>
        hub({
          ...{ hub: name, hubNo, zone: "main", address: "fake://1", records, leaves: [] },
          ...{
            rowBase: hubNo * LEAVES,
            rowsMax: LEAVES,
            linkPath: `mycel://sim/user/link_${hubNo}`,
          },
          settings: { framesPerSecondMax: 1_000_000 },
          holdsSenders: driver instanceof FakeStream,
          ...refs,
        }),
      restart: "permanent",
      shutdownMs: 1_000,
      mailbox: HUB_MAILBOX,
      supervision: HUB_SUPERVISION,
    });
    const totals = new LinkTotals();
    system.spawn<LinkCommand>({
      id: `link_${hubNo}`,
      start: () =>
        link({ ...refs, hub: name, zone: "main", makeLink: () => driver, totals, hubRef }),
      restart: "permanent",
      shutdownMs: 1_000,
    });
    const counts = openHubCounters(shared[HUB_COUNTERS], hubNo);
    return { driver, totals, counts: () => counts.read() };
  });
  await sim.settle();
  return { sim, historian, hubs };
}

const rounds = fc.array(
  fc.record({ holdMs: fc.nat(3_000), frames: fc.nat(1_500), waitMs: fc.nat(2_000) }),
  { minLength: 1, maxLength: 4 },
);

test("a stream is held back while its historian is slow, and every reading is stored; datagrams go on beside it", async () => {
  let heldBack = 0;
  let notStored = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer(), rounds, async (seed, script) => {
      const { sim, historian, hubs } = await twoHubs(seed);
      const [stream, datagrams] = hubs;
      assert.ok(stream !== undefined && datagrams !== undefined);
      let sent = 0;
      for (const { holdMs, frames, waitMs } of script) {
        historian.ref.tell({ type: "Hold", ms: holdMs });
        sim.run();
        for (let i = 0; i < frames; i++, sent++) {
          const values = Object.fromEntries(CHANNELS.map((name) => [name, sent]));
          const frame = bytesOf(report(sent % LEAVES, values));
          for (const { driver } of hubs) driver.arrive(frame, 1);
          if (i % 50 === 0) sim.run();
        }
        sim.run();
        assert.equal(datagrams.counts().applied, sent, "nobody waits for the slow one");
        heldBack += sent - stream.counts().applied;
        sim.advance(waitMs);
      }
      sim.advance(60_000);

      const { applied, refused, readingsNotStored } = stream.counts();
      assert.deepEqual([applied, refused, readingsNotStored], [sent, {}, 0]);
      assert.equal(historian.stored[0], sent * READINGS);
      const lost = datagrams.counts().readingsNotStored;
      assert.equal((historian.stored[1] ?? 0) + lost, sent * READINGS);
      assert.deepEqual(
        [datagrams.totals.read().refused["hubBusy"], unaccounted(datagrams.counts())],
        [undefined, 0],
      );
      notStored += lost;
    }),
    { numRuns: 15 },
  );
  assert.ok(heldBack > 0 && notStored > 0, "the historian was slow enough");
});
