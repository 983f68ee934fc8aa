/** An MQTT 5 broker in memory, as far as MCP needs one: retained messages, wills, No Local, a CONNACK's properties. */
import type { ConnectMqtt5, Mqtt5Options } from "../../../transports/mcp/mqtt5-port.ts";
import { covers } from "../../../transports/mqtt/acl.ts";

export interface Heard {
  readonly from: string;
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  readonly properties: Readonly<Record<string, string>>;
}

interface Client {
  readonly options: Mqtt5Options;
  readonly filters: Map<string, boolean>;
}

export function memoryMqtt5(told: Readonly<Record<string, string>> = {}) {
  const clients = new Map<string, Client>();
  const retained = new Map<string, string>();
  /** All that was said, in order. */
  const said: Heard[] = [];

  const deliver = (to: Client, { topic, payload, properties }: Heard): void =>
    queueMicrotask(() => {
      const { options } = to;
      if (clients.get(options.clientId) !== to) return;
      options.onMessage(topic, Buffer.from(payload), properties);
    });
  const publish = (message: Heard): void => {
    const { from, topic, payload, retain } = message;
    said.push(message);
    if (retain && payload === "") retained.delete(topic);
    else if (retain) retained.set(topic, payload);
    for (const client of clients.values()) {
      const isHeard = [...client.filters].some(
        ([filter, noLocal]) =>
          matches(filter, topic) && !(noLocal && client.options.clientId === from),
      );
      if (isHeard) deliver(client, message);
    }
  };

  const connect: ConnectMqtt5 = (options) => {
    const { clientId } = options;
    const client: Client = { options, filters: new Map() };
    clients.set(clientId, client);
    const isIn = (): boolean => clients.get(clientId) === client;
    const connection: ReturnType<ConnectMqtt5> = {
      publish: (topic, payload, { properties, retain = false }) => {
        if (!isIn()) return false;
        publish({ from: clientId, topic, payload, retain, properties });
        return true;
      },
      subscribe: async (filters, { noLocal }) => {
        if (!isIn()) throw new Error("not connected");
        for (const filter of filters) {
          client.filters.set(filter, noLocal);
          for (const [topic, payload] of retained) {
            const message = { from: "", topic, payload, retain: true, properties: {} };
            if (matches(filter, topic)) deliver(client, message);
          }
        }
      },
      unsubscribe: (filters) => {
        for (const filter of filters) client.filters.delete(filter);
      },
      close: async () => {
        if (isIn()) clients.delete(clientId);
      },
    };
    queueMicrotask(() => {
      if (isIn()) options.onConnect(connection, told);
    });
    return connection;
  };

  return {
    connect,
    said,
    retained,
    clients: (): string[] => [...clients.keys()],
    filters: (clientId: string): readonly string[] => [
      ...(clients.get(clientId)?.filters.keys() ?? []),
    ],
    optionsOf: (clientId: string): Mqtt5Options | undefined => clients.get(clientId)?.options,
    /** Its connection breaks without a word: the will is said. */
    cut: (clientId: string): void => {
      const client = clients.get(clientId);
      if (client === undefined) return;
      clients.delete(clientId);
      const { will, onLost } = client.options;
      publish({ from: clientId, ...will });
      onLost("it closed the connection");
    },
  };
}

/** As MQTT has it; `covers` keeps out what begins with `$`. */
const matches = (filter: string, topic: string): boolean => covers(`x${filter}`, `x${topic}`);
