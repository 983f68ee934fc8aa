/**
 * What the devices actor counts. Made by the node, not by the actor, so that a restart loses nothing and
 * `/metrics` reads it without asking.
 */
import { ANSWER_FAULTS } from "./call-table.ts";
import { DEVICE_FAILURES, type DeviceFailure } from "./messages.ts";

/** Of what others publish under `mcp/`: not understood, not for us, or too much. */
export const MCP_REFUSALS = [
  ...ANSWER_FAULTS,
  "badTopic",
  "retained",
  "tooLarge",
  "badJson",
  "tooDeep",
  "badMessage",
  /** A request without an id, or with one that no topic can bear: there is nowhere to answer to. */
  "noAnswerTopic",
  /** Requests beyond a hub's share of a second. */
  "flood",
  "notAllowed",
  "unknownMethod",
] as const;
export type McpRefusal = (typeof MCP_REFUSALS)[number];

export interface DeviceCounters {
  /** Calls of ours, by how they ended. */
  readonly calls: Record<"answered" | DeviceFailure, number>;
  /** Requests of others to our hubs that were carried out or answered with a tool's error. */
  served: number;
  readonly refused: Record<McpRefusal, number>;
}

export const createDeviceCounters = (): DeviceCounters => ({
  calls: zeros(["answered", ...DEVICE_FAILURES] as const),
  served: 0,
  refused: zeros(MCP_REFUSALS),
});

const zeros = <K extends string>(names: readonly K[]): Record<K, number> =>
  Object.fromEntries(names.map((name) => [name, 0])) as Record<K, number>;
