/** The page as people see it: values, live changes, what it asks for and what it complains about. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { VIEWS } from "../../web/src/route.ts";
import {
  closeBrowser,
  openDashboard,
  sidewaysPx,
  pageUnavailable as skip,
} from "../support/dashboard-page.ts";
import { until } from "../support/until.ts";

after(closeBrowser);

test("FloorView shows every zone with its people and fused readings", { skip }, async (t) => {
  const { page, stub } = await openDashboard(t);
  for (const zone of stub.office.view.zones()) {
    const tile = page.locator(`[data-zone="${zone.zone}"]`);
    await tile.waitFor();
    await tile.locator('[data-channel="temperature"]').getByText("°C").waitFor();
    await tile.locator('[data-channel="co2"]').getByText("ppm").waitFor();
  }
  assert.equal(await page.locator("[data-zone]").count(), stub.office.view.zones().length);
});

test("FloorView says in words which zone is outside its comfort", { skip }, async (t) => {
  const { page, stub } = await openDashboard(t);
  stub.office.hold();
  for (const leaf of stub.office.view.leaves()) {
    if (leaf.zone === "library" && leaf.readings["co2"]) {
      stub.office.report(leaf.hub, leaf.leafId, "co2", 1_432);
    }
  }
  await page.getByText("Library: CO₂ 1,432 ppm, above 1,000 ppm").waitFor();
});

test("LeavesView shows a live change of one leaf in its cell", { skip }, async (t) => {
  const { page, stub } = await openDashboard(t, { route: "leaves" });
  stub.office.hold();
  const leaf = stub.office.view.leaves().find((one) => one.online && one.readings["temperature"]);
  assert.ok(leaf);
  const cell = page.locator(`[data-item="${leaf.hub}/${leaf.leafId}"]`);
  await cell.waitFor();
  stub.office.report(leaf.hub, leaf.leafId, "temperature", 31.46);
  await cell.getByText("31.5").waitFor();
});

test("EventsView shows a new event first, and filters by kind and zone", { skip }, async (t) => {
  const { page, stub } = await openDashboard(t, { route: "events" });
  stub.office.hold();
  stub.office.raise({ kind: "door_opened", zone: "lab", message: "The lab's door opened." });
  const rows = page.locator("[data-event]");
  await page.getByText("The lab's door opened.").waitFor();
  assert.equal(await rows.first().getAttribute("data-event"), "door_opened");

  await page.getByLabel("Kind").selectOption("door_opened");
  await until(async () => (await rows.count()) === 1);
  await page.getByLabel("Zone").selectOption("library");
  await page.getByText("No event matches this filter.").waitFor();
  assert.match(page.url(), /kind=door_opened&zone=library/);
});

test("TreeView shows the tree with mailboxes and opens a hub's leaves", { skip }, async (t) => {
  const { page } = await openDashboard(t, { route: "tree" });
  const hub = page.locator('[data-item="/user/hubs/swarm_hub_01"]');
  await hub.getByRole("meter").waitFor();
  assert.equal(await hub.getAttribute("aria-expanded"), "false");
  await hub.click();
  await page.locator('[data-item="/user/hubs/swarm_hub_01/leaf_7"]').waitFor();
  assert.equal(await hub.getAttribute("aria-expanded"), "true");
});

test("TreeView shows threads, times, and dead letters by reason", { skip }, async (t) => {
  const { page } = await openDashboard(t, { route: "tree" });
  await page.locator('[data-thread="2"]').getByRole("meter").waitFor();
  await page.locator('[data-reason="droppedOldest"]', { hasText: "17" }).waitFor();
  const bus = page.locator('[data-item="/user/bus"]');
  assert.match((await bus.textContent()) ?? "", /\/s.*?[\d.]+ (µs|ms)[\d.]+ (µs|ms)/);
});

test("ActorPanel shows the times of each message type, by click and by key", {
  skip,
}, async (t) => {
  const { page, complaints } = await openDashboard(t, { route: "tree" });
  const hub = page.locator('[data-item="/user/hubs/swarm_hub_01"]');
  await hub.getByRole("button").click();
  const sheet = page.locator('[data-actor="/user/hubs/swarm_hub_01"]');
  await sheet.locator('[data-type="Flush"]').getByText(/µs|ms/).first().waitFor();
  assert.equal(await hub.getAttribute("aria-expanded"), "false", "its children stay closed");
  await page.keyboard.press("Escape");
  await until(async () => (await page.locator("dialog[open]").count()) === 0);

  await page.locator('[data-item="/user/historian"]').click();
  await page.locator('[data-actor="/user/historian"]').waitFor();
  await page.keyboard.press("Escape");
  await hub.focus();
  await page.keyboard.press("i");
  await sheet.waitFor();
  assert.deepEqual(complaints, []);
});

test("NodeView shows each hub's frames and refusals by reason", { skip }, async (t) => {
  const { page, stub } = await openDashboard(t, { route: "node" });
  const [hub] = stub.office.view.state().hubs;
  assert.ok(hub);
  const card = page.locator(`[data-hub="${hub.hub}"]`);
  await card.waitFor();
  for (const reason of Object.keys(hub.refused)) {
    assert.equal(await card.getByTitle(reason, { exact: true }).count(), 1, reason);
  }
  await page.getByText("writing").waitFor();
});

test("App asks only its own node and complains of nothing in any view", { skip }, async (t) => {
  const { page, stub, complaints, requests } = await openDashboard(t);
  for (const view of VIEWS) {
    await page.goto(`${stub.url}/#/${view}`);
    await page.locator(`main[data-view="${view}"]`).waitFor();
  }
  await page.goto(`${stub.url}/#/leaves/swarm_hub_01/0`);
  await page.locator('[data-history="loaded"] canvas').waitFor();
  const foreign = requests.filter((url) => new URL(url).host !== new URL(stub.url).host);
  assert.deepEqual(foreign, []);
  assert.deepEqual(complaints, []);
});

test("App on a phone 360 px wide has no sideways scroll and its tabs at the bottom", {
  skip,
}, async (t) => {
  const { page, stub } = await openDashboard(t, { phone: true });
  for (const view of [...VIEWS, "leaves/swarm_hub_01/0"]) {
    await page.goto(`${stub.url}/#/${view}`);
    await page
      .locator(view.includes("/") ? "dialog[open] canvas" : `main[data-view="${view}"]`)
      .waitFor();
    assert.equal(await sidewaysPx(page), 0, view);
  }
  await page.getByRole("button", { name: "Close" }).click();
  const tabs = await page.getByRole("navigation").boundingBox();
  assert.ok(tabs && tabs.y > 600 && Math.round(tabs.y + tabs.height) === 740, JSON.stringify(tabs));
  // It bears the name of the view that it led to.
  await page.getByRole("navigation").getByRole("button").click();
  await page.getByRole("link", { name: "Events" }).click();
  await page.locator('main[data-view="events"]').waitFor();
});

test("toggleTheme() changes the theme and the choice outlives a reload", { skip }, async (t) => {
  const { page } = await openDashboard(t);
  const scheme = "getComputedStyle(document.documentElement).colorScheme";
  await page.getByRole("button", { name: "Dark or light" }).click();
  assert.equal(await page.evaluate(scheme), "dark");
  await page.reload();
  await page.locator('[data-connection="live"]').waitFor();
  assert.equal(await page.evaluate(scheme), "dark");
  await page.getByRole("button", { name: "Dark or light" }).click();
  assert.equal(await page.evaluate(scheme), "light");
});

test("LeafRow keeps 500 leaves responsive under four batches a second", { skip }, async (t) => {
  const { page, complaints } = await openDashboard(t, { leaves: 500, route: "leaves" });
  await page.locator("[role=gridcell]").first().waitFor();
  await page.evaluate(`window.longTasks = [];
    new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((one) => one.duration)))
      .observe({ type: "longtask" })`);
  const batches = await page.evaluate(`new Promise((resolve) => {
    let batches = 0;
    const observer = new MutationObserver(() => {
      batches += 1;
      if (batches >= 12) { observer.disconnect(); resolve(batches); }
    });
    observer.observe(document.querySelector("[role=grid]"), { subtree: true, characterData: true, childList: true });
  })`);
  assert.equal(batches, 12);
  await page.getByPlaceholder("Filter by name").fill("door 07");
  await until(async () => (await page.locator("[role=gridcell]").count()) < 5);
  const longTasks = (await page.evaluate("window.longTasks")) as number[];
  t.diagnostic(
    `long tasks (over 50 ms) in 12 batches of 125 leaves: ${longTasks.length}, longest ${Math.max(0, ...longTasks)} ms`,
  );
  assert.deepEqual(complaints, []);
});
