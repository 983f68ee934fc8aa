/** `mycel demo heat`: the case study of the first system, played by real parts while one looks on. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, Option } from "commander";

interface HeatFlags {
  readonly language: "ja" | "en";
  readonly modelUrl?: string;
  readonly byHand?: true;
  readonly data?: string;
}

export function demoCommand(): Command {
  const demo = new Command("demo").description(
    "a story played by a node of its own: a room gets too warm",
  );
  demo
    .command("heat")
    .description(
      "a room gets too warm: a leaf reports it, the agent asks for help, a person is paid for it",
    )
    .addOption(new Option("--language <code>", "of the office").choices(["ja", "en"]).default("en"))
    .option("--model-url <url>", "an OpenAI-compatible server thinks, instead of the rules")
    .option("--by-hand", "you accept and complete the task on the page")
    .option("--data <dir>", "data folder that is kept (default: one that is removed at the end)")
    .action(async ({ data, ...flags }: HeatFlags) => {
      // Only here: it loads a whole node, for which no help waits.
      const { heat } = await import("./demo/heat.ts");
      const dir = data ?? mkdtempSync(join(tmpdir(), "mycel-demo-"));
      try {
        await heat({ ...flags, dir });
      } finally {
        if (data === undefined) rmSync(dir, { recursive: true, force: true });
      }
    });
  return demo;
}
