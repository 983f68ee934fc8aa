/** Each view in both themes and languages under axe-core's rules of WCAG 2.2 AA: names, roles, contrast, order. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import { closeBrowser, openDashboard, pageUnavailable } from "../support/dashboard-page.ts";

after(closeBrowser);

const axe = sourceOf("axe-core/axe.min.js");
const skip = pageUnavailable || (axe === undefined && "axe-core is not installed: npm ci");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const VIEWS = [
  ...["floor", "tasks", "agent", "wallet", "map", "leaves", "events", "tree", "node", "people"],
  ...["tasks/why/task:17", "leaves/swarm_hub_01/0"],
];

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

for (const [theme, language] of [
  ["dark", "en-US"],
  ["light", "ja-JP"],
] as const) {
  test(`each view passes axe-core's rules in the ${theme} theme, ${language}`, {
    skip,
  }, async (t) => {
    const { page } = await openDashboard(t, { language });
    await page.emulateMedia({ colorScheme: theme });
    for (const view of VIEWS) {
      await page.evaluate(`location.hash = "#/${view}"`);
      await page.locator(`main[data-view="${view.split("/")[0]}"]`).waitFor();
      if (view.includes("/")) await page.locator("dialog[open] h2").first().waitFor();
      assert.deepEqual(await violationsOf(page), [], view);
      if (view.includes("/")) await page.keyboard.press("Escape");
    }
  });
}

test("dialogs, menus and the login pass axe-core's rules", { skip }, async (t) => {
  const { page } = await openDashboard(t, { route: "tasks" });
  await page.locator("[data-task]").first().waitFor();
  for (const open of ["n", "?"]) {
    await page.keyboard.press(open);
    await page.locator("dialog[open]").waitFor();
    assert.deepEqual(await violationsOf(page), [], open);
    await page.keyboard.press("Escape");
  }
  await page.getByRole("button", { name: "You and this page" }).click();
  assert.deepEqual(await violationsOf(page), [], "the menu");

  const { page: login } = await openDashboard(t, { asksWho: true });
  assert.deepEqual(await violationsOf(login), [], "the login");
  await login.getByLabel("Name").fill("operator");
  await login.getByLabel("Password").fill("wrong");
  await login.keyboard.press("Enter");
  await login.getByText("name or the password is wrong").waitFor();
  assert.deepEqual(await violationsOf(login), [], "a login that was refused");
});

/** One line a node, with what would mend it. */
async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe ?? "");
  const { violations } = (await page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(RULES)}, resultTypes: ["violations"] })`,
  )) as { violations: readonly Violation[] };
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary}`),
  );
}

function sourceOf(module: string): string | undefined {
  try {
    return readFileSync(createRequire(import.meta.url).resolve(module), "utf8");
  } catch {
    return undefined;
  }
}
