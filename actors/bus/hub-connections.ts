/**
 * One MQTT connection for each hub that is alive, so that the broker itself announces a hub whose
 * node has died: its last will says `offline` where its presence said `online`.
 */
import type { BusConnection, ConnectBus } from "../../transports/mqtt/bus-port.ts";
import { statusTopic } from "./topics.ts";

/** Three heartbeats, as leaves have: a hub unheard for so long is offline. */
const SILENT_MS = 180_000;
/** As many as a configuration may name. */
const HUBS_MAX = 1_024;

const ONLINE = JSON.stringify({ status: "online" });
const OFFLINE = JSON.stringify({ status: "offline" });

export class HubConnections {
  readonly #connect: ConnectBus;
  readonly #node: string;
  readonly #connections = new Map<
    string,
    { readonly connection: BusConnection; readonly zone: string; heardAtMs: number }
  >();

  constructor(node: string, connect: ConnectBus) {
    this.#node = node;
    this.#connect = connect;
  }

  get(hub: string): BusConnection | undefined {
    return this.#connections.get(hub)?.connection;
  }

  /** Opens the hub's connection at its first heartbeat; undefined beyond the bound. */
  heard(hub: string, zone: string, nowMs: number): BusConnection | undefined {
    const known = this.#connections.get(hub);
    if (known?.zone === zone) {
      known.heardAtMs = nowMs;
      return known.connection;
    }
    if (known === undefined && this.#connections.size >= HUBS_MAX) return undefined;
    void known?.connection.close();
    const connection = this.#connect({
      clientId: `${hub}@${this.#node}`,
      presence: { topic: statusTopic(zone, hub), online: ONLINE, offline: OFFLINE },
    });
    this.#connections.set(hub, { connection, zone, heardAtMs: nowMs });
    return connection;
  }

  /** Says offline for hubs that have fallen silent. */
  closeSilent(nowMs: number): void {
    for (const [hub, { connection, heardAtMs }] of this.#connections) {
      if (nowMs - heardAtMs <= SILENT_MS) continue;
      this.#connections.delete(hub);
      void connection.close();
    }
  }

  closeAll(): void {
    for (const { connection } of this.#connections.values()) void connection.close();
    this.#connections.clear();
  }
}
