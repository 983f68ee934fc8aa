/**
 * `mycel`: flags to settings to guardian. The one place that ends the process.
 * Exit status: 0 done, 1 refused or failed, 2 wrong usage.
 */
import { getSystemErrorMessage } from "node:util";
import { Command, CommanderError } from "commander";
import { MycelError } from "../runtime/errors.ts";

const USAGE_STATUS = 2;

/** What each is for, as the list of commands has them. Its file is loaded when it is called: `frame decode` waits for no server. */
const COMMANDS: Readonly<Record<string, Readonly<Record<string, () => Promise<Command>>>>> = {
  "Run a node:": {
    start: async () => (await import("./commands/up.ts")).startCommand(),
    up: async () => (await import("./commands/up.ts")).upCommand(),
    demo: async () => (await import("./commands/demo.ts")).demoCommand(),
    backup: async () => (await import("./commands/backup.ts")).backupCommand(),
    restore: async () => (await import("./commands/restore.ts")).restoreCommand(),
  },
  "Look into it:": {
    state: async () => (await import("./commands/state.ts")).stateCommand(),
    history: async () => (await import("./commands/history.ts")).historyCommand(),
    explain: async () => (await import("./commands/explain.ts")).explainCommand(),
    top: async () => (await import("./commands/top.ts")).topCommand(),
    trace: async () => (await import("./commands/trace.ts")).traceCommand(),
    ledger: async () => (await import("./commands/ledger.ts")).ledgerCommand(),
  },
  "Leaves and devices:": {
    leaf: async () => (await import("./commands/leaf.ts")).leafCommand(),
    command: async () => (await import("./commands/command.ts")).commandCommand(),
    pair: async () => (await import("./commands/pair.ts")).pairCommand(),
    frame: async () => (await import("./commands/frame.ts")).frameCommand(),
    "mqtt-user": async () => (await import("./commands/mqtt-user.ts")).mqttUserCommand(),
  },
  "People and models:": {
    person: async () => (await import("./commands/person.ts")).personCommand(),
    mcp: async () => (await import("./commands/mcp.ts")).mcpCommand(),
    "mock-llm": async () => (await import("./commands/mock-llm.ts")).mockLlmCommand(),
  },
  "Measure:": {
    bench: async () => (await import("./commands/bench.ts")).benchCommand(),
    soak: async () => (await import("./commands/soak.ts")).soakCommand(),
    presence: async () => (await import("./commands/presence.ts")).presenceCommand(),
  },
};

const isCommand = (name: string): boolean =>
  Object.values(COMMANDS).some((group) => Object.hasOwn(group, name));

const program = speaking(new Command("mycel"))
  // What follows a subcommand is its own: `history export` has options named as those of `history`.
  .enablePositionalOptions()
  // Their arguments are in their own help.
  .configureHelp({ subcommandTerm: (command) => command.name() })
  .description("A nervous system for buildings and plants: every sensor, hub and zone an actor")
  .version("0.1.0")
  .helpCommand(false)
  .addHelpText("after", "\nmycel COMMAND --help shows what one takes.");

const args = asked(process.argv.slice(2));
const wanted = args[0] ?? "";
const isNode = wanted === "start" || wanted === "up";
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // As with `mycel state --watch | head`: nobody reads what a command says. A node runs on unheard.
  if (isNode) return;
  process.exit(error.code === "EPIPE" ? undefined : report(error));
});

try {
  for (const [group, commands] of Object.entries(COMMANDS)) {
    for (const [name, load] of Object.entries(commands)) {
      if (isCommand(wanted) && name !== wanted) continue;
      program.addCommand(speaking(await load()).helpGroup(group));
    }
  }
  await program.parseAsync(args, { from: "user" });
} catch (error) {
  process.exitCode = report(error);
}

/** `help leaf` is `leaf --help`; a word that is no command is told as such, whatever stands around it. */
function asked(words: readonly string[]): readonly string[] {
  const isHelp = words[0] === "help";
  const [name = "--help", ...rest] = isHelp ? words.slice(1) : words;
  if (!name.startsWith("-") && !isCommand(name)) return [name];
  return isHelp ? [name, ...rest, "--help"] : [name, ...rest];
}

/** Wrong usage is thrown, so that it ends with status 2, and names the help that has the right one. */
function speaking(command: Command, path = command.name()): Command {
  const named = path === "mycel" ? path : `mycel ${path}`;
  command
    .exitOverride()
    .showHelpAfterError(`(${named} --help shows how)`)
    .configureOutput({ outputError: (text, write) => write(asSentence(text)) });
  for (const sub of command.commands) speaking(sub, `${path} ${sub.name()}`);
  return command;
}

/** A value that is wrong is not said again: it may be an address with a password in it, or a key. */
function asSentence(text: string): string {
  return text
    .replace(/^error: (?:command-argument value )?/, "mycel: ")
    .replace(/^(mycel: option '[^']*') argument '.*?' is invalid\./s, "$1 cannot take that.");
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_STATUS;
  if (error instanceof MycelError) {
    process.stderr.write(`mycel: ${error.message}\n`);
    return 1;
  }
  const { syscall, errno, path, stack } = error as NodeJS.ErrnoException;
  // A disk that is full, a folder that is not there: the system's words, and no stack.
  const what =
    syscall !== undefined && errno !== undefined
      ? `Cannot ${syscall} ${path ?? "what was asked for"}: ${getSystemErrorMessage(errno)}.`
      : (stack ?? error);
  process.stderr.write(`mycel: ${what}\n`);
  return 1;
}
