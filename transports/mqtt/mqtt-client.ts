/**
 * Connections to an MQTT broker, embedded or external, that come back by themselves.
 *
 *   publish ──▶ socket, if the broker is there and reads
 *           └─▶ pending (newest of each topic) ──at reconnect──▶ socket
 *
 * Nothing here blocks or throws when the broker is away.
 */
import { connect, type MqttClient } from "mqtt";
import type { Clock } from "../../runtime/clock.ts";
import { whyAway } from "./broker-words.ts";
import type { BusConnection, BusConnectionOptions, ConnectBus } from "./bus-port.ts";
import { PendingMessages } from "./pending-messages.ts";

/** Whose certificates are believed, and which of ours is shown, as Node's `tls.connect` has it. */
export interface TrustOptions {
  readonly ca?: string | Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** The authority given may be the broker's own certificate. */
  readonly allowPartialTrustChain?: boolean;
  readonly checkServerIdentity?: () => undefined;
}

export interface MqttConnectionsOptions {
  /** `mqtt://host:port`, or `mqtts:` with the system's certificate authorities. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly clock: Pick<Clock, "after">;
  /** For `mqtts:`, asked for at each attempt; without it the system's authorities decide. */
  readonly tls?: () => TrustOptions;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export interface MqttStats {
  readonly connections: number;
  readonly connected: number;
  /** Messages given to a socket. */
  readonly published: number;
  /** Messages that gave way to newer ones while the broker was away or slow. */
  readonly dropped: number;
}

/** All connections of one node to one broker. */
export interface MqttConnections {
  readonly connect: ConnectBus;
  stats(): MqttStats;
  /** Closes those still open. */
  close(): Promise<void>;
}

/** Topics of 256 leaves with four channels each: a hub's worth. */
const PENDING_TOPICS_MAX = 1_024;
/** Unsent bytes of one socket; beyond it the broker does not read and messages wait here instead. */
const UNSENT_BYTES_MAX = 256 * 1024;
/** Half a second is unnoticed when a broker restarts; half a minute is what a person waits. */
const RETRY_MS = { first: 500, max: 30_000 } as const;
const CONNECT_TIMEOUT_MS = 5_000;
/** A dead broker is noticed, and ours announced dead, after one and a half of it (MQTT 3.1.2.10). */
const KEEPALIVE_S = 20;
/** For the farewell to reach a broker that still answers. */
const CLOSE_TIMEOUT_MS = 2_000;

export function createMqttConnections(options: MqttConnectionsOptions): MqttConnections {
  const open = new Set<Connection>();
  /** Of connections that have been closed. */
  let published = 0;
  let dropped = 0;
  return {
    connect: (connection) => {
      const one = new Connection(options, connection, () => {
        open.delete(one);
        published += one.published;
        dropped += one.dropped;
      });
      open.add(one);
      return one;
    },
    stats: () => {
      const all = [...open];
      const sum = (of: (one: Connection) => number): number =>
        all.reduce((total, one) => total + of(one), 0);
      return {
        connections: all.length,
        connected: all.filter((one) => one.isConnected()).length,
        published: published + sum((one) => one.published),
        dropped: dropped + sum((one) => one.dropped),
      };
    },
    close: async () => {
      await Promise.all([...open].map((one) => one.close()));
    },
  };
}

class Connection implements BusConnection {
  readonly #broker: MqttConnectionsOptions;
  readonly #options: BusConnectionOptions;
  readonly #onClosed: () => void;
  readonly #pending = new PendingMessages(PENDING_TOPICS_MAX);
  /** The attempt under way or the connection; a new one for each, so that none has a past. */
  #client: MqttClient | undefined;
  #connected = false;
  #failures = 0;
  #cancelRetry: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  #published = 0;

  constructor(broker: MqttConnectionsOptions, options: BusConnectionOptions, onClosed: () => void) {
    this.#broker = broker;
    this.#options = options;
    this.#onClosed = onClosed;
    this.#attempt();
  }

  get published(): number {
    return this.#published;
  }

  get dropped(): number {
    return this.#pending.dropped;
  }

  isConnected(): boolean {
    return this.#connected;
  }

  publish(topic: string, payload: string): void {
    if (this.#closing !== undefined) return;
    // Behind those that wait already, so that a topic's messages stay in order.
    if (this.#pending.size > 0 || !this.#send(topic, payload)) this.#pending.put(topic, payload);
  }

  publishNow(topic: string, payload: string): boolean {
    if (this.#closing !== undefined || this.#pending.size > 0) return false;
    return this.#send(topic, payload);
  }

  close(): Promise<void> {
    this.#closing ??= this.#part();
    return this.#closing;
  }

  #attempt(): void {
    const { url, user, password, tls } = this.#broker;
    const { clientId, presence, subscriptions = [], onMessage } = this.#options;
    const client = connect(url, {
      ...(tls?.() as object | undefined),
      clientId,
      username: user,
      password,
      clean: true,
      connectTimeout: CONNECT_TIMEOUT_MS,
      keepalive: KEEPALIVE_S,
      reconnectPeriod: 0, // done here, with backoff and jitter
      queueQoSZero: false,
      ...(presence && {
        will: { topic: presence.topic, payload: presence.offline, qos: 1, retain: true },
      }),
    });
    this.#client = client;
    let why = "it closed the connection";
    client.on("error", (error) => {
      why = whyAway(error);
      client.end(true);
    });
    client.on("close", () => this.#lost(client, why));
    client.on("message", (topic, payload, { retain }) => onMessage?.(topic, payload, retain));
    client.on("connect", () => {
      this.#connected = true;
      this.#failures = 0;
      if (presence) client.publish(presence.topic, presence.online, { qos: 1, retain: true });
      // A broker that refuses a filter says so in its log; there is nothing to do about it here.
      if (subscriptions.length > 0) client.subscribe([...subscriptions], () => {});
      client.stream.on("drain", () => this.#drain());
      this.#options.onStatus?.(true, "");
      this.#drain();
    });
  }

  /** False when the message has to wait. */
  #send(topic: string, payload: string): boolean {
    const client = this.#client;
    if (!this.#connected || client === undefined) return false;
    if (client.stream.writableLength > UNSENT_BYTES_MAX) return false;
    client.publish(topic, payload);
    this.#published += 1;
    return true;
  }

  #drain(): void {
    this.#pending.drain((topic, payload) => this.#send(topic, payload));
  }

  #lost(client: MqttClient, why: string): void {
    if (client !== this.#client) return;
    this.#client = undefined;
    const wasConnected = this.#connected;
    this.#connected = false;
    client.end(true);
    if (this.#closing !== undefined) return;
    if (wasConnected || this.#failures === 0) this.#options.onStatus?.(false, why);
    const delayMs = Math.min(RETRY_MS.first * 2 ** this.#failures, RETRY_MS.max);
    this.#failures = Math.min(this.#failures + 1, 16);
    // Jitter, so that a hundred hubs do not come back in the same millisecond.
    const jitter = 0.5 + this.#broker.random() / 2;
    this.#cancelRetry = this.#broker.clock.after(delayMs * jitter, () => this.#attempt());
  }

  async #part(): Promise<void> {
    this.#cancelRetry?.();
    const client = this.#client;
    const { presence } = this.#options;
    if (client !== undefined) {
      const connected = this.#connected;
      this.#connected = false;
      await new Promise<void>((resolve) => {
        const cancel = this.#broker.clock.after(CLOSE_TIMEOUT_MS, () => {
          client.end(true);
          resolve();
        });
        const parted = (): void => {
          cancel();
          resolve();
        };
        if (connected && presence) {
          client.publish(presence.topic, presence.offline, { qos: 1, retain: true });
        }
        client.once("close", parted);
        // Waits for what is not yet acknowledged, if there is a connection to wait on.
        client.end(!connected, parted);
      });
    }
    this.#onClosed();
  }
}
