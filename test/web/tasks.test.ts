/** The task board on the page: each act, by mouse and by keyboard, against a node that really changes. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  assertFocused,
  closeBrowser,
  openDashboard,
  sidewaysPx,
  pageUnavailable as skip,
} from "../support/dashboard-page.ts";
import { until } from "../support/until.ts";

after(closeBrowser);

test("TasksView shows what is to be done, what waits and why, and what was just done", {
  skip,
}, async (t) => {
  const { page, complaints } = await openDashboard(t, { route: "tasks" });
  const card = page.locator('[data-task="17"]');
  await card.getByText("Urgent").waitFor();
  await card.getByText("1,500").waitFor();
  await card.getByText("46 min left").waitFor();
  await page.locator('[data-task="19"]').getByText("Ben Okafor is on it").waitFor();
  await page.locator('[data-task="21"]').getByText("×1.35 by the zone's devices").waitFor();
  await page.locator('[data-task="16"]').getByText("540 pt paid").waitFor();
  await page.locator('[data-queued="22"]').getByText("nobody is in the zone").waitFor();
  await page.getByText("5 active · 2 waiting").waitFor();
  assert.equal(await page.locator("[data-badge]").getAttribute("data-badge"), "4");
  assert.deepEqual(complaints, []);
});

test("TaskCard is accepted and completed by keyboard alone, and the points are in the wallet", {
  skip,
}, async (t) => {
  const { page, stub } = await openDashboard(t, { route: "floor" });
  const { mind } = stub.office;
  const before = mind.balanceMilli(1);
  await page.keyboard.press("2");
  await assertFocused(page, '[data-item="task-21"]');
  await page.keyboard.press("ArrowRight");
  await assertFocused(page, '[data-item="task-17"]');
  await page.keyboard.press("a");
  await page
    .locator('[data-task="17"][data-state="accepted"]')
    .getByText("You are on it")
    .waitFor();
  assert.equal(mind.tasks().find(({ id }) => id === 17)?.assignedTo, 1);

  // One's own stands first now, and the focus went with it.
  await assertFocused(page, '[data-item="task-17"]');
  await page.keyboard.press("c");
  const dialog = page.getByRole("dialog", { name: /Report .* done/ });
  await dialog.waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  await page.keyboard.type("The window sticks.");
  await page.keyboard.press("Control+Enter");
  await dialog.waitFor({ state: "detached" });
  const card = page.locator('[data-task="17"][data-state="completed"]');
  await card.getByText("1,500 pt paid").waitFor();
  await card.getByText("Somebody must look again").waitFor();
  const done = mind.tasks().find(({ id }) => id === 17);
  assert.deepEqual(
    [done?.reportStatus, done?.completionNote],
    ["needs_followup", "The window sticks."],
  );

  await page.keyboard.press("4");
  await page.locator(`[data-balance="${before + 1_500_000}"]`).waitFor();
  await page.locator('[data-kind="task_reward"]').first().getByText("+1,500").waitFor();
});

test("TaskCard ignored goes to the ignored ones of this person alone", { skip }, async (t) => {
  const { page, stub } = await openDashboard(t, { route: "tasks" });
  await page.locator('[data-task="18"]').getByRole("button", { name: "Ignore" }).click();
  await page.getByText("Ignored by you (1)").waitFor();
  await page.locator('[data-task="18"]').waitFor({ state: "detached" });
  await page.getByLabel("Choose who you are").selectOption({ label: "Ben Okafor" });
  await page.locator('[data-task="18"]').waitFor();
  assert.deepEqual(stub.office.mind.tasks().find(({ id }) => id === 18)?.ignoredBy, [1]);
});

test("TaskCard says who was faster when an accept is refused", { skip }, async (t) => {
  const { page, stub } = await openDashboard(t, { route: "tasks" });
  // The page has not heard yet that Ben took it.
  await page.route("**/api/tasks/18/accept", async (route) => {
    stub.office.hold();
    stub.office.mind.putTask({ id: 18, state: "accepted", assignedTo: 3 });
    await route.continue();
  });
  const card = page.locator('[data-task="18"]');
  await card.getByRole("button", { name: "Accept" }).click();
  await card.getByText("Somebody else was faster").waitFor();
  await card.getByText("Ben Okafor is on it").waitFor();
});

test("TasksView lets an operator create, send out and cancel; a duplicate is told as one", {
  skip,
}, async (t) => {
  const { page, stub } = await openDashboard(t, { route: "tasks" });
  await page.locator('[data-queued="22"]').getByRole("button", { name: "Send out now" }).click();
  await page.locator('[data-task="22"]').waitFor();
  await page.locator('[data-task="22"]').getByRole("button", { name: "Cancel" }).click();
  await page.locator('[data-task="22"]').waitFor({ state: "detached" });

  await page.keyboard.press("n");
  const dialog = page.getByRole("dialog", { name: "New task" });
  const ask = async (message: RegExp) => {
    await dialog.getByLabel("What is to be done?").fill("Water the ferns");
    await dialog.locator("select[name=zone]").selectOption("library");
    await dialog.getByLabel("Bounty").fill("700");
    await dialog.getByRole("button", { name: "Ask" }).click();
    await dialog.getByText(message).waitFor();
  };
  await ask(/Asked as task/);
  await ask(/asks for this already/);
  await page.keyboard.press("Escape");
  await page.locator("[data-task]", { hasText: "Water the ferns" }).waitFor();
  const made = stub.office.mind.tasks().filter(({ title }) => title === "Water the ferns");
  assert.deepEqual(
    made.map(({ bounty, zone }) => [bounty, zone]),
    [[700, "library"]],
  );
});

test("TasksView keeps 200 tasks smooth while they change, and fits a phone", {
  skip,
}, async (t) => {
  const { page, stub } = await openDashboard(t, { route: "tasks", phone: true, isFresh: true });
  const { mind } = stub.office;
  const long = "A description that goes on. ".repeat(30);
  for (let id = 100; id < 300; id += 1) {
    mind.putTask({ id, title: `Task number ${id}`, description: long, urgency: id % 5 });
  }
  await until(async () => (await page.locator("[data-task]").count()) === 200);
  assert.equal(await sidewaysPx(page), 0);
  await page.evaluate(`window.longTasks = [];
    new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((one) => one.duration)))
      .observe({ type: "longtask" })`);
  for (let round = 0; round < 8; round += 1) {
    for (let id = 100; id < 120; id += 1) mind.putTask({ id, dispatchReason: `round ${round}` });
    await page.waitForTimeout(250);
  }
  mind.putTask({ id: 299, title: "The last change" });
  await page.getByText("The last change").waitFor();
  const longTasks = (await page.evaluate("window.longTasks")) as number[];
  t.diagnostic(
    `200 cards, 8 × 20 changed: ${longTasks.length} long tasks (over 50 ms), longest ${Math.max(0, ...longTasks)} ms`,
  );
});
