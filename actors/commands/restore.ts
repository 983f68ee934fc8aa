/** `mycel restore DIR`: a running node goes on from a backup; what came after the backup is gone. */
import { resolve } from "node:path";
import { Command } from "commander";
import { dataOption, type NodeAccess, nodeClient, urlOption } from "./node-client.ts";

export function restoreCommand(): Command {
  return new Command("restore")
    .summary("replace a running node's state by that of a backup")
    .description("replace a running node's state by a backup; its actors start anew on it")
    .argument("<dir>", "of the backup, on the node's machine")
    .addOption(dataOption())
    .addOption(urlOption())
    .action(async (dir: string, access: NodeAccess) => {
      const answer = await nodeClient(access).post("/api/restore", { dir: resolve(dir) });
      const copied = answer as { dir: string; bytes: number };
      process.stdout.write(`Restored ${copied.bytes} bytes from ${copied.dir}.\n`);
    });
}
