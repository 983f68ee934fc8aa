/** A stream faster than the disk, over a real socket, and leaves on UDP beside it. */
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { startTree } from "../../actors/guardian.ts";
import type { HistorianCommand, HistorianStatus } from "../../actors/historian/messages.ts";
import { createHubCounters, HUB_COUNTERS, openHubCounters } from "../../actors/hub/hub-counters.ts";
import { HubRows } from "../../actors/hub/hub-rows.ts";
import { hubLinks } from "../../actors/hub-links.ts";
import { createLeafTable, LEAF_TABLE, openLeafTable } from "../../actors/leaf/leaf-table.ts";
import { LinkTotals } from "../../actors/link/link-totals.ts";
import { validateConfig } from "../../config/parse.ts";
import { systemClock } from "../../runtime/clock.ts";
import { startThreads } from "../../runtime/threads/node-threads.ts";
import { toStream } from "../../transports/frame/splitter.ts";
import { adopted, bytesOf, report } from "../actors/hub/office.ts";
import { quietParts } from "../simulation/office-node.ts";
import { freeTcpPort, freeUdpPort } from "../support/ports.ts";
import { openRadio } from "../support/radio.ts";
import { tempDir } from "../support/store-dirs.ts";
import { until } from "../support/until.ts";

const LEAVES = Array.from({ length: 32 }, (_, id) => ({ id, framesPerSecondMax: null }));
const READINGS = 47;
/** 4 MB of readings: more than the mailboxes of historian and hub hold. */
const FRAMES = 15_000;
/** So many looks without another frame: it stands. */
const LOOKS = 10;
const WAIT = { withinMs: 120_000, everyMs: 50 } as const;

test("a TCP stream to a node with a slow disk is held back, and every reading is stored", async (t) => {
  const dir = tempDir(t);
  const hangs = join(dir, "hangs");
  const config = validateConfig({
    zones: [{ id: "main" }],
    storage: { dir: join(dir, "store") },
    hubs: [
      {
        id: "streamed",
        zone: "main",
        link: `tcp://127.0.0.1:${await freeTcpPort()}`,
        leaves: LEAVES,
      },
      { id: "heard", zone: "main", link: `udp://127.0.0.1:${await freeUdpPort()}`, leaves: LEAVES },
    ],
  });
  assert.ok(config.ok, JSON.stringify(config));
  const { hubs, storage } = config.value;
  const rows = new HubRows(hubs.map(({ leavesMax }, hubNo) => ({ hubNo, leavesMax })));
  const tableBuffer = createLeafTable(rows);
  const counters = createHubCounters({ hubsMax: hubs.length });
  const threads = await startThreads({
    node: "slow",
    // Historian, zones and both hubs on one each.
    threads: 4,
    // A disk that hangs is no hung thread, however slow the machine.
    hungMsMax: 120_000,
    shared: { [LEAF_TABLE]: tableBuffer, [HUB_COUNTERS]: counters },
  });
  const { system } = threads;
  t.after(threads.stop);
  const links = await hubLinks(hubs, () => {});
  const parts = links.map((link, hubNo) => ({
    ...link,
    hubNo,
    rows: rows.of(hubNo),
    // Known from before: what strangers report is not stored.
    records: LEAVES.map(({ id: leafId }) => adopted(link.config.id, leafId)),
    linkTotals: new LinkTotals(),
  }));
  const table = openLeafTable(tableBuffer);
  startTree(system, config.value, {
    ...quietParts(system, table, systemClock.nowMs, parts),
    historian: storage,
    historianModule: import.meta.resolve("./slow-disk-historian.ts"),
  });
  const [stream, datagrams] = parts.map(({ hubNo, linkTotals, address }) => ({
    address,
    link: () => linkTotals.read(),
    counts: () => openHubCounters(counters, hubNo).read(),
  }));
  assert.ok(stream !== undefined && datagrams !== undefined);
  const status = (): Promise<HistorianStatus> =>
    system.ask<HistorianCommand, HistorianStatus>(
      system.refAt("mycel://slow/user/historian"),
      (replyTo) => ({ type: "GetHistorian", replyTo }),
      WAIT.withinMs,
    );

  const chunks: Uint8Array[] = [];
  const readings = Object.fromEntries(
    Array.from({ length: READINGS }, (_, i) => [`unknown_0x${(0x90 + i).toString(16)}`, i]),
  );
  for (let n = 0; n < FRAMES; n++) {
    chunks.push(toStream(bytesOf(report(n % LEAVES.length, readings))));
  }
  const socket = await connected(stream.address);
  const radio = await openRadio(datagrams.address);
  t.after(() => {
    socket.destroy();
    radio.close();
  });
  await radio.report(1, { temperature: 21 });
  await until(() => datagrams.counts().applied === 1, { ...WAIT, what: () => "hubs are there" });
  writeFileSync(hangs, "");
  t.after(() => rmSync(hangs, { force: true }));
  socket.end(Buffer.concat(chunks));

  let before = 0;
  let looks = 0;
  await until(
    () => {
      const { applied } = stream.counts();
      looks = applied === before ? looks + 1 : 0;
      before = applied;
      return applied > 0 && looks === LOOKS;
    },
    { ...WAIT, what: () => `it is held back: ${JSON.stringify(stream.counts())}` },
  );
  assert.ok(stream.link().received < FRAMES, "the rest waits at the sender");
  await radio.report(1, { temperature: 22 });
  await until(() => datagrams.counts().applied === 2, { ...WAIT, what: () => "UDP goes on" });
  rmSync(hangs);
  await until(() => stream.counts().applied === FRAMES, {
    ...WAIT,
    what: () => `every frame is applied: ${JSON.stringify(stream.counts())}`,
  });
  const told = await until(
    async () => {
      const now = await status();
      return now.readingsStored === FRAMES * READINGS + 2 && now;
    },
    { ...WAIT, what: () => `every reading is stored: ${JSON.stringify(stream.counts())}` },
  );
  assert.deepEqual(Object.values(told.dropped).filter(Boolean), []);
  const { refused, readingsNotStored } = stream.counts();
  assert.deepEqual([refused, readingsNotStored], [{}, 0]);
});

/** As soon as the link listens. */
const connected = (address: string): Promise<Socket> =>
  until(async () => {
    const { hostname, port } = new URL(address);
    const socket = connect({ host: hostname, port: Number(port) });
    return new Promise<Socket | undefined>((resolve) => {
      socket.once("connect", () => resolve(socket));
      socket.once("error", () => resolve(undefined));
    });
  });
