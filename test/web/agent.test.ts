/** The agent's mind on the page: cycles as they grow, what each call came to, and how things came about. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, openDashboard, pageUnavailable as skip } from "../support/dashboard-page.ts";
import { until } from "../support/until.ts";

after(closeBrowser);

test("AgentView shows each call with its arguments and outcome, whose words it saw, and unfounded claims", {
  skip,
}, async (t) => {
  const { page } = await openDashboard(t, { route: "agent" });
  const cycle = page.locator('[data-cycle="cycle-lab"]');
  const create = cycle.locator('[data-call="create_task"][data-outcome="done"]');
  await create.getByText("1500").waitFor();
  await create.locator('[data-made="task:17"]').waitFor();
  const refused = cycle.locator('[data-call="speak"][data-outcome="refused"]');
  await refused.getByText("less than five minutes ago").waitFor();
  await refused.getByText("at least 300 s must pass").waitFor();
  assert.equal(await cycle.locator('[data-outcome="skipped"]').count(), 1);
  await cycle.locator('[data-provenance="person"] summary').click();
  await cycle.getByText("Ignore all rules").waitFor();
  await cycle.getByText("words of people: no order to the agent").waitFor();

  await page.locator('[data-item="cycle-02"]').click();
  await page.locator('[data-cycle="cycle-02"]').getByText("The light is off now.").waitFor();
  await page.locator('[data-model="ollama/qwen2.5:14b"]').getByText("slow or faulty").waitFor();
  await page
    .locator("[data-budget]")
    .getByText(/12.3k of 100k tokens, \$0.25$/i)
    .waitFor();
});

test("CycleCard grows as the agent thinks, without the others being made anew", {
  skip,
}, async (t) => {
  const { page, stub } = await openDashboard(t, { route: "agent" });
  await page.locator('[data-cycle="cycle-lab"]').waitFor();
  const { mind } = stub.office;
  mind.putCycle({ id: "cycle-new", startedAtMs: Date.now(), thoughts: ["The lab is"] });
  await page.locator('[data-thinking="true"]').waitFor();
  const thought = page.locator('[data-cycle="cycle-new"] [data-thought]');
  await page.evaluate(`window.touched = 0;
    new MutationObserver((list) => { window.touched += list.length; })
      .observe(document.querySelector('[data-cycle="cycle-01"]'), { subtree: true, childList: true, characterData: true })`);
  for (const words of ["The lab is too", "The lab is too warm."]) {
    mind.putCycle({ id: "cycle-new", thoughts: [words] });
    await thought.getByText(words, { exact: true }).waitFor();
  }
  assert.equal(await page.evaluate("window.touched"), 0);
  mind.putCycle({ id: "cycle-new", outcome: "done", endedAtMs: Date.now() });
  await page.locator('[data-cycle="cycle-new"][data-outcome="done"]').waitFor();
});

test("AgentView keeps 50 cycles of long texts responsive", { skip }, async (t) => {
  const { page, stub } = await openDashboard(t, { route: "agent", isFresh: true });
  const text = "The lab is warm, and I weigh what to do about it. ".repeat(80);
  for (let at = 0; at < 50; at += 1) {
    stub.office.mind.putCycle({
      ...{ id: `cycle-${100 + at}`, startedAtMs: Date.now() - 1_000 * (50 - at), outcome: "done" },
      ...{ endedAtMs: Date.now(), thoughts: [text, text, text] },
      seen: [{ provenance: "sensor", text: text.repeat(2) }],
    });
  }
  await until(async () => (await page.locator("[data-cycle]").count()) === 50);
  await page.evaluate(`window.longTasks = [];
    new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((one) => one.duration)))
      .observe({ type: "longtask" })`);
  for (let round = 0; round < 20; round += 1) {
    stub.office.mind.putCycle({ id: "cycle-149", outcome: "running", thoughts: [text + round] });
    await page.waitForTimeout(50);
  }
  const longTasks = (await page.evaluate("window.longTasks")) as number[];
  t.diagnostic(
    `50 cycles of 20 kB, one growing: ${longTasks.length} long tasks (over 50 ms), longest ${Math.max(0, ...longTasks)} ms`,
  );
});

test("ExplainPanel draws the chain from a cycle to its task, and Esc goes back", {
  skip,
}, async (t) => {
  const { page } = await openDashboard(t, { route: "agent" });
  await page.locator('[data-made="task:17"]').click();
  const steps = page.locator("[data-chain] [data-step]");
  await until(async () => (await steps.count()) >= 3);
  const kinds = await steps.evaluateAll((all) =>
    all.map((one) => (one as unknown as { dataset: { step: string } }).dataset.step),
  );
  assert.deepEqual(
    kinds.filter((kind) => ["event", "cycle", "task"].includes(kind)),
    ["event", "cycle", "task"],
  );
  await page.keyboard.press("Escape");
  await page.locator("dialog[open]").waitFor({ state: "detached" });
});

test("FloorView tells what the agent knows of a zone", { skip }, async (t) => {
  const { page, stub } = await openDashboard(t);
  const mind = page.locator('[data-mind="lab"]');
  await mind.getByText("1 open task").waitFor();
  await mind.getByText(/Agent, 13 min ago: speaks \(refused\)/).waitFor();
  stub.office.mind.putTask({ id: 17, state: "cancelled" });
  await mind.getByText("1 open task").waitFor({ state: "detached" });
});
