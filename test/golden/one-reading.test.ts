/**
 * The way of one reading through a node's real tree, a line a message: from a leaf's frame to the zone's
 * situation, the bus and the stored row. In one thread and in virtual time, with the real store.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createBusCounters } from "../../actors/bus/bus-counters.ts";
import { Board } from "../../actors/dashboard/board.ts";
import { NOTHING_READ } from "../../actors/dashboard/kernel-view.ts";
import { startTree } from "../../actors/guardian.ts";
import { latestRows } from "../../actors/historian/latest-rows.ts";
import { forEachBatch } from "../../actors/historian/records.ts";
import { openTables } from "../../actors/historian/tables.ts";
import { createHubCounters, HUB_COUNTERS } from "../../actors/hub/hub-counters.ts";
import {
  createLeafTable,
  emptyLeafRow,
  LEAF_TABLE,
  openLeafTable,
} from "../../actors/leaf/leaf-table.ts";
import { LinkTotals } from "../../actors/link/link-totals.ts";
import { parseConfig } from "../../config/parse.ts";
import { ActorCell } from "../../runtime/cell/actor-cell.ts";
import { openLmdbStore } from "../../runtime/state/lmdb-store.ts";
import { simulate } from "../../runtime/testing/simulation.ts";
import type { NodeInfo } from "../../transports/http/contract.ts";
import { MemoryMedium } from "../../transports/memory/memory-medium.ts";
import { memoryBroker } from "../actors/bus/memory-broker.ts";
import { bytesOf, registration, report } from "../actors/hub/office.ts";
import { readingsOf } from "../support/store-readings.ts";

const GOLDEN = fileURLToPath(new URL("./one-reading.txt", import.meta.url));
const HUB = "swarm_hub_01";
const HEADER = `One reading's way through a node, a line a message: ms since the frame came in, who, to whom, what.
Actor paths are below mycel://office/user; their first step names the folder in actors/ (hubs/…/leaf_12
is actors/leaf). Made by one-reading.test.ts; UPDATE_GOLDEN=1 rewrites it.

`;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** The message's type and what it says; times are left out, the first column has them. */
function told(message: { readonly type: string }): string {
  const { type, ...fields } = message;
  const said = JSON.stringify(fields, (key, value) => (key === "atMs" ? undefined : value));
  return `${type} ${said.replaceAll('"', "").replaceAll(/([,:])/g, "$1 ")}`;
}

/** What an actor hears as bytes: readings, if it is the historian or a zone, else a frame. */
function heard(path: string, bytes: Uint8Array): string {
  if (path.startsWith("zones/")) return `readings ${hex(bytes)}`;
  if (path !== "historian") return `frame ${hex(bytes)}`;
  const readings = readingsOf(bytes).map(
    ({ hubNo, leafId, channel, value }) =>
      `hub ${hubNo} leaf ${leafId} channel ${channel} value ${value}`,
  );
  return `readings ${readings.join("; ")}`;
}

/** No actor has its turn while a link's driver hands over what came in. */
const nameOf = (path: string | undefined): string =>
  path?.replace(/^mycel:\/\/office\/user\//, "") ?? `links/${HUB}`;

/** Tells of every message until the returned function is called. In one thread all actors are cells. */
function traceTells(say: (text: string) => void): () => void {
  const { tell, tellBytes } = ActorCell.prototype;
  const way = (cell: ActorCell<unknown>): string =>
    `${nameOf(cell.system.dispatcher.running?.path)} ──▶ ${nameOf(cell.path)}`;
  ActorCell.prototype.tell = function (message) {
    say(`${way(this)}: ${told(message as { type: string })}`);
    return tell.call(this, message);
  };
  ActorCell.prototype.tellBytes = function (bytes, start, end, tag, atMs) {
    say(`${way(this)}: ${heard(nameOf(this.path), bytes.subarray(start, end))}`);
    return tellBytes.call(this, bytes, start, end, tag, atMs);
  };
  return () => Object.assign(ActorCell.prototype, { tell, tellBytes });
}

test("one reading goes from its frame to the zone, the bus, the page and the store", async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "mycel-golden-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const config = parseConfig(`{ zones: [{ id: main }], hubs: [{ id: ${HUB}, zone: main }] }`);
  assert.ok(config.ok);
  const shared = {
    [LEAF_TABLE]: createLeafTable({ rowsMax: 256 }),
    [HUB_COUNTERS]: createHubCounters({ hubsMax: 1 }),
  };
  const sim = simulate({ seed: 1, order: "fifo", node: "office", shared });
  const medium = new MemoryMedium({ clock: sim.clock, random: sim.random });
  const broker = memoryBroker();
  const lines: string[] = [];
  let sinceMs: number | undefined;
  const say = (text: string): void => {
    if (sinceMs === undefined) return;
    const atMs = Math.round(sim.clock.nowMs() - sinceMs);
    lines.push(`${String(atMs).padStart(4)}  ${text}`);
  };

  const [hubConfig] = config.value.hubs;
  assert.ok(hubConfig !== undefined);
  const table = openLeafTable(shared[LEAF_TABLE]);
  const board = new Board(table, { run: "golden", nowMs: () => sim.clock.nowMs() });
  startTree(sim.system, config.value, {
    dashboard: {
      board,
      hubs: () => [],
      node: () => ({}) as NodeInfo,
      kernel: async () => NOTHING_READ,
      historian: async () => Promise.reject(new Error("nobody looks at it here")),
      say: () => {},
    },
    bus: {
      node: "office",
      hubs: [HUB],
      zones: ["main"],
      counters: createBusCounters(),
      connect: (options) => {
        const connection = broker.connect(options);
        return {
          ...connection,
          publish(topic, payload) {
            say(`bus ──▶ broker: ${topic} ${payload}`);
            connection.publish(topic, payload);
          },
        };
      },
    },
    historian: { ...config.value.storage, dir },
    hubs: [
      {
        config: hubConfig,
        hubNo: 0,
        rows: { rowBase: 0, rowsMax: 256 },
        address: "memory://hub",
        records: [],
        makeLink: () => medium.link("hub"),
        linkTotals: new LinkTotals(),
      },
    ],
    emulators: [],
  });
  await sim.settle();
  const leaf = medium.link("leaf");
  await leaf.open(() => {});
  const send = (frame: Uint8Array): void =>
    assert.ok(leaf.send(leaf.peerOf("hub"), frame).ok, "the link takes the frame");
  send(bytesOf(registration(12)));
  sim.advance(2_000);
  await sim.settle();

  const stopTrace = traceTells(say);
  t.after(stopTrace);
  const frame = bytesOf(report(12, { temperature: 22.5 }));
  sinceMs = sim.clock.nowMs();
  say(`leaf ──▶ links/${HUB}: frame ${hex(frame)}`);
  send(frame);
  // Until the next situation and the next commit are over; a second on, links tell their counters.
  for (let ms = 0; ms < 400; ms += 10) {
    sim.advance(10);
    await sim.settle();
  }
  stopTrace();

  const row = emptyLeafRow();
  assert.ok(table.readRow(12, row));
  lines.push(
    `      in shared memory: leaf ${row.leafId} ${row.online ? "online" : "offline"} channel ${row.channels[0]} value ${row.values[0]}`,
  );
  const store = openLmdbStore({ dir, readOnly: true });
  for (const { key, value: row } of openTables(store).intake.range({})) {
    forEachBatch(row, (hubNo, start, end) => {
      const records = Buffer.from(row.subarray(start, end)).toString("hex");
      lines.push(`      on disk: intake [${key}] hub ${hubNo} records ${records}`);
    });
  }
  for (const { hubNo, leafId, channel, value } of latestRows(store)) {
    const where = `latest [hub ${hubNo}, leaf ${leafId}, channel ${channel}]`;
    lines.push(`      on disk: ${where} value ${value}`);
  }
  await store.close();
  const ended = sim.system.shutdown();
  await sim.settle();
  sim.advance(20_000);
  await ended;

  const text = `${HEADER}${lines.join("\n")}\n`;
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(GOLDEN, text);
  assert.equal(readFileSync(GOLDEN, "utf8"), text, "UPDATE_GOLDEN=1 rewrites it; read the diff");
});
