/** `mycel explain ID`: why something happened, from the reading to the payment, of a running node. */
import { Command } from "commander";
import type { Explanation } from "../../transports/http/office/explain-contract.ts";
import { explainTree } from "./explain-tree.ts";
import { type NodeAccess, nodeClient } from "./node-client.ts";

export function explainCommand(): Command {
  return new Command("explain")
    .description("why: the chain from a reading over event, cycle and task to the payment")
    .argument(
      "<id>",
      "of an event, cycle, call, task (17 or task:17), transfer, spoken sentence or command",
    )
    .option("--json", "as JSON")
    .option("--data <dir>", "data folder of the node", ".mycel")
    .option("--url <url>", "address of the node's API instead of its data folder")
    .action(async (id: string, flags: NodeAccess & { readonly json?: true }) => {
      const path = `/api/explain/${encodeURIComponent(id)}`;
      const explanation = (await nodeClient(flags).get(path)) as Explanation;
      process.stdout.write(
        flags.json ? `${JSON.stringify(explanation, undefined, 2)}\n` : explainTree(explanation),
      );
    });
}
