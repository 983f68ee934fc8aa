/**
 * A whole node in simulation: the guardian's tree on several threads, links through the air, leaves as
 * they are deployed, a disk in memory.
 *
 *   EmulatedLeaf ──▶ MemoryMedium ──▶ link ▶ hub ▶ leaf ▶ zone, bus, historian ──▶ Disk
 */
import { createBusCounters } from "../../actors/bus/bus-counters.ts";
import { Board } from "../../actors/dashboard/board.ts";
import { type HubPart, startTree, type TreeParts } from "../../actors/guardian.ts";
import {
  createHubCounters,
  HUB_COUNTERS,
  type HubCounters,
  openHubCounters,
} from "../../actors/hub/hub-counters.ts";
import { LEAVES_DEFAULT } from "../../actors/hub/hub-options.ts";
import { HubRows } from "../../actors/hub/hub-rows.ts";
import {
  createLeafTable,
  LEAF_TABLE,
  type LeafTable,
  openLeafTable,
} from "../../actors/leaf/leaf-table.ts";
import { LinkTotals } from "../../actors/link/link-totals.ts";
import { parseConfig } from "../../config/parse.ts";
import type { Config } from "../../config/schema.ts";
import { Chance } from "../../firmware/emulated/chance.ts";
import { EmulatedLeaf } from "../../firmware/emulated/emulated-leaf.ts";
import type { ChannelName } from "../../firmware/wire/frame-types.ts";
import type { ActorSystem } from "../../runtime/actor-system.ts";
import type { Simulation } from "../../runtime/testing/simulation.ts";
import type { NodeInfo } from "../../transports/http/contract.ts";
import type { MemoryLink } from "../../transports/memory/memory-link.ts";
import { MemoryMedium } from "../../transports/memory/memory-medium.ts";
import { memoryBroker } from "../actors/bus/memory-broker.ts";
import { type Disk, newDisk } from "./actors/memory-historian.ts";
import { Broken } from "./world.ts";

export interface NodeShape {
  readonly hubs: number;
  readonly leavesPerHub: number;
  readonly everyMs: number;
  /** Of the actors' turns, once the node runs. */
  readonly order: "seeded" | "fifo";
}

const rowsOf = (hubs: number): HubRows =>
  new HubRows(Array.from({ length: hubs }, (_, hubNo) => ({ hubNo, leavesMax: LEAVES_DEFAULT })));

export const sharedOf = ({ hubs }: NodeShape): Readonly<Record<string, SharedArrayBuffer>> => ({
  [LEAF_TABLE]: createLeafTable(rowsOf(hubs)),
  [HUB_COUNTERS]: createHubCounters({ hubsMax: hubs }),
});

export interface SimulatedLeaf {
  readonly hub: number;
  readonly leafId: number;
  /** In the leaf table. */
  readonly row: number;
  /** When it sent each of its values, which are 1, 2, 3 …; index 0 is of value 1. */
  readonly sentMs: number[];
  tick(nowMs: number): void;
  send(frame: Uint8Array): void;
}

export interface OfficeNode {
  readonly hubIds: readonly string[];
  readonly leaves: readonly SimulatedLeaf[];
  readonly medium: MemoryMedium;
  readonly disk: Disk;
  readonly table: LeafTable;
  readonly counters: readonly HubCounters[];
  readonly totals: readonly LinkTotals[];
  framesSent(): number;
}

export const CHANNEL: ChannelName = "illuminance";

export async function openNode(
  sim: Simulation,
  shared: Readonly<Record<string, SharedArrayBuffer>>,
  shape: NodeShape,
  seed: number,
): Promise<OfficeNode> {
  const ids = Array.from({ length: shape.hubs }, (_, hub) => `swarm_hub_${hub + 1}`);
  const hubsText = ids.map((id) => `{ id: ${id}, zone: main }`).join(", ");
  const config = parseConfig(`{ zones: [{ id: main }], hubs: [${hubsText}] }`);
  if (!config.ok) throw new Broken("settings", JSON.stringify(config.error));
  const medium = new MemoryMedium({ clock: sim.clock, random: sim.random });
  const disk = newDisk(sim.clock);
  const table = openLeafTable(shared[LEAF_TABLE] as SharedArrayBuffer);
  const countersBuffer = shared[HUB_COUNTERS] as SharedArrayBuffer;
  const totals = ids.map(() => new LinkTotals());
  await startOffice(
    sim,
    table,
    config.value,
    config.value.hubs.map((hub, hubNo) => ({
      config: hub,
      hubNo,
      rows: rowsOf(shape.hubs).of(hubNo),
      address: `memory://${hub.id}`,
      records: [],
      makeLink: () => medium.link(hub.id),
      linkTotals: totals[hubNo] as LinkTotals,
    })),
  );
  if (shape.order === "seeded") sim.setOrder("seeded");
  let framesSent = 0;
  const count = (): void => {
    framesSent += 1;
  };
  const leaves: SimulatedLeaf[] = [];
  for (const [hub, hubId] of ids.entries()) {
    for (let leafId = 0; leafId < shape.leavesPerHub; leafId += 1) {
      const link = medium.link(`${hubId}-leaf-${leafId}`);
      await link.open(() => {});
      leaves.push(leafOf({ hub, hubId, leafId, link, seed, everyMs: shape.everyMs, sim, count }));
    }
  }
  return {
    hubIds: ids,
    leaves,
    medium,
    disk,
    table,
    counters: ids.map((_, hub) => openHubCounters(countersBuffer, hub)),
    totals,
    framesSent: () => framesSent,
  };
}

/** The guardian's tree with these hubs, and a disk in memory. */
export async function startOffice(
  sim: Simulation,
  table: LeafTable,
  config: Config,
  hubs: readonly HubPart[],
): Promise<void> {
  // A link looks for its hub once, and the guardian relies on the order of starting.
  sim.setOrder("fifo");
  startTree(sim.system, config, {
    ...quietParts(sim.system, table, () => sim.clock.nowMs(), hubs),
    historian: { ...config.storage, dir: "memory" },
    historianModule: import.meta.resolve("./actors/memory-historian.ts"),
  });
  await sim.settle();
}

/** Of a tree that is all hubs: nobody looks at the page, and the bus forgets what it hears. */
export const quietParts = (
  { node }: Pick<ActorSystem, "node">,
  table: LeafTable,
  nowMs: () => number,
  hubs: readonly HubPart[],
): Omit<TreeParts, "historian"> => ({
  dashboard: {
    board: new Board(table, { run: "simulated", nowMs }),
    hubs: () => [],
    node: () => ({}) as NodeInfo,
    kernel: () => new Promise(() => {}),
    historian: () => new Promise(() => {}),
    say: () => {},
  },
  bus: {
    node,
    hubs: hubs.map(({ config: { id } }) => id),
    zones: ["main"],
    counters: createBusCounters(),
    connect: forgetful(),
  },
  hubs,
  emulators: [],
});

interface LeafPlace {
  readonly hub: number;
  readonly hubId: string;
  readonly leafId: number;
  readonly link: MemoryLink;
  readonly seed: number;
  readonly everyMs: number;
  readonly sim: Simulation;
  readonly count: () => void;
}

function leafOf(place: LeafPlace): SimulatedLeaf {
  const { hub, hubId, leafId, link, seed, everyMs, sim, count } = place;
  const sentMs: number[] = [];
  const chance = new Chance(seed, hub * LEAVES_DEFAULT + leafId + 1);
  const peer = link.peerOf(hubId);
  const send = (frame: Uint8Array): boolean => {
    const isSent = link.send(peer, frame).ok;
    if (isSent) count();
    return isSent;
  };
  const sendFrame = (bytes: Uint8Array, length: number) => send(bytes.subarray(0, length));
  const leaf = new EmulatedLeaf({
    leafId,
    body: {
      hardware: "esp32",
      channels: [CHANNEL],
      actuators: [],
      onBattery: false,
      sense(values) {
        values[0] = sentMs.push(sim.clock.nowMs());
      },
      switchRelay() {},
    },
    everyMs,
    startMs: sim.clock.nowMs() + chance.between(0, everyMs),
    chance,
  });
  return {
    hub,
    leafId,
    row: hub * LEAVES_DEFAULT + leafId,
    sentMs,
    tick: (nowMs) => leaf.tick(nowMs, sendFrame),
    send,
  };
}

/** A broker that takes everything and keeps nothing. */
const forgetful = (): ReturnType<typeof memoryBroker>["connect"] => {
  const { connect } = memoryBroker();
  return (options) => ({ ...connect(options), publish() {} });
};
