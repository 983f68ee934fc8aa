/** `mycel command hub/leaf NAME ARG…`: tells a leaf of a running node to do something, or asks what became of it. */
import { randomUUID } from "node:crypto";
import { Command, InvalidArgumentError, Option } from "commander";
import { COMMANDS, type CommandName } from "../../firmware/wire/frame-types.ts";
import { systemClock } from "../../runtime/clock.ts";
import { MycelError } from "../../runtime/errors.ts";
import type { Command as LeafCommand } from "../../transports/http/contract.ts";
import {
  dataOption,
  type NodeAccess,
  type NodeClient,
  nodeClient,
  urlOption,
} from "./node-client.ts";

interface Flags extends NodeAccess {
  readonly id?: string;
  readonly onWake?: true;
  readonly merge?: string;
  readonly expires: number;
  readonly wait?: true;
  readonly cancel?: string;
}

/** Soon enough for whoever looks on, seldom enough for the node. */
const LOOK_MS = 200;
const DONE: readonly LeafCommand["state"][] = ["applied", "acknowledged"];

export function commandCommand(): Command {
  return new Command("command")
    .description("tell a leaf to do something, or list its last commands")
    .argument("<leaf>", "hub/leaf, such as swarm_hub_01/leaf_3", leafFlag)
    .argument(
      "[name]",
      `${Object.keys(COMMANDS).join(", ")}, or a number; without it the last ones are listed`,
    )
    .argument("[argument]", "on, off or a whole number; hex digits for a command by its number")
    .option("--id <id>", "the same id again is the same command (default: a fresh one)")
    .option("--on-wake", "wait for the leaf's next frame")
    .option("--merge <key>", "supersede those of this key that were not sent")
    .addOption(
      new Option("--expires <time>", "not run after this, as in 90s, 10m, 1d")
        .argParser(durationFlag)
        .default(3_600_000, "1h"),
    )
    .option("--wait", "until it has ended; status 1 unless the leaf took it")
    .option("--cancel <id>", "cancel the command of this id")
    .addOption(dataOption())
    .addOption(urlOption())
    .action(async (leaf: string, name: string | undefined, argument: string | undefined, flags) => {
      await run(leaf, name, argument, flags as Flags);
    });
}

async function run(
  leaf: string,
  name: string | undefined,
  argument: string | undefined,
  flags: Flags,
): Promise<void> {
  const node = nodeClient(flags);
  if (flags.cancel !== undefined) {
    print((await node.delete(`${leaf}/commands/${flags.cancel}`)) as LeafCommand);
    return;
  }
  if (name === undefined) {
    const { commands } = (await node.get(`${leaf}/commands`)) as { commands: LeafCommand[] };
    for (const command of commands) print(command);
    return;
  }
  const given = (await node.post(`${leaf}/commands`, {
    id: flags.id ?? randomUUID(),
    ...wordsOf(name, argument),
    delivery: flags.onWake ? "onWake" : "now",
    ...(flags.merge !== undefined && { mergeKey: flags.merge }),
    expiresInMs: flags.expires,
  })) as LeafCommand;
  const command = flags.wait ? await ended(node, leaf, given) : given;
  print(command);
  if (flags.wait && !DONE.includes(command.state)) process.exitCode = 1;
}

async function ended(node: NodeClient, leaf: string, given: LeafCommand): Promise<LeafCommand> {
  let command = given;
  while (command.endedAtMs === null) {
    await new Promise<void>((go) => systemClock.after(LOOK_MS, go));
    command = (await node.get(`${leaf}/commands/${given.id}`)) as LeafCommand;
  }
  return command;
}

const print = (command: LeafCommand): void => {
  process.stdout.write(`${JSON.stringify(command)}\n`);
};

/** What the API wants to know of the command. */
function wordsOf(name: string, argument: string | undefined): object {
  if (/^\d+$/.test(name)) return { command: Number(name), argsHex: argument ?? "" };
  if (!Object.hasOwn(COMMANDS, name)) {
    throw new MycelError(
      "E_INPUT",
      `There is no command ${name}: there are ${Object.keys(COMMANDS).join(", ")}, or a number.`,
    );
  }
  const { field } = COMMANDS[name as CommandName];
  if (field === undefined) return { command: name };
  const value = field === "on" ? onOrOff(argument) : Number(argument ?? Number.NaN);
  return { command: name, args: { [field]: value } };
}

function onOrOff(argument: string | undefined): boolean {
  if (argument === "on" || argument === "off") return argument === "on";
  throw new MycelError("E_INPUT", "set_state wants on or off.");
}

function leafFlag(text: string): string {
  const [hub, leaf, ...rest] = text.split("/");
  if (!hub || !leaf || rest.length > 0) throw new InvalidArgumentError("It is hub/leaf.");
  return `/api/hubs/${encodeURIComponent(hub)}/leaves/${encodeURIComponent(leaf)}`;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

function durationFlag(text: string): number {
  const [, digits = "", unit = ""] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  const ms = Number(digits) * (UNIT_MS[unit] ?? 0);
  if (ms <= 0) throw new InvalidArgumentError("As in 90s, 10m, 1d.");
  return ms;
}
