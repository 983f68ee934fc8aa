/** `mycel pair`: lets devices into a hub, and changes or forgets the keys of those that are in. */
import { Command, InvalidArgumentError } from "commander";
import { dataOption, type NodeAccess, nodeClient, urlOption } from "./node-client.ts";

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };

/** Long enough to walk to a leaf and press its button. */
const FOR_S = 300;

interface PairOptions extends NodeAccess {
  readonly hub: string;
  readonly code?: string;
  readonly leaf?: number;
  readonly for?: number;
  readonly close?: true;
  readonly rotate?: true;
  readonly forget?: true;
}

export function pairCommand(): Command {
  return new Command("pair")
    .description("let sealed leaves (wire v2) into a hub, or change a key")
    .requiredOption("--hub <hub>", "which takes them in")
    .option(
      "--code <hex>",
      "install code of one device, 32 hex digits; else all of the hub's fleet",
    )
    .option("--leaf <id>", "the id that the device is to have, or whose key is meant", leafId)
    .option("--for <time>", "how long, as in 90s, 5m, 1h (default: 5m)", duration)
    .option("--close", "take no more devices in")
    .option("--rotate", "change the key of --leaf")
    .option("--forget", "forget the key of --leaf: it is stolen, or is to be paired from scratch")
    .addOption(dataOption())
    .addOption(urlOption())
    .action(async (options: PairOptions, command: Command) => {
      const { hub, code, leaf, close, rotate, forget } = options;
      const wanted = [close, rotate, forget].filter((flag) => flag === true);
      if (wanted.length > 1) command.error("Only one of --close, --rotate and --forget.");
      if ((rotate || forget) && leaf === undefined) command.error("Which --leaf?");
      const node = nodeClient(options);
      const path = `/api/hubs/${encodeURIComponent(hub)}`;
      if (rotate || forget) {
        await node.post(`${path}/keys/${leaf}`, { act: rotate ? "rotate" : "forget" });
        const told = rotate ? "gets a new key when it is heard next" : "has no key any more";
        process.stdout.write(`Leaf ${leaf} of ${hub} ${told}.\n`);
        return;
      }
      const forS = close ? 0 : (options.for ?? FOR_S);
      const answer = (await node.post(`${path}/pairing`, {
        forS,
        ...(code !== undefined && { installCode: code }),
        ...(leaf !== undefined && { leafId: leaf }),
      })) as { untilMs: number };
      const until = new Date(answer.untilMs).toISOString();
      process.stdout.write(
        close ? `${hub} takes no more devices in.\n` : `${hub} takes devices in until ${until}.\n`,
      );
    });
}

function duration(text: string): number {
  const [, count, unit = "s"] = /^(\d{1,6})([smh]?)$/.exec(text) ?? [];
  const seconds = Number(count) * (SECONDS[unit || "s"] ?? 1);
  if (!(seconds >= 1 && seconds <= 86_400)) {
    throw new InvalidArgumentError("A time from 1s to 24h, as in 5m.");
  }
  return seconds;
}

function leafId(text: string): number {
  const id = Number(text);
  if (/^\d{1,5}$/.test(text) && id <= 65_535) return id;
  throw new InvalidArgumentError("A leaf id, 0 to 65535.");
}
