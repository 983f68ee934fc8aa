/**
 * `mycel`: flags to settings to guardian. The one place that ends the process.
 * Exit status: 0 done, 1 refused or failed, 2 wrong usage.
 */
import { Command, CommanderError } from "commander";
import { MycelError } from "../runtime/errors.ts";

const USAGE_STATUS = 2;

const program = new Command("mycel")
  // What follows a subcommand is its own: `history export` has options named as those of `history`.
  .enablePositionalOptions()
  // Their arguments are in their own help.
  .configureHelp({ subcommandTerm: (command) => command.name() })
  .description("A nervous system for buildings and plants: every sensor, hub and zone an actor")
  .version("0.1.0")
  .showHelpAfterError("(mycel --help shows the commands)")
  .exitOverride();

/** Each subcommand's file is loaded when it is called, so that `frame decode` waits for no server. */
const SUBCOMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import("./commands/up.ts")).startCommand(),
  up: async () => (await import("./commands/up.ts")).upCommand(),
  frame: async () => (await import("./commands/frame.ts")).frameCommand(),
  leaf: async () => (await import("./commands/leaf.ts")).leafCommand(),
  pair: async () => (await import("./commands/pair.ts")).pairCommand(),
  command: async () => (await import("./commands/command.ts")).commandCommand(),
  "mqtt-user": async () => (await import("./commands/mqtt-user.ts")).mqttUserCommand(),
  person: async () => (await import("./commands/person.ts")).personCommand(),
  state: async () => (await import("./commands/state.ts")).stateCommand(),
  trace: async () => (await import("./commands/trace.ts")).traceCommand(),
  top: async () => (await import("./commands/top.ts")).topCommand(),
  "mock-llm": async () => (await import("./commands/mock-llm.ts")).mockLlmCommand(),
  explain: async () => (await import("./commands/explain.ts")).explainCommand(),
  presence: async () => (await import("./commands/presence.ts")).presenceCommand(),
  history: async () => (await import("./commands/history.ts")).historyCommand(),
  ledger: async () => (await import("./commands/ledger.ts")).ledgerCommand(),
  demo: async () => (await import("./commands/demo.ts")).demoCommand(),
  backup: async () => (await import("./commands/backup.ts")).backupCommand(),
  restore: async () => (await import("./commands/restore.ts")).restoreCommand(),
  mcp: async () => (await import("./commands/mcp.ts")).mcpCommand(),
  bench: async () => (await import("./commands/bench.ts")).benchCommand(),
  soak: async () => (await import("./commands/soak.ts")).soakCommand(),
};

const wanted = process.argv[2] ?? "help";
const isNode = wanted === "start" || wanted === "up";
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  // As with `mycel state --watch | head`: nobody reads what a command says. A node runs on unheard.
  if (!isNode) process.exit();
});

try {
  const names = Object.hasOwn(SUBCOMMANDS, wanted) ? [wanted] : Object.keys(SUBCOMMANDS);
  for (const name of names) {
    const load = SUBCOMMANDS[name];
    if (load !== undefined) program.addCommand(withUsageStatus(await load()));
  }
  // `mycel help --help` asks for no more than `mycel help`.
  const args = process.argv.slice(2);
  await program.parseAsync(args[0] === "help" && args[1] === "--help" ? ["help"] : args, {
    from: "user",
  });
} catch (error) {
  process.exitCode = report(error);
}

/** Wrong usage is thrown in subcommands too, so that it ends with status 2. */
function withUsageStatus(command: Command): Command {
  command.exitOverride();
  for (const sub of command.commands) withUsageStatus(sub);
  return command;
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_STATUS;
  if (error instanceof MycelError) {
    process.stderr.write(`mycel: ${error.message}\n`);
    return 1;
  }
  process.stderr.write(
    `mycel: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`,
  );
  return 1;
}
