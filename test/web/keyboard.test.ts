/** Each view without a mouse. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import {
  assertFocused,
  closeBrowser,
  openDashboard,
  pageUnavailable as skip,
} from "../support/dashboard-page.ts";

after(closeBrowser);

const focusedItem = (page: Page): Promise<string | null> =>
  page.evaluate("document.activeElement?.getAttribute('data-item') ?? null");

test("handleKey() switches views by 1 to 9", { skip }, async (t) => {
  const { page } = await openDashboard(t);
  for (const [key, view] of Object.entries({
    2: "tasks",
    3: "agent",
    4: "wallet",
    5: "map",
    6: "leaves",
    7: "events",
    8: "tree",
    9: "node",
    1: "floor",
  })) {
    await page.keyboard.press(key);
    await page.locator(`main[data-view="${view}"]`).waitFor();
    assert.equal(await page.locator('nav [aria-current="page"]').count(), 1);
  }
});

test("handleKey() goes to the filter by / and leaves it by Esc, without typing either", {
  skip,
}, async (t) => {
  const { page } = await openDashboard(t);
  await page.keyboard.press("/");
  await page.locator('main[data-view="leaves"]').waitFor();
  await assertFocused(page, "[data-filter]");
  assert.equal(await page.locator("[data-filter]").inputValue(), "");
  await page.keyboard.type("door 2");
  await page.waitForURL(/q=door\+2/);
  await page.locator('main[data-view="leaves"]').waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("[data-filter]:focus").count(), 0);
});

test("handleKey() shows the shortcuts by ? and Esc closes them", { skip }, async (t) => {
  const { page } = await openDashboard(t);
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
});

test("useRovingFocus() moves through the leaf grid, Enter opens a leaf, Esc returns to it", {
  skip,
}, async (t) => {
  const { page } = await openDashboard(t);
  await page.keyboard.press("6");
  await page.locator('main[data-view="leaves"]').waitFor();
  await assertFocused(page, "[data-item]");
  const first = await focusedItem(page);
  await page.keyboard.press("ArrowRight");
  const second = await focusedItem(page);
  assert.notEqual(second, first);
  await page.keyboard.press("ArrowDown");
  const below = await focusedItem(page);
  const [a, b] = await Promise.all(
    [second, below].map((item) => page.locator(`[data-item="${item}"]`).boundingBox()),
  );
  assert.ok(a && b && a.x === b.x && b.y > a.y, "ArrowDown stays in the column");
  await page.keyboard.press("ArrowUp");
  assert.equal(await focusedItem(page), second);
  await page.keyboard.press("End");
  await page.keyboard.press("Home");
  assert.equal(await focusedItem(page), first);

  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  assert.match(page.url(), new RegExp(`#/leaves/${second}$`));
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal(await focusedItem(page), second);
});

test("FloorView is one tab stop whose tiles take arrow keys and Enter", { skip }, async (t) => {
  const { page } = await openDashboard(t, { route: "node" });
  await page.keyboard.press("1");
  await assertFocused(page, "[data-zone]");
  assert.equal(await page.locator('[data-zone][tabindex="0"]').count(), 1);
  const first = await focusedItem(page);
  await page.keyboard.press("ArrowRight");
  const zone = await focusedItem(page);
  assert.notEqual(zone, first);
  await page.keyboard.press("Enter");
  await page.waitForURL(new RegExp(`leaves\\?zone=${zone}`));
});

test("TreeView opens and closes by arrow keys as a tree does", { skip }, async (t) => {
  const { page } = await openDashboard(t);
  await page.keyboard.press("8");
  await assertFocused(page, '[data-item="/user"]');
  await page.keyboard.press("ArrowDown");
  assert.equal(await focusedItem(page), "/user/bus");
  await page.keyboard.press("ArrowLeft");
  assert.equal(await focusedItem(page), "/user");
  await page.keyboard.press("ArrowLeft");
  assert.equal(await page.locator("[role=treeitem]").count(), 1);
  await page.keyboard.press("ArrowRight");
  await page.locator('[data-item="/user/bus"]').waitFor();
  await page.keyboard.press("End");
  assert.equal(await focusedItem(page), "/user/zones/meeting_room");
});

test("EventsView and its filters are reached by Tab with a visible focus", { skip }, async (t) => {
  const { page } = await openDashboard(t, { route: "events" });
  await page.keyboard.press("/");
  await assertFocused(page, "[data-filter]");
  await page.keyboard.press("Tab");
  await assertFocused(page, 'select[aria-label="Kind"]');
  const outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle");
  assert.equal(outline, "solid");
});
