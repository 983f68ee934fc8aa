/** MQTT 5 to an external broker, for MCP. The embedded broker speaks 3.1.1. */
import { connect } from "mqtt";
import type { Clock } from "../../runtime/clock.ts";
import type { ConnectMqtt5, Mqtt5Connection } from "../mcp/mqtt5-port.ts";
import { whyAway } from "./broker-words.ts";
import type { TrustOptions } from "./mqtt-client.ts";

export interface Mqtt5Broker {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly clock: Pick<Clock, "after">;
  /** Whom to trust, as the node's other connections do. */
  readonly tls?: () => TrustOptions;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** For the farewell to arrive. */
const CLOSE_TIMEOUT_MS = 2_000;
const KEEPALIVE_S = 20;
const RETRY_MS = 2_000;
/** Messages are orders and answers: what cannot leave is refused, not kept. */
const UNSENT_BYTES_MAX = 256 * 1024;

export const mqtt5Connections =
  ({ url, user, password, clock, tls }: Mqtt5Broker): ConnectMqtt5 =>
  ({ clientId, properties, will, keeps, onMessage, onConnect, onLost }) => {
    const client = connect(url, {
      ...tls?.(),
      ...{ protocolVersion: 5, clientId, username: user, password, clean: true },
      ...{ connectTimeout: CONNECT_TIMEOUT_MS, keepalive: KEEPALIVE_S },
      reconnectPeriod: keeps ? RETRY_MS : 0,
      queueQoSZero: false,
      resubscribe: false,
      properties: { sessionExpiryInterval: 0, userProperties: { ...properties } },
      will: {
        ...{ topic: will.topic, retain: will.retain, payload: Buffer.from(will.payload), qos: 1 },
        properties: { userProperties: { ...will.properties } },
      },
    });
    let closing: Promise<void> | undefined;
    let why = "it does not answer";
    let isLost = false;
    const connection: Mqtt5Connection = {
      publish: (topic, payload, { properties: userProperties, retain = false }) => {
        if (!client.connected || client.stream.writableLength > UNSENT_BYTES_MAX) return false;
        client.publish(topic, payload, {
          ...{ qos: 1, retain },
          properties: { userProperties: { ...userProperties } },
        });
        return true;
      },
      subscribe: async (filters, { noLocal }) => {
        await client.subscribeAsync([...filters], { qos: 1, nl: noLocal });
      },
      unsubscribe: (filters) => {
        client.unsubscribe([...filters]);
      },
      close: () => {
        closing ??= new Promise<void>((resolve) => {
          const cancel = clock.after(CLOSE_TIMEOUT_MS, () => {
            client.end(true);
            resolve();
          });
          client.end(!client.connected, () => {
            cancel();
            resolve();
          });
        });
        return closing;
      },
    };
    client.on("error", (error) => {
      why = whyAway(error);
    });
    client.on("connect", ({ properties: told }) => {
      why = "it closed the connection";
      isLost = false;
      onConnect(connection, told?.userProperties);
    });
    client.on("close", () => {
      if (isLost) return;
      isLost = true;
      onLost(why);
    });
    client.on("message", (topic, payload, packet) => {
      onMessage(topic, payload, packet.properties?.userProperties);
    });
    return connection;
  };
