/**
 * The case study from end to end: a leaf process, a node, the agent, and a person at the page in Chromium. Once with
 * the rules of the scripted model, once with a model over HTTP, in Japanese.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startMockLlm } from "../../transports/llm/mock-llm.ts";
import { closeBrowser, openPage, pageUnavailable } from "../support/dashboard-page.ts";
import { removeDir, temporaryDir } from "../support/node-process.ts";
import { until } from "../support/until.ts";

const MAIN = fileURLToPath(new URL("../../actors/main.ts", import.meta.url));
/** Cycles are 25 s apart; the rest is a slow machine. */
const STORY_MS_MAX = 300_000;

after(closeBrowser);

const MODELS = [
  ["the scripted model, in English", "en", false],
  ["a server of OpenAI's interface, in Japanese", "ja", true],
] as const;
for (const [what, language, isServed] of MODELS) {
  test(`a room gets too warm, and a person is paid for helping: ${what}`, {
    skip: pageUnavailable,
  }, async (t) => {
    const dir = temporaryDir();
    t.after(() => removeDir(dir));
    const llm = isServed ? await startMockLlm({ port: 0 }) : undefined;
    t.after(() => llm?.close());
    const story = tell([
      ...["demo", "heat", "--by-hand", "--language", language, "--data", dir],
      ...(llm === undefined ? [] : ["--model-url", `${llm.url}/v1`]),
    ]);
    t.after(() => story.process.kill("SIGTERM"));

    const url = await story.says(/its page is (\S+)/);
    const { page, complaints } = await openPage(t, url, { route: "tasks" });
    const person = await story.says(/wallet person:(\d+) with 0 points/);
    await page.locator("main [data-me] select").first().selectOption(person);
    const card = page.locator('main [data-task][data-state="open"]');
    await card.waitFor({ timeout: STORY_MS_MAX });
    assert.match((await card.textContent()) ?? "", /1[,.]?500/);

    // Accepted and completed with the keyboard alone.
    const id = await card.getAttribute("data-task");
    const mine = page.locator(`main [data-task="${id}"]`);
    await mine.press("a");
    await page.locator(`main [data-task="${id}"][data-state="accepted"]`).waitFor();
    await mine.press("c");
    await page.locator("dialog[open] textarea").fill("The window is open now.");
    await page.locator("dialog[open] textarea").press("Control+Enter");
    await page.locator(`main [data-task="${id}"][data-state="completed"]`).waitFor();

    await page.goto(`${url}/#/wallet`);
    await page.locator('[data-balance="1500000"]').waitFor();
    await page.locator('[data-transfer="task:1:pay"]').waitFor();
    assert.deepEqual(complaints, []);

    await story.says(/(goes on)/);
    story.process.kill("SIGTERM");
    assert.equal(await story.ended(), 0, story.output());
    const told = story.output();
    assert.match(told, new RegExp(`person:${person} has 1500 points`));
    assert.match(told, /Sound: 2 transfers/);
    if (llm !== undefined) assert.ok(llm.seen.length > 0, "the model was asked over HTTP");

    // What `mycel explain` printed: from the reading to the payment.
    const chain = told.slice(told.indexOf("explain"));
    for (const link of [
      /30\.5/,
      /high_temperature/,
      /create_task/,
      /1[,.]?500/,
      /person:\d+|Aiko/,
    ]) {
      assert.match(chain, link);
    }
  });
}

interface Story {
  readonly process: ChildProcess;
  output(): string;
  /** The first group of the pattern, once it was said. */
  says(pattern: RegExp): Promise<string>;
  /** Its exit status. */
  ended(): Promise<number | null>;
}

function tell(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Story {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output += chunk;
    });
  }
  const exit = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return {
    process: child,
    output: () => output,
    says: async (pattern) =>
      until(
        () => {
          if (child.exitCode !== null) throw new Error(`the story ended:\n${output}`);
          return pattern.exec(output)?.[1];
        },
        { withinMs: STORY_MS_MAX, what: () => `${pattern} in:\n${output}` },
      ),
    ended: () => exit,
  };
}

test("mycel demo heat: Ctrl-C in the middle ends its node and removes its data folder", async (t) => {
  const dir = temporaryDir();
  t.after(() => removeDir(dir));
  const story = tell(["demo", "heat"], { TMPDIR: dir });
  t.after(() => story.process.kill("SIGKILL"));
  await story.says(/a process of its own reports (\S+)/);
  story.process.kill("SIGINT");
  assert.equal(await story.ended(), 130, story.output());
  assert.deepEqual(
    readdirSync(dir).filter((name) => name.startsWith("mycel-demo-")),
    [],
  );
});
