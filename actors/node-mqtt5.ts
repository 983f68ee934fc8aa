/**
 * MCP over MQTT 5 for a node: foreign servers that become devices, and its own hubs' tools as a server,
 * as far as the settings say. The embedded broker speaks MQTT 3.1.1, so both need an external one.
 */
import { randomUUID } from "node:crypto";
import type { Config } from "../config/schema.ts";
import { systemClock } from "../runtime/clock.ts";
import type { ForeignServers } from "../transports/mcp/mqtt5-client.ts";
import type { ConnectMqtt5 } from "../transports/mcp/mqtt5-port.ts";
import { type McpNode, strangersOffer } from "../transports/mcp/node-offer.ts";
import { noSessionRefusals, type SessionRefusals } from "../transports/mcp/session-refusals.ts";

export interface NodeMqtt5 {
  readonly servers: ForeignServers | undefined;
  stats(): { readonly sessions: number; readonly refused: SessionRefusals };
  close(): Promise<void>;
}

export async function openMqtt5(
  { node, mqtt }: Pick<Config, "node" | "mqtt">,
  connect: ConnectMqtt5 | undefined,
  own: McpNode,
  say: (line: string) => void,
): Promise<NodeMqtt5> {
  const { mcpServers: filters, mcpServerName: serverName } = mqtt;
  const isWanted = filters.length > 0 || serverName !== undefined;
  const refused = noSessionRefusals();
  const none: NodeMqtt5 = {
    servers: undefined,
    stats: () => ({ sessions: 0, refused }),
    close: async () => {},
  };
  if (!isWanted) return none;
  if (connect === undefined) {
    say(
      "mqtt.mcpServers and mqtt.mcpServerName are off: the embedded broker has no MQTT 5; set mqtt.broker to one that has",
    );
    return none;
  }
  // Here, as most nodes have neither.
  const [{ foreignServers }, { startMqtt5Server }] = await Promise.all([
    import("../transports/mcp/mqtt5-client.ts"),
    import("../transports/mcp/mqtt5-server.ts"),
  ]);
  const ports = { connect, clock: systemClock, refused, log: say };
  const servers =
    filters.length === 0
      ? undefined
      : foreignServers({ ...ports, node, version: own.version, filters, newId: randomUUID });
  const serverId = `${node}-mcp-${randomUUID()}`;
  const server =
    serverName === undefined || mqtt.mcp === "off"
      ? undefined
      : startMqtt5Server(
          strangersOffer(strangersNode(own, mqtt.mcp), systemClock),
          { serverId, serverName },
          ports,
        );
  return {
    servers,
    stats: () => ({ sessions: server?.stats().clients ?? 0, refused }),
    close: async () => {
      await Promise.all([servers?.close(), server?.close()]);
    },
  };
}

/** What strangers with a password of the broker may: as on `mcp/{hub}/request/call_tool`. */
function strangersNode(own: McpNode, policy: "status" | "all"): McpNode {
  const allowed = policy === "all" ? ["get_swarm_status", "leaf_command"] : ["get_swarm_status"];
  return {
    ...own,
    tools: () => own.tools().filter(({ name }) => allowed.includes(name)),
    call: (tool, args) => (allowed.includes(tool) ? own.call(tool, args) : undefined),
  };
}
