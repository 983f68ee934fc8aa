/** `mycel explain ID`: why something happened, from the reading to the payment, of a running node. */
import { Command } from "commander";
import type { Explanation } from "../../transports/http/office/explain-contract.ts";
import { recentLines } from "./explain-recent.ts";
import { explainTree } from "./explain-tree.ts";
import { dataOption, type NodeAccess, nodeClient, urlOption } from "./node-client.ts";

export function explainCommand(): Command {
  return new Command("explain")
    .summary("why something happened, from the reading to the payment")
    .description("why: the chain from a reading over event, cycle and task to the payment")
    .argument(
      "[id]",
      "without it the newest are listed; of an event, cycle, call, task (17 or task:17), transfer, spoken sentence or command",
    )
    .option("--json", "as JSON")
    .addOption(dataOption())
    .addOption(urlOption())
    .action(async (id: string | undefined, flags: NodeAccess & { readonly json?: true }) => {
      const node = nodeClient(flags);
      if (id === undefined) return printRecent(await recentLines(node));
      const explanation = (await node.get(`/api/explain/${encodeURIComponent(id)}`)) as Explanation;
      process.stdout.write(
        flags.json
          ? `${JSON.stringify(explanation, undefined, 2)}\n`
          : explainTree(explanation, process.stdout.columns),
      );
    });
}

function printRecent(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
  const what = lines.length === 0 ? "Nothing has happened yet." : "mycel explain ID tells why.";
  process.stderr.write(`mycel: ${what}\n`);
}
