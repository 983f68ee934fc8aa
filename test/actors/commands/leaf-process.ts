/** `mycel leaf` without the rest of `mycel`, for tests that need it as a process. */
import { CommanderError } from "commander";
import { leafCommand } from "../../../actors/commands/leaf.ts";

try {
  await leafCommand().exitOverride().parseAsync(process.argv.slice(2), { from: "user" });
} catch (error) {
  process.exitCode = error instanceof CommanderError ? 2 : 1;
  if (!(error instanceof CommanderError)) process.stderr.write(`${String(error)}\n`);
}
