/** MCP over MQTT 5 on a broker in memory, with a clock that the test moves, and bare clients and servers. */
import type { TestContext } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "../../../runtime/clock.ts";
import { systemClock } from "../../../runtime/clock.ts";
import { requestText } from "../../../transports/mcp/frames/json-rpc.ts";
import { foreignServers } from "../../../transports/mcp/mqtt5-client.ts";
import type { Mqtt5Connection } from "../../../transports/mcp/mqtt5-port.ts";
import { startMqtt5Server } from "../../../transports/mcp/mqtt5-server.ts";
import type { McpOffer } from "../../../transports/mcp/offer.ts";
import { noSessionRefusals } from "../../../transports/mcp/session-refusals.ts";
import { CONFORMANCE_OFFER } from "./conformance-offer.ts";
import { memoryMqtt5 } from "./memory-mqtt5.ts";

export const PLACE = { serverId: "server-1", serverName: "lab/fixtures" };
export const hello = (id: number | string = 1): string =>
  requestText(id, "initialize", {
    protocolVersion: "2025-03-26",
    capabilities: {},
    clientInfo: { name: "bare", version: "0" },
  });

/** Promises that are ready run on; nothing here takes time. */
export const settle = async (): Promise<void> => {
  for (let i = 0; i < 30; i += 1) await turn();
};

export function mqtt5Desk(t: TestContext, told: Readonly<Record<string, string>> = {}) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const broker = memoryMqtt5(told);
  const refused = noSessionRefusals();
  const lines: string[] = [];
  let nowMs = 0;
  const clock: Clock = { ...systemClock, monotonicMs: () => nowMs };
  const ports = { clock, refused, log: (line: string) => void lines.push(line) };
  let ids = 0;

  const tick = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 1_000) {
      nowMs += Math.min(left, 1_000);
      t.mock.timers.tick(Math.min(left, 1_000));
      await settle();
    }
  };
  const serve = (offer: McpOffer = CONFORMANCE_OFFER, place = PLACE) => {
    const server = startMqtt5Server(offer, place, { connect: broker.connect, ...ports });
    t.after(() => server.close());
    return server;
  };
  const find = (filters: readonly string[] = ["lab/#"]) => {
    const servers = foreignServers({
      ...{ connect: broker.connect, node: "office", version: "0", filters, ...ports },
      newId: () => `${++ids}`,
    });
    t.after(() => servers.close());
    return servers;
  };
  /** Some other's client or server: says what it is told to, and keeps what it hears. */
  const bare = async (
    clientId: string,
    filters: readonly string[] = [`$mcp-rpc/${clientId}/#`, "$mcp-server/capability/#"],
    onHeard?: (message: Heard, connection: Mqtt5Connection) => void,
  ) => {
    const heard: Heard[] = [];
    const connection = broker.connect({
      ...{ clientId, properties: {}, keeps: false },
      will: {
        topic: `$mcp-client/presence/${clientId}`,
        payload: '{"jsonrpc":"2.0","method":"notifications/disconnected"}',
        ...{ retain: false, properties: {} },
      },
      onConnect: (made) => void made.subscribe(filters, { noLocal: true }),
      onLost: () => {},
      onMessage: (topic, payload) => {
        const text = Buffer.from(payload).toString();
        const message = { topic, body: text === "" ? undefined : JSON.parse(text) };
        heard.push(message);
        onHeard?.(message, connection);
      },
    });
    await settle();
    const say = async (topic: string, payload: string, retain = false): Promise<void> => {
      const properties = { "MCP-COMPONENT-TYPE": "mcp-client", "MCP-MQTT-CLIENT-ID": clientId };
      connection.publish(topic, payload, { properties, retain });
      await settle();
    };
    const { serverId, serverName } = PLACE;
    return {
      heard,
      say,
      control: (payload: string) => say(`$mcp-server/${serverId}/${serverName}`, payload),
      rpc: (payload: string) => say(`$mcp-rpc/${clientId}/${serverId}/${serverName}`, payload),
      leave: (payload: string) => say(`$mcp-client/presence/${clientId}`, payload),
    };
  };
  return { broker, refused, lines, tick, serve, find, bare };
}

export interface Heard {
  readonly topic: string;
  readonly body: { id?: unknown; method?: string; result?: never; error?: { code: number } };
}
