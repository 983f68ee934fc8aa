/** A broker in memory for the bus actor: records what is said, and says what the test wants. */
import type { BusConnectionOptions, ConnectBus } from "../../../transports/mqtt/bus-port.ts";

export interface MemoryBroker {
  readonly connect: ConnectBus;
  readonly published: { readonly clientId: string; topic: string; payload: string }[];
  /** Presence of those connected. */
  readonly online: Set<string>;
  /** Client ids in the order of their connecting. */
  readonly connected: string[];
  /** Their filters, in the same order. */
  readonly subscriptions: (readonly string[])[];
  setUp(up: boolean): void;
  say(topic: string, payload: unknown, retained?: boolean): void;
}

export function memoryBroker(): MemoryBroker {
  const open = new Set<BusConnectionOptions>();
  const online = new Set<string>();
  const published: MemoryBroker["published"] = [];
  const connected: string[] = [];
  const subscriptions: MemoryBroker["subscriptions"] = [];
  let isUp = true;
  return {
    published,
    online,
    connected,
    subscriptions,
    connect: (options) => {
      open.add(options);
      connected.push(options.clientId);
      subscriptions.push(options.subscriptions ?? []);
      if (options.presence) online.add(options.presence.topic);
      options.onStatus?.(isUp, isUp ? "" : "it is not there");
      return {
        isConnected: () => isUp && open.has(options),
        publish: (topic, payload) => {
          if (open.has(options)) published.push({ clientId: options.clientId, topic, payload });
        },
        publishNow: (topic, payload) => {
          if (!isUp || !open.has(options)) return false;
          published.push({ clientId: options.clientId, topic, payload });
          return true;
        },
        close: async () => {
          open.delete(options);
          if (options.presence) online.delete(options.presence.topic);
        },
      };
    },
    setUp: (up) => {
      isUp = up;
      for (const { onStatus } of open) onStatus?.(up, up ? "" : "it is not there");
    },
    say: (topic, payload, retained = false) => {
      const bytes = Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload));
      for (const { onMessage } of open) onMessage?.(topic, bytes, retained);
    },
  };
}
