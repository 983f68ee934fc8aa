import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { Command } from "commander";
import { backupCommand } from "../../actors/commands/backup.ts";
import { benchCommand } from "../../actors/commands/bench.ts";
import { commandCommand } from "../../actors/commands/command.ts";
import { demoCommand } from "../../actors/commands/demo.ts";
import { explainCommand } from "../../actors/commands/explain.ts";
import { frameCommand } from "../../actors/commands/frame.ts";
import { historyCommand } from "../../actors/commands/history.ts";
import { leafCommand } from "../../actors/commands/leaf.ts";
import { ledgerCommand } from "../../actors/commands/ledger.ts";
import { mcpCommand } from "../../actors/commands/mcp.ts";
import { mockLlmCommand } from "../../actors/commands/mock-llm.ts";
import { mqttUserCommand } from "../../actors/commands/mqtt-user.ts";
import { pairCommand } from "../../actors/commands/pair.ts";
import { personCommand } from "../../actors/commands/person.ts";
import { presenceCommand } from "../../actors/commands/presence.ts";
import { restoreCommand } from "../../actors/commands/restore.ts";
import { soakCommand } from "../../actors/commands/soak.ts";
import { stateCommand } from "../../actors/commands/state.ts";
import { topCommand } from "../../actors/commands/top.ts";
import { traceCommand } from "../../actors/commands/trace.ts";
import { startCommand, upCommand } from "../../actors/commands/up.ts";
import { parseConfig } from "../../config/parse.ts";
import { ROOT } from "./bounds.ts";

const COMMANDS: readonly Command[] = [
  startCommand(),
  upCommand(),
  frameCommand(),
  leafCommand(),
  pairCommand(),
  commandCommand(),
  mqttUserCommand(),
  personCommand(),
  stateCommand(),
  traceCommand(),
  topCommand(),
  mockLlmCommand(),
  explainCommand(),
  presenceCommand(),
  historyCommand(),
  ledgerCommand(),
  demoCommand(),
  backupCommand(),
  restoreCommand(),
  mcpCommand(),
  benchCommand(),
  soakCommand(),
];

/** Whoever has the sources without git has no list of them; what needs it is skipped, and says so. */
const listed = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: ROOT,
  encoding: "utf8",
});
const tracked = (listed.status === 0 ? listed.stdout : "")
  .split("\n")
  .filter((file) => file !== "" && existsSync(join(ROOT, file)));
const skip = tracked.length === 0 ? "not a git checkout" : false;
const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");

/** What a newcomer reads, one after the other. */
const FIRST_PAGES = ["README.md", "docs/tour.md", "docs/node.md"] as const;
const firstPages = FIRST_PAGES.map(read).join("\n");
/** Lines of commands: indented by four or more. */
const commandLines = [...firstPages.matchAll(/^ {4,}((?:npx|npm|make|firmware\/).*)$/gm)].map(
  ([, line = ""]) => line,
);
const blocks = (language: string): readonly string[] =>
  [...firstPages.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, "g"))].map(
    ([, text = ""]) => text,
  );

/** A line as a shell splits it, of which the README needs no more than single quotes. */
const words = (line: string): readonly string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");

test("README.md, tour.md and node.md name commands that exist, with options that they have", () => {
  const seen = new Set<string>();
  for (const line of commandLines) {
    const [program, name = "", ...rest] = words(line);
    if (program !== "npx") continue;
    assert.equal(name, "mycel", line);
    let command = COMMANDS.find((each) => each.name() === rest[0]);
    assert.ok(command !== undefined, `${line}: there is such a command`);
    seen.add(command.name());
    command = command.commands.find((each) => each.name() === rest[1]) ?? command;
    for (const flag of rest.filter((word) => word.startsWith("--")))
      assert.ok(
        command.options.some((option) => option.long === flag),
        `${line}: ${flag} is an option of it`,
      );
  }
  const shown = COMMANDS.map((command) => command.name()).filter((name) => name !== "start");
  assert.deepEqual(
    shown.filter((name) => !seen.has(name)),
    ["bench", "soak"],
    "the tour shows every command; start, bench and soak through npm",
  );
});

test("README.md, tour.md and node.md name npm scripts and make targets that exist", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const makefile = read("firmware/Makefile");
  for (const line of [...commandLines, "npm run check", "npm run fuzz"]) {
    const [program, verb = "", script = ""] = words(line);
    if (program === "npm") assert.ok((verb === "run" ? script : verb) in scripts, line);
    if (program === "make") assert.match(makefile, new RegExp(`^${words(line).at(-1)}:`, "m"));
  }
});

test("mycel frame prints what tour.md shows, exactly", () => {
  const frames = commandLines.filter((line) => line.startsWith("npx mycel frame"));
  const shown = blocks("json");
  assert.equal(frames.length, shown.length);
  for (const [i, line] of frames.entries()) {
    const { stdout, status } = spawnSync(
      process.execPath,
      [join(ROOT, "actors/main.ts"), ...words(line).slice(2)],
      { encoding: "utf8" },
    );
    assert.deepEqual([stdout, status], [shown[i], 0], line);
  }
});

test("the settings in node.md are accepted as they stand", () => {
  const examples = blocks("yaml");
  assert.equal(examples.length, 2);
  for (const example of examples) {
    const parsed = parseConfig(example);
    assert.ok(parsed.ok, parsed.ok ? "" : JSON.stringify(parsed.error));
  }
});

test("every link in the documents leads to a file or a heading that is there", { skip }, () => {
  const documents = tracked.filter((file) => file.endsWith(".md"));
  assert.ok(documents.length > 5);
  for (const document of documents) {
    for (const [, target = ""] of read(document).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [path = "", heading] = target.split("#");
      const file = path === "" ? document : join(dirname(document), path);
      assert.ok(existsSync(join(ROOT, file)), `${document} leads to ${target}`);
      if (heading === undefined) continue;
      const headings = [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, text = ""]) =>
        text
          .toLowerCase()
          .replaceAll(/[^\w\- ]/g, "")
          .replaceAll(" ", "-"),
      );
      assert.ok(headings.includes(heading), `${document} leads to ${target}`);
    }
  }
});

test("every document in docs is reached from README.md", { skip }, () => {
  const reached = new Set(["README.md"]);
  for (const document of reached) {
    const text = read(document);
    for (const [, target = ""] of text.matchAll(/\]\(([^)\s#]+)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const file = join(dirname(document), target);
      if (file.endsWith(".md")) reached.add(file);
      else for (const inner of tracked) if (inner.startsWith(`${file}/`)) reached.add(inner);
    }
  }
  const documents = tracked.filter((file) => /^docs\/.*\.md$/.test(file));
  assert.deepEqual(
    documents.filter((file) => !reached.has(file)),
    [],
  );
});

test("no file names a package registry's host or a path of somebody's machine", { skip }, () => {
  // In pieces, so that this file is not found itself.
  const wrong = new RegExp(
    [
      ["registry", "\\.[a-z0-9-]+\\."].join(""),
      ["npm", "js\\.(?:org|com)"].join(""),
      ["(?:^|[\"'\\s(=:])/(?:work|root|home", "|Users)/[\\w.]"].join(""),
    ].join("|"),
    "m",
  );
  assert.match(`see ${"/"}home/me`, wrong);
  const found = tracked.filter(
    (file) => !/\.(?:png|ico|woff2?)$/.test(file) && wrong.test(read(file)),
  );
  assert.deepEqual(found, []);
});
