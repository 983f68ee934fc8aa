/** `mycel backup DIR`: a consistent copy of a running node's store. */
import { resolve } from "node:path";
import { Command } from "commander";
import { dataOption, type NodeAccess, nodeClient, urlOption } from "./node-client.ts";

export function backupCommand(): Command {
  return new Command("backup")
    .description("copy a running node's state into a new directory")
    .argument("<dir>", "on the node's machine; made if it is not there, else it must be empty")
    .addOption(dataOption())
    .addOption(urlOption())
    .action(async (dir: string, access: NodeAccess) => {
      const answer = await nodeClient(access).post("/api/backup", { dir: resolve(dir) });
      const copied = answer as { dir: string; bytes: number };
      process.stdout.write(`Backed up ${copied.bytes} bytes to ${copied.dir}.\n`);
    });
}
