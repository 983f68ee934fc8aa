/**
 * One session of ours at a foreign server, as the SDK's transport: its own connection with a fresh client
 * id, from the subscriptions to the farewell.
 *
 *   connect ─▶ subscribe capability, presence, rpc (No Local) ─▶ initialize to control ─▶ all else on rpc
 *   disconnected on rpc, presence empty ─▶ dismissed      connection lost ─▶ closed      close ─▶ disconnected
 */
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import {
  clientPresenceTopic,
  connectProperties,
  controlTopic,
  DISCONNECTED,
  publishProperties,
  rpcTopic,
  type ServerPlace,
  serverCapabilityTopic,
  serverPresenceTopic,
} from "./frames/mqtt5.ts";
import type { ConnectMqtt5, Mqtt5Connection } from "./mqtt5-port.ts";
import { readMessage } from "./read-message.ts";
import type { SessionRefusals } from "./session-refusals.ts";

export interface Mqtt5SessionOptions {
  readonly connect: ConnectMqtt5;
  readonly place: ServerPlace;
  readonly clientId: string;
  readonly self: { readonly name: string; readonly version: string };
  readonly refused: SessionRefusals;
  /** The server has ended it: it is to be taken for gone until it is heard of again. */
  readonly onDismissed: () => void;
}

export function mqtt5Session(options: Mqtt5SessionOptions): Transport {
  const { connect, place, clientId, self, refused, onDismissed } = options;
  const properties = publishProperties("mcp-client", clientId);
  const presence = clientPresenceTopic(clientId);
  const rpc = rpcTopic(clientId, place);
  const capability = serverCapabilityTopic(place);
  let connection: Mqtt5Connection | undefined;
  let hasEnded = false;

  const end = (): void => {
    if (hasEnded) return;
    hasEnded = true;
    transport.onclose?.();
  };
  const dismissed = (): void => {
    connection?.unsubscribe([capability, rpc]);
    onDismissed();
    end();
  };

  const transport: Transport = {
    start: () =>
      new Promise<void>((resolve, reject) => {
        connection = connect({
          clientId,
          properties: connectProperties("mcp-client", self),
          will: { topic: presence, payload: DISCONNECTED, retain: false, properties },
          keeps: false,
          onConnect: (made) => {
            const filters = [capability, serverPresenceTopic(place), rpc];
            made.subscribe(filters, { noLocal: true }).then(resolve, reject);
          },
          onLost: (why) => {
            reject(new Error(why));
            end();
          },
          onMessage: (topic, payload) => {
            if (topic === serverPresenceTopic(place)) {
              if (payload.length === 0) dismissed();
              return;
            }
            const read = readMessage(payload);
            if (!read.ok) {
              refused[read.error] += 1;
              return;
            }
            const message = read.value;
            if ("method" in message && message.method === "notifications/disconnected") {
              if (topic === rpc) dismissed();
              return;
            }
            transport.onmessage?.(message);
          },
        });
      }),
    send: async (message) => {
      const isHello = "method" in message && message.method === "initialize";
      const topic = isHello ? controlTopic(place) : rpc;
      if (connection?.publish(topic, JSON.stringify(message), { properties }) !== true) {
        throw new Error("the MQTT broker is away");
      }
    },
    close: async () => {
      connection?.publish(presence, DISCONNECTED, { properties });
      await connection?.close();
      end();
    },
  };
  return transport;
}
