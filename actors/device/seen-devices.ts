/**
 * Devices of the seed's kind, which have no way to say what they can: those that have answered, and the
 * tools that they answered to. The one heard longest ago gives way.
 */
import type { Device } from "./messages.ts";

const DEVICES_KEPT = 256;
const TOOLS_OF_ONE_MAX = 64;

export class SeenDevices {
  /** In the order in which they were heard. */
  readonly #tools = new Map<string, Set<string>>();

  /** `tool` undefined: it answered, but has no such tool. */
  answered(agent: string, tool: string | undefined): void {
    const tools = this.#tools.get(agent) ?? new Set();
    this.#tools.delete(agent);
    this.#tools.set(agent, tools);
    if (tool !== undefined && tools.size < TOOLS_OF_ONE_MAX) tools.add(tool);
    if (this.#tools.size <= DEVICES_KEPT) return;
    for (const oldest of this.#tools.keys()) {
      this.#tools.delete(oldest);
      return;
    }
  }

  list(): Device[] {
    return [...this.#tools].map(([agentId, tools]) => ({
      agentId,
      tools: [...tools],
      via: "seed",
    }));
  }
}
