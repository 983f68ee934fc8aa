/** The disk under a running node fills up: it says so, serves on, and stores again when there is room. */
import assert from "node:assert/strict";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Event, Health, Leaf } from "../../transports/http/contract.ts";
import { historyOf, startNodeProcess, untilAdopted } from "../support/node-process.ts";
import { openRadio } from "../support/radio.ts";
import { smallDisk } from "../support/store-dirs.ts";
import { until } from "../support/until.ts";

const HUB = "swarm_hub_01";
const DISK_MB = 48;
const RESERVE_MB = 8;

test("a node on a full disk says so, serves on, and stores again when there is room", async (t) => {
  const disk = smallDisk(t, DISK_MB);
  if (disk === undefined) return;
  const node = await startNodeProcess(disk, {
    threads: 1,
    storage: { reserveMb: RESERVE_MB },
    zones: [{ id: "main" }],
    hubs: [{ id: HUB, zone: "main", leaves: [{ id: 1, framesPerSecondMax: null }] }],
  });
  t.after(() => node.end("SIGKILL"));
  await untilAdopted(node, 1);
  const radio = await openRadio(node.file.hubs[HUB] ?? "");
  t.after(() => radio.close());

  let sent = 0;
  const series = { hub: HUB, leaf: "1", channel: "co2" };
  const report = (): Promise<void> => radio.report(1, { co2: ++sent });
  const health = async (): Promise<{ status: number } & Health> => {
    const response = await fetch(`${node.file.url}/healthz`);
    return { status: response.status, ...((await response.json()) as Health) };
  };
  const shown = async (): Promise<number | undefined> =>
    (await node.json<Leaf[]>("/api/leaves"))[0]?.readings["co2"]?.value;

  await report();
  await until(async () => (await historyOf(node, series)).length === 1);

  const ballast = join(disk, "ballast");
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(ballast, Buffer.alloc(bavail * bsize - (RESERVE_MB - 2) * 1024 * 1024));
  const full = await until(async () => {
    await report();
    const now = await health();
    return now.checks["store"]?.ok === false && now;
  });
  assert.equal(full.status, 503);
  assert.match(full.checks["store"]?.detail ?? "", /full/);

  // It serves what it knows, newest values included.
  await until(async () => {
    await report();
    return (await shown()) === sent;
  });
  assert.equal((await historyOf(node, series))[0]?.value, 1);
  const refused = await fetch(`${node.file.url}/api/leaves/${HUB}/1`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ act: "rename", name: "window" }),
  });
  assert.equal(refused.status, 503, "what cannot be kept is not promised");
  assert.equal(((await refused.json()) as { error: string }).error, "storeUnavailable");

  rmSync(ballast);
  await until(async () => (await health()).ok);
  // What came meanwhile has waited.
  await until(async () => {
    const values = (await historyOf(node, series)).map((row) => row.value);
    return values.length === sent && values.every((value, at) => value === at + 1);
  });
  const kinds = async (): Promise<string[]> =>
    (await node.json<{ events: Event[] }>("/api/events")).events
      .map((event) => event.kind)
      .filter((kind) => kind.startsWith("store_"));
  await until(async () => (await kinds()).length === 2);
  assert.deepEqual(await kinds(), ["store_full", "store_recovered"]);
  assert.equal(await node.end("SIGTERM"), 0);
});
