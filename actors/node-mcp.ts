/**
 * The node as MCP clients see it: tools are asked of their actors, all else is read from the board.
 *
 *   /mcp ──call──▶ leaf_command, get_swarm_status ──CallDevice──▶ devices
 *              └─▶ the agent's tools ──CallTool, by operator──▶ agent: the guard holds, it is recorded
 */
import { randomUUID } from "node:crypto";
import { COMMANDS } from "../firmware/wire/frame-types.ts";
import type { ActorSystem } from "../runtime/actor-system.ts";
import { systemClock } from "../runtime/clock.ts";
import { MycelError } from "../runtime/errors.ts";
import { isJsonObject } from "../runtime/json-object.ts";
import type { McpNode, NodeTool, ToolEnd } from "../transports/mcp/node-offer.ts";
import type { AgentCommand, ToolAnswered } from "./agent/messages.ts";
import type { Board } from "./dashboard/board.ts";
import { HUB_TOOLS } from "./device/hub-tools.ts";
import type { DeviceAnswer, DevicesCommand } from "./device/messages.ts";
import { type Swarm, swarmStatus } from "./device/swarm.ts";

export interface NodeMcpParts {
  readonly system: ActorSystem;
  readonly board: Board;
  readonly swarm: Swarm;
  readonly hubs: readonly string[];
  readonly version: string;
  /** The agent's tools, and what it is told to be. */
  readonly agentTools: readonly Pick<NodeTool, "name" | "description" | "parameters">[];
  readonly constitution: () => string;
}

/** A device has 10 s; a task waits for a commit on a slow disk. */
const DEVICE_MS_MAX = 12_000;
const AGENT_MS_MAX = 25_000;
/** A large node's hubs are resources; in a schema they would cost a model its memory. */
const HUBS_NAMED_MAX = 32;
/** Tools of the agent that only look. */
const LOOKS = new Set(["get_zone_status", "get_active_tasks"]);

export function nodeMcp(parts: NodeMcpParts): McpNode {
  const { system, board, swarm, hubs, agentTools } = parts;
  const zones = () => board.zones().map(({ air: _own, ...zone }) => zone);

  const callHub = async (
    tool: string,
    { hub_id: hub = hubs[0], ...args }: Readonly<Record<string, unknown>>,
  ): Promise<ToolEnd> => {
    const agentId = String(hub);
    if (!hubs.includes(agentId)) {
      return { ok: false, text: `unknown hub: ${agentId}; there are: ${hubs.join(", ")}` };
    }
    const answer = await system.ask<DevicesCommand, DeviceAnswer>(
      system.refAt(`mycel://${system.node}/user/devices`),
      (replyTo) => ({ type: "CallDevice", id: randomUUID(), agentId, tool, args, replyTo }),
      DEVICE_MS_MAX,
    );
    if (answer.type === "DeviceFailed") {
      return { ok: false, text: `${answer.reason}: ${answer.message}` };
    }
    return spoken(JSON.stringify(answer.result));
  };

  const callAgent = async (tool: string, args: object): Promise<ToolEnd> => {
    const { call } = await system.ask<AgentCommand, ToolAnswered>(
      system.refAt(`mycel://${system.node}/user/office/agent`),
      (replyTo) => ({
        ...{ type: "CallTool", id: randomUUID(), tool },
        ...{ argumentsText: JSON.stringify(args), by: "operator", replyTo },
      }),
      AGENT_MS_MAX,
    );
    return call.outcome === "done" ? spoken(call.result) : { ok: false, text: call.result };
  };

  return {
    version: parts.version,
    tools: () => [
      ...hubTools(hubs),
      ...agentTools.map((tool) => ({
        ...tool,
        title: titleOf(tool.name),
        onlyLooks: LOOKS.has(tool.name),
      })),
    ],
    call: (tool, args) => {
      if ((HUB_TOOLS as readonly string[]).includes(tool)) return inWords(callHub(tool, args));
      if (agentTools.some(({ name }) => name === tool)) return inWords(callAgent(tool, args));
      return undefined;
    },
    zones,
    hubs: () => hubs,
    swarm: (hub) => (hubs.includes(hub) ? swarmStatus(swarm, hub, systemClock.nowMs()) : undefined),
    constitution: parts.constitution,
  };
}

/** A long result may have been cut: then it is a text alone. */
function spoken(text: string): ToolEnd {
  try {
    const value: unknown = JSON.parse(text);
    return { ok: true, text, ...(isJsonObject(value) && { value }) };
  } catch {
    return { ok: true, text };
  }
}

/** `create_task`: "Create task". */
const titleOf = (name: string): string =>
  name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");

/** Nobody answered: said in words, since a model reads it. */
async function inWords(asked: Promise<ToolEnd>): Promise<ToolEnd> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof MycelError)) throw error;
    return { ok: false, text: `The node did not answer in time (${error.code}).` };
  }
}

const LEAF_SCHEMA = {
  type: "object",
  properties: {
    leaf_id: { type: "integer" },
    name: { type: "string" },
    hw_type: { type: "string" },
    capabilities: { type: "array", items: { type: "string" } },
    battery_mv: { type: "number", description: "0: not told" },
    last_seen_sec_ago: { type: "integer", description: "-1: never heard" },
    online: { type: "boolean" },
    warning: { type: "string" },
    last_data: { type: "object", additionalProperties: { type: "number" } },
  },
  required: ["leaf_id", "name", "online", "last_seen_sec_ago", "last_data"],
} as const;

const hubTools = (hubs: readonly string[]): readonly NodeTool[] => {
  const hub_id = {
    type: "string",
    ...(hubs.length <= HUBS_NAMED_MAX && { enum: hubs }),
    default: hubs[0],
    description: "Hub; without it the first",
  };
  return [
    {
      name: "leaf_command",
      title: titleOf("leaf_command"),
      description:
        "Tell a leaf of a hub to do something, and hear what became of it: applied, acknowledged, refused, expired, or queued until it wakes.",
      parameters: {
        properties: {
          hub_id,
          leaf_id: { type: ["string", "integer"], description: "Its name, or its number" },
          command: { type: "string", enum: Object.keys(COMMANDS) },
          args: {
            type: "object",
            description:
              'set_state {"state": "on" or "off"}, set_pwm {"duty": n}, set_interval {"seconds": n}, deep_sleep {"seconds": n}',
          },
          expires_s: { type: "number", description: "How long it may wait for its leaf, seconds" },
        },
        required: ["leaf_id", "command"],
      },
      output: {
        properties: {
          status: { type: "string", enum: ["applied", "acknowledged", "queued"] },
          leaf_id: { type: "string", description: "The leaf's name" },
          command: { type: "string" },
          command_id: { type: "string" },
          message: { type: "string", description: "Of a queued one: until when" },
        },
        required: ["status", "leaf_id", "command", "command_id"],
      },
      onlyLooks: false,
    },
    {
      name: "get_swarm_status",
      title: titleOf("get_swarm_status"),
      description: "The leaves of a hub: whether they are heard, their battery, what they measure.",
      parameters: { properties: { hub_id } },
      output: {
        properties: {
          hub_id: { type: "string" },
          leaf_count: { type: "integer" },
          leaves_left_out: { type: "integer" },
          leaves: { type: "array", items: LEAF_SCHEMA },
        },
        required: ["hub_id", "leaf_count", "leaves"],
      },
      onlyLooks: true,
    },
  ];
};
