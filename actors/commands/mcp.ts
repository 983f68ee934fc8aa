/** `mycel mcp`: a running node's tools for a desktop client that speaks MCP on stdio. */
import { Command } from "commander";
import { systemClock } from "../../runtime/clock.ts";
import { bridgeStdio, type NodeAddress } from "../../transports/mcp/stdio-bridge.ts";
import { readNodeFile } from "../node-file.ts";
import { dataOption, type NodeAccess, urlOption } from "./node-client.ts";

export function mcpCommand(): Command {
  return new Command("mcp")
    .description("a running node's tools for an MCP client, on stdin and stdout")
    .addOption(dataOption())
    .addOption(urlOption())
    .action(async (access: NodeAccess) => {
      // A client that starts us before the node is told so at once, and not by its first request.
      addressOf(access);
      await bridgeStdio({
        clock: systemClock,
        stdin: process.stdin,
        stdout: process.stdout,
        address: () => addressOf(access),
        log: (line) => process.stderr.write(`mycel mcp: ${line}\n`),
      });
    });
}

function addressOf({ data, url }: NodeAccess): NodeAddress {
  const { origin, username, password } = new URL(url ?? readNodeFile(data).url);
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const authorization =
    username === "" ? undefined : `Basic ${Buffer.from(credentials).toString("base64")}`;
  return { origin, authorization };
}
