/** One leaf floods a hub from a real socket; what its neighbours send meanwhile is all applied. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event, Leaf } from "../../transports/http/contract.ts";
import {
  metricsOf,
  removeDir,
  startNodeProcess,
  temporaryDir,
  untilAdopted,
} from "../support/node-process.ts";
import { openRadio } from "../support/radio.ts";
import { until } from "../support/until.ts";

const HUB = "swarm_hub_01";
const FLOODER = 1;
const NEIGHBOURS = Array.from({ length: 40 }, (_, i) => i + 2);
/** Far beyond what a leaf may send, in bursts that the kernel's buffer holds. */
const BURST = 200;

test("a leaf that floods is quarantined; of forty neighbours every frame is applied", async () => {
  const dir = temporaryDir();
  const node = await startNodeProcess(dir, {
    node: "flooded",
    zones: [{ id: "main" }],
    hubs: [
      {
        id: HUB,
        zone: "main",
        // They send as fast as this test runs.
        leaves: NEIGHBOURS.map((id) => ({ id, framesPerSecondMax: null })),
      },
    ],
  });
  const address = node.file.hubs[HUB] ?? "";
  const [flooder, radio] = await Promise.all([openRadio(address), openRadio(address)]);
  try {
    await flooder.register(FLOODER, "esp32");
    await untilAdopted(node, NEIGHBOURS.length + 1);
    const received = async (): Promise<number> =>
      (await metricsOf(node)).get(`mycel_frames_received_total{hub="${HUB}"}`) ?? 0;
    const leafOf = async (leafId: number): Promise<Leaf | undefined> =>
      (await node.json<Leaf[]>("/api/leaves")).find((leaf) => leaf.leafId === leafId);

    let sent = await received();
    let rounds = 0;
    await until(
      async () => {
        for (let i = 0; i < BURST; i++) await flooder.report(FLOODER, { temperature: 30 });
        for (const leafId of NEIGHBOURS) await radio.report(leafId, { co2: 400 + rounds });
        rounds += 1;
        sent += BURST + NEIGHBOURS.length;
        await until(async () => (await received()) >= sent);
        return (await leafOf(FLOODER))?.quarantined;
      },
      { everyMs: 1 },
    );
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < BURST; i++) await flooder.report(FLOODER, { temperature: 30 });
      for (const leafId of NEIGHBOURS) await radio.report(leafId, { co2: 400 + rounds });
      rounds += 1;
      sent += BURST + NEIGHBOURS.length;
      await until(async () => (await received()) >= sent);
    }

    const leaves = await until(async () => {
      const found = await node.json<Leaf[]>("/api/leaves");
      const counted = found.reduce((sum, { frames, refused }) => sum + frames + refused, 0);
      return counted >= sent && found;
    });
    for (const leafId of NEIGHBOURS) {
      const leaf = leaves.find((each) => each.leafId === leafId);
      assert.deepEqual(
        [leaf?.frames, leaf?.refused, leaf?.quarantined, leaf?.readings["co2"]?.value],
        [rounds, 0, false, 400 + rounds - 1],
        `leaf ${leafId}`,
      );
    }
    const flooding = leaves.find(({ leafId }) => leafId === FLOODER);
    assert.equal((flooding?.frames ?? 0) + (flooding?.refused ?? 0), rounds * BURST + 1);
    assert.ok((flooding?.refused ?? 0) >= 10 * BURST, "in quarantine all is refused");
    const { events } = await node.json<{ events: Event[] }>("/api/events?kind=leaf_quarantined");
    assert.deepEqual(
      events.map(({ leafId }) => leafId),
      [FLOODER],
    );
  } finally {
    flooder.close();
    radio.close();
    await node.end("SIGKILL");
    removeDir(dir);
  }
});
