/** `mycel frame` as a program of its own, so that its tests depend on no other command. */
import { Command, CommanderError } from "commander";
import { frameCommand } from "../../../actors/commands/frame.ts";

try {
  const program = new Command("mycel").exitOverride();
  await program.addCommand(frameCommand()).parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
