/** `mycel state [PATH]`: what a running node knows, as JSON. */
import { Command } from "commander";
import { systemClock } from "../../runtime/clock.ts";
import { MycelError } from "../../runtime/errors.ts";
import { dataOption, type NodeAccess, nodeClient, urlOption } from "./node-client.ts";

const WATCH_EVERY_MS = 1_000;

export function stateCommand(): Command {
  return new Command("state")
    .summary("what a running node knows, as JSON")
    .description("nodes, hubs, leaves, zones and the actor tree of a running node, as JSON")
    .argument(
      "[path]",
      "a part of it: nodes, hubs, leaves, zones, tree; then an index or a name, as in leaves/swarm_hub_01/leaf_3",
    )
    .addOption(dataOption())
    .addOption(urlOption())
    .option("--watch", "print again each second until interrupted")
    .action(async (path: string | undefined, options: NodeAccess & { watch: boolean }) => {
      const node = nodeClient(options);
      do {
        const state = await node.get("/api/state");
        process.stdout.write(`${JSON.stringify(pick(state, path), undefined, 2)}\n`);
        if (options.watch) await new Promise<void>((go) => systemClock.after(WATCH_EVERY_MS, go));
      } while (options.watch);
    });
}

const NAMES = ["node", "hub", "zone", "name", "leafId", "path"] as const;

/** Follows a path through objects by key, and through lists by index or by whom an entry names. */
export function pick(value: unknown, path = ""): unknown {
  let at = value;
  for (const part of path.split("/").filter((text) => text !== "")) {
    at = step(at, part);
    if (at === undefined) {
      throw new MycelError("E_INPUT", `There is no ${part} at ${path}: try mycel state alone.`, {
        path,
      });
    }
  }
  return at;
}

function step(at: unknown, part: string): unknown {
  if (Array.isArray(at)) {
    const named = at.filter((entry) => isNamed(entry, part));
    return named.length === 0 ? at[Number(part)] : named.length === 1 ? named[0] : named;
  }
  if (typeof at !== "object" || at === null) return undefined;
  if (Object.hasOwn(at, part)) return (at as Record<string, unknown>)[part];
  // The only leaf of a hub is found by the hub's name already.
  return isNamed(at, part) ? at : undefined;
}

const isNamed = (entry: unknown, part: string): boolean =>
  NAMES.some((name) => String((entry as Record<string, unknown> | null)?.[name]) === part);
