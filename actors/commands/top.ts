/** `mycel top`: the actors and threads of a running node, live; one table where nobody can press a key. */
import { Command, InvalidArgumentError } from "commander";
import { systemClock } from "../../runtime/clock.ts";
import type { Tree } from "../../transports/http/contract.ts";
import {
  dataOption,
  type NodeAccess,
  type NodeClient,
  nodeClient,
  urlOption,
} from "./node-client.ts";
import {
  headline,
  letterLine,
  line,
  rowsOf,
  SORTS,
  type SortKey,
  threadLines,
} from "./top/rows.ts";

/** As often as the node looks at its counters. */
const REFRESH_MS = 1_000;
const NAME_WIDTH = 60;

interface Flags extends NodeAccess {
  readonly once?: true;
  readonly sort?: SortKey;
  readonly filter?: string;
}

export function topCommand(): Command {
  const sorts = Object.values(SORTS).map(({ name }) => name);
  return new Command("top")
    .description("actors and threads of a running node, live")
    .option("--once", "print one table and end, as without a terminal")
    .option("--sort <what>", `of the one table: ${sorts.join(", ")} (default: rate)`, sortFlag)
    .option("--filter <text>", "of the one table: actors with this in their path")
    .addOption(dataOption())
    .addOption(urlOption())
    .action(async (flags: Flags) => {
      const node = nodeClient(flags);
      if (flags.once || !process.stdout.isTTY || !process.stdin.isTTY) await printOnce(node, flags);
      else await show(node);
    });
}

function sortFlag(text: string): SortKey {
  const found = Object.entries(SORTS).find(([key, { name }]) => key === text || name === text);
  if (found !== undefined) return found[0] as SortKey;
  const names = Object.values(SORTS).map(({ name }) => name);
  throw new InvalidArgumentError(`Sort by ${names.join(", ")}.`);
}

async function printOnce(node: NodeClient, { sort = "r", filter = "" }: Flags): Promise<void> {
  const tree = (await node.get("/api/tree")) as Tree;
  const rows = rowsOf(tree.actors, { sort, filter, closed: undefined });
  const longest = Math.max(0, ...rows.map(({ name }) => name.length));
  const nameWidth = Math.min(longest, NAME_WIDTH) + 2;
  const lines = [
    ...threadLines(tree),
    letterLine(tree),
    headline(nameWidth),
    ...rows.map((row) => line(row, nameWidth)),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

async function show(node: NodeClient): Promise<void> {
  // Only here: React takes 100 ms to load, and finds out at once whether it is to be the quick one.
  process.env["NODE_ENV"] ??= "production";
  const [{ render }, { createElement }, { Screen }] = await Promise.all([
    import("ink"),
    import("react"),
    import("./top/screen.ts"),
  ]);
  const { nodes } = (await node.get("/api/state")) as { nodes: { node: string }[] };
  const title = `mycel ${nodes[0]?.node ?? ""}`;
  const app = render(createElement(Screen, { title, subscribe: trees(node) }), {
    exitOnCtrlC: true,
  });
  await app.waitUntilExit();
}

/** The tree now and each second, one question at a time. */
const trees =
  (node: NodeClient) =>
  (onTree: (tree: Tree | Error) => void): (() => void) => {
    let over = false;
    let cancel = (): void => {};
    const ask = async (): Promise<void> => {
      const tree = await node.get("/api/tree").catch((error: Error) => error);
      if (over) return;
      onTree(tree as Tree | Error);
      cancel = systemClock.after(REFRESH_MS, () => void ask());
    };
    void ask();
    return () => {
      over = true;
      cancel();
    };
  };
