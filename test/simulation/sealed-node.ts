/**
 * A node of three hubs that speaks both wires, as it lives and dies: what is on the disk and in the air
 * outlives it, and its next life begins with that.
 *
 *   leaf ──▶ air ──▶ hub 1                     ┐
 *   leaf ──▶ air ──▶ gateway box ──▶ envelopes ┴▶ hubs 2, 3 ──▶ leaves ──▶ historian ──▶ Disk
 */

import { hubPath, ROOT_SUPERVISION } from "../../actors/guardian.ts";
import { loadLeafRecords } from "../../actors/historian/leaf-records.ts";
import {
  createHubCounters,
  HUB_COUNTERS,
  type HubCounters,
  openHubCounters,
} from "../../actors/hub/hub-counters.ts";
import { LEAVES_DEFAULT } from "../../actors/hub/hub-options.ts";
import { HubRows } from "../../actors/hub/hub-rows.ts";
import type { HubCommand } from "../../actors/hub/messages.ts";
import {
  createSessionTable,
  SESSION_TABLE,
  SessionTable,
} from "../../actors/hub/security/session-table.ts";
import { createLeafTable, LEAF_TABLE, openLeafTable } from "../../actors/leaf/leaf-table.ts";
import { LinkTotals } from "../../actors/link/link-totals.ts";
import { fillSessions, recallSessions } from "../../actors/recall-sessions.ts";
import { parseConfig } from "../../config/parse.ts";
import { ENVELOPE } from "../../firmware/wire/gateway-types.ts";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { MycelError } from "../../runtime/errors.ts";
import { seededRandom } from "../../runtime/random.ts";
import { VirtualClock } from "../../runtime/testing/virtual-clock.ts";
import { readEnvelope } from "../../transports/gateway/envelope.ts";
import { Gateway } from "../../transports/gateway/gateway.ts";
import type { Link } from "../../transports/link.ts";
import { MemoryMedium } from "../../transports/memory/memory-medium.ts";
import { type Disk, newDisk } from "./actors/memory-historian.ts";
import { startOffice } from "./office-node.ts";
import { Stage } from "./stage.ts";
import { Broken, hold } from "./world.ts";

export const FLEET_SECRET = "00112233445566778899aabbccddeeff";
const SEALED_OPTIONS = {
  accept: "both",
  keyRotationDays: 0,
  fleetSecret: FLEET_SECRET,
  keySecret: undefined,
} as const;
export const HUB_IDS = ["swarm_hub_1", "swarm_hub_2", "swarm_hub_3"] as const;
/** Hubs from this one on have their number at the gateway. */
export const GATEWAY_FROM = 1;
export const GATEWAY = "gateway";
const THREADS = 3;
/** Of hubs' frames to a leaf, so that their sequence wraps while it is looked at. */
const TO_WRAP = 40;

const ROWS = new HubRows(HUB_IDS.map((_, hubNo) => ({ hubNo, leavesMax: LEAVES_DEFAULT })));

/** What came to the links of a node's life. */
interface Arrivals {
  /** Index: hub. Frames that reached its own link. */
  readonly direct: number[];
  /** Frames in envelopes that reached the gateway's driver. */
  enveloped: number;
}

export class SealedNode {
  readonly clock = new VirtualClock();
  readonly air: MemoryMedium;
  /** Between gateway and node: UDP, which has a checksum. */
  readonly back: MemoryMedium;
  readonly disk: Disk;
  stage: Stage;
  life = 0;
  isUp = false;
  counters: readonly HubCounters[] = [];
  totals: readonly LinkTotals[] = [];
  /** Frames that hubs gave to the air or to the gateway's driver's, over all lives. */
  airSent = 0;
  airArrived = 0;
  readonly #seed: number;
  readonly #healMs: number;
  #arrivals: Arrivals = { direct: [], enveloped: 0 };
  #gateway: Gateway | undefined;
  /** Of this life, to be cut with it. */
  #links: Link[] = [];
  /** As in the file beside the store. */
  #lastStart: number | undefined;

  constructor(seed: number, healMs: number) {
    const { clock } = this;
    this.#seed = seed;
    this.#healMs = healMs;
    this.air = new MemoryMedium({ clock, random: seededRandom(seed ^ 0xa1) });
    this.back = new MemoryMedium({ clock, random: seededRandom(seed ^ 0xba) });
    this.disk = newDisk(clock);
    this.stage = this.#newStage({});
  }

  hub(hub: number): ActorRef<HubCommand> {
    const { system } = this.stage.sim;
    return system.refAt<HubCommand>(hubPath(system, HUB_IDS[hub] as string));
  }

  /** False: the disk is full, and the node refuses to start. */
  async start(): Promise<boolean> {
    const { clock, disk } = this;
    const recalled = await recallSessions(disk.opened(), HUB_IDS, {
      nowMs: clock.nowMs(),
      lastStart: this.#lastStart,
      keySecret: undefined,
    }).catch((cause: unknown) => {
      if (cause instanceof MycelError && cause.code === "E_STORE_FULL") return undefined;
      throw cause;
    });
    if (recalled === undefined) return false;
    this.#lastStart = recalled.nodeStart;
    this.life += 1;
    const shared = {
      [LEAF_TABLE]: createLeafTable(ROWS),
      [HUB_COUNTERS]: createHubCounters({ hubsMax: HUB_IDS.length }),
      [SESSION_TABLE]: createSessionTable(ROWS),
    };
    const sessions = new SessionTable(shared[SESSION_TABLE]);
    fillSessions(sessions, recalled, (hub, leafId) =>
      ROWS.rowOf(HUB_IDS.indexOf(hub as (typeof HUB_IDS)[number]), leafId),
    );
    for (let row = 0; row < sessions.rowsMax; row++) {
      sessions.setDownlink(row, sessions.downlink(row) + 0x10000 - TO_WRAP);
    }
    this.stage = this.#newStage(shared);
    this.counters = HUB_IDS.map((_, hub) => openHubCounters(shared[HUB_COUNTERS], hub));
    this.totals = HUB_IDS.map(() => new LinkTotals());
    await this.#startTree(shared[LEAF_TABLE]);
    this.isUp = true;
    return true;
  }

  /** As `kill -9`; what is on its way to the disk does not get there. */
  kill(): void {
    this.isUp = false;
    this.stage.sim.kill();
    for (const link of this.#links.splice(0)) void link.close();
    this.disk.opened();
  }

  /** So many ms; nobody has a turn while the node is down. */
  async pass(ms: number, step: number): Promise<void> {
    if (this.isUp) await this.stage.pass(ms, step);
    else {
      this.stage.sim.advance(ms);
      await this.stage.sim.promises();
    }
  }

  /** Of this life: what arrived = applied + refused + under way; nothing is, once all is quiet. */
  checkFrames(isQuiet: boolean): void {
    let enveloped = 0;
    for (const [hub, totals] of this.totals.entries()) {
      const id = HUB_IDS[hub];
      const { received } = totals.read();
      const { forwarded, hubBusy } = totals;
      const isWhole = received === forwarded + hubBusy;
      hold(
        isWhole,
        "frames of a link",
        () => `${id}: ${received}, of them ${forwarded} + ${hubBusy}`,
      );
      if (hub >= GATEWAY_FROM) enveloped += received;
      else {
        const arrived = this.#arrivals.direct[hub] ?? 0;
        hold(arrived === received, "frames that arrive", () => `${id}: ${received} of ${arrived}`);
      }
      const counts = this.counters[hub]?.read();
      const underWay = this.counters[hub]?.underWay() ?? 0;
      const isOpen = isQuiet ? underWay === 0 : underWay >= 0;
      const what = () => `${id}: ${underWay} under way of ${JSON.stringify(counts)}`;
      hold(isOpen, "each frame is applied or refused", what);
      const inHand = this.stage.inHand.filter((message) => message instanceof Uint8Array).length;
      const missing = forwarded - (counts?.received ?? 0);
      const isLost = !isQuiet || this.stage.everLost.size > 0 || missing <= inHand;
      hold(
        missing >= 0 && isLost,
        "each frame that was forwarded is heard",
        () => `${id}: ${missing}`,
      );
    }
    const { enveloped: arrived } = this.#arrivals;
    const noHub = this.#gateway?.stats().refused["noHub"] ?? 0;
    const what = () => `${enveloped} and ${noHub} for no hub of ${arrived}`;
    hold(arrived === enveloped + noHub, "frames in envelopes", what);
  }

  #newStage(shared: Readonly<Record<string, SharedArrayBuffer>>): Stage {
    return new Stage({
      seed: this.#seed + 7_919 * this.life,
      clock: this.clock,
      threads: THREADS,
      supervision: ROOT_SUPERVISION,
      shared,
      healMs: this.#healMs,
      expected: ["E_STORE_FAILED"],
    });
  }

  async #startTree(table: SharedArrayBuffer): Promise<void> {
    const hubsText = HUB_IDS.map((id) => `{ id: ${id}, zone: main }`).join(", ");
    const config = parseConfig(`{ zones: [{ id: main }], hubs: [${hubsText}] }`);
    if (!config.ok) throw new Broken("settings", JSON.stringify(config.error));
    const arrivals: Arrivals = { direct: [], enveloped: 0 };
    this.#arrivals = arrivals;
    const gateway = new Gateway({
      id: GATEWAY,
      makeLink: () =>
        this.#tapped(this.back.link(GATEWAY, ENVELOPE.bytesMax), (bytes, start, end) => {
          readEnvelope(bytes, start, end, () => {
            arrivals.enveloped += 1;
          });
        }),
    });
    this.#gateway = gateway;
    const makeDirect = (hub: number): Link =>
      this.#tapped(
        this.air.link(HUB_IDS[hub] as string),
        () => {
          arrivals.direct[hub] = (arrivals.direct[hub] ?? 0) + 1;
          this.airArrived += 1;
        },
        () => {
          this.airSent += 1;
        },
      );
    const { store } = this.disk;
    await startOffice(
      this.stage.sim,
      openLeafTable(table),
      config.value,
      config.value.hubs.map((hub, hubNo) => ({
        config: hub,
        hubNo,
        rows: ROWS.of(hubNo),
        address: `memory://${hub.id}`,
        records: loadLeafRecords(store, hub.id),
        sealed: SEALED_OPTIONS,
        makeLink: () => (hubNo < GATEWAY_FROM ? makeDirect(hubNo) : gateway.link(hubNo)),
        linkTotals: this.totals[hubNo] as LinkTotals,
      })),
    );
    this.stage.sim.setOrder("seeded");
  }

  #tapped(
    link: Link,
    onArrival: (bytes: Uint8Array, start: number, end: number) => void,
    onSent: () => void = () => {},
  ): Link {
    this.#links.push(link);
    return {
      address: link.address,
      open: (receiver, onClosed) =>
        link.open((bytes, start, end, peer) => {
          onArrival(bytes, start, end);
          return receiver(bytes, start, end, peer);
        }, onClosed),
      send(peer, frame) {
        const sent = link.send(peer, frame);
        if (sent.ok) onSent();
        return sent;
      },
      stats: () => link.stats(),
      close: () => link.close(),
    };
  }
}
