/** The map of all leaves, in Chromium, over the real feed. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import {
  closeBrowser,
  openDashboard,
  sidewaysPx,
  pageUnavailable as skip,
} from "../support/dashboard-page.ts";
import { scriptTimes } from "../support/script-times.ts";
import { until } from "../support/until.ts";

after(closeBrowser);

const map = (page: Page) => page.locator("[data-map]");
const tip = (page: Page) => page.locator("[data-tip]");
const shows = (page: Page, count: string) => page.getByText(`${count} of`).waitFor();

test("MapView shows every leaf, by state, with a legend that counts them", { skip }, async (t) => {
  const { page, complaints } = await openDashboard(t, { route: "map", leaves: 500 });
  await shows(page, "500");
  assert.equal(await map(page).getAttribute("data-renderer"), "webgl");
  for (const [state, count] of [
    ["offline", "2"],
    ["stranger", "2"],
    ["quarantined", "1"],
  ]) {
    await page.locator(`[data-legend="${state}"]`, { hasText: count as string }).waitFor();
  }
  assert.match(
    (await map(page).getAttribute("aria-label")) ?? "",
    /Map of 500 leaves in 4 zones, coloured by State/,
  );
  assert.deepEqual(complaints, []);
});

test("MapView without WebGL draws the same leaves by pixels", { skip }, async (t) => {
  const { page, stub, complaints } = await openDashboard(t, { leaves: 500 });
  await page.addInitScript(`{
    const own = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
      return kind === "webgl2" ? null : own.call(this, kind, ...rest);
    };
  }`);
  await page.goto(`${stub.url}/#/map`);
  await page.reload();
  await shows(page, "500");
  assert.equal(await map(page).getAttribute("data-renderer"), "pixels");
  const drawn = `(() => {
    const { data } = document.querySelector("[data-map] canvas").getContext("2d")
      .getImageData(0, 0, 2_000, 1_000);
    let pixels = 0;
    for (let at = 3; at < data.length; at += 4) if (data[at] > 0) pixels += 1;
    return pixels;
  })()`;
  await until(async () => ((await page.evaluate(drawn)) as number) > 20_000);
  assert.deepEqual(complaints, []);
});

test("MapView goes from leaf to leaf by arrow keys, says which, and Enter opens it", {
  skip,
}, async (t) => {
  const { page } = await openDashboard(t, { leaves: 60 });
  await page.keyboard.press("5");
  await shows(page, "60");
  await map(page).focus();
  await page.keyboard.press("ArrowRight");
  await tip(page).waitFor();
  const first = await tip(page).getAttribute("data-tip");
  await page.keyboard.press("ArrowRight");
  await until(async () => (await tip(page).getAttribute("data-tip")) !== first);
  const second = await tip(page).getAttribute("data-tip");
  assert.equal(await tip(page).getAttribute("role"), "status");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  assert.match(page.url(), new RegExp(`#/map/${second}$`));
  await page.keyboard.press("Escape");
  await page.waitForURL(/#\/map$/);
});

test("MapView tells of the leaf under the mouse, and a click opens its page", {
  skip,
}, async (t) => {
  const { page, stub } = await openDashboard(t, { route: "map?channel=temperature", leaves: 60 });
  await shows(page, "60");
  stub.office.hold();
  await map(page).focus();
  // The keyboard's leaf says where on the screen it is.
  await page.keyboard.press("ArrowRight");
  await tip(page).waitFor();
  const at = (await page.evaluate(`(() => {
    const { left, top } = document.querySelector("[data-tip]").style;
    return { x: parseFloat(left), y: parseFloat(top) };
  })()`)) as { x: number; y: number };
  const key = await tip(page).getAttribute("data-tip");
  const box = await map(page).boundingBox();
  assert.ok(box !== null);
  await page.mouse.move(box.x + box.width - 2, box.y + 2);
  await page.mouse.move(box.x + at.x, box.y + at.y);
  await page.locator(`[data-tip="${key}"]`).waitFor();
  await page.mouse.click(box.x + at.x, box.y + at.y);
  await page.getByRole("dialog").waitFor();
  assert.match(page.url(), new RegExp(`#/map/${key}\\?channel=temperature$`));
});

test("MapView filters by the address, and the table has the same leaves", { skip }, async (t) => {
  const { page, stub } = await openDashboard(t, { route: "map?zone=library", leaves: 200 });
  await shows(page, "50");
  stub.office.hold();
  await page.getByLabel("Channel").selectOption("temperature");
  await page.locator('[data-legend="temperature"]', { hasText: "°C" }).waitFor();
  const leaf = stub.office.view
    .leaves()
    .find((one) => one.zone === "library" && one.online && one.readings["temperature"]);
  assert.ok(leaf !== undefined);
  stub.office.report(leaf.hub, leaf.leafId, "temperature", 48.25);
  await page.getByLabel("from", { exact: true }).fill("48");
  await shows(page, "1");
  await page.getByRole("link", { name: "as a table" }).click();
  await page.locator('main[data-view="leaves"]').waitFor();
  await until(async () => (await page.locator("[role=gridcell]").count()) === 1);
  assert.match(page.url(), /zone=library&channel=temperature&min=48$/);
  await page.getByRole("link", { name: "as a map" }).click();
  await shows(page, "1");
});

test("MapView zooms by wheel and keys, and 0 shows all again", { skip }, async (t) => {
  const { page } = await openDashboard(t, { route: "map", leaves: 200 });
  await shows(page, "200");
  await map(page).focus();
  await page.keyboard.press("ArrowRight");
  await tip(page).waitFor();
  const left = () => page.evaluate('document.querySelector("[data-tip]")?.style.left');
  const before = await left();
  for (const key of ["+", "+"]) await page.keyboard.press(key);
  await until(async () => (await left()) !== before);
  await page.keyboard.press("0");
  await until(async () => (await left()) === before);
  await map(page).hover();
  await page.mouse.wheel(0, -600);
  await map(page).focus();
  await page.mouse.move(0, 0);
  await until(async () => (await left()) !== before);
});

test("LeavesView makes only the cells on the screen, and End reaches the last of thousands", {
  skip,
}, async (t) => {
  const { page } = await openDashboard(t, { route: "leaves", leaves: 3_000 });
  await shows(page, "3,000");
  assert.ok((await page.locator("[role=gridcell]").count()) < 300);
  await page.locator('[role=gridcell] [tabindex="0"]').focus();
  await page.keyboard.press("End");
  await until(async () => {
    const focused = await page.evaluate("document.activeElement?.getAttribute('data-item')");
    return focused === "swarm_hub_12/249";
  });
  await page
    .locator('[data-item="swarm_hub_12/249"]')
    .getByText(/°C|lx|ppm|dB|closed|open|still|motion/)
    .first()
    .waitFor();
  assert.equal(await sidewaysPx(page), 0);
});

test("TreeView of thousands of actors asks for a hub's leaves when it is opened", {
  skip,
}, async (t) => {
  const { page, complaints, requests } = await openDashboard(t, { route: "tree", leaves: 2_500 });
  const row = (path: string) => page.locator(`[data-item="${path}"]`);
  const hub = row("/user/hubs/swarm_hub_03");
  await hub.getByText("250").waitFor();
  assert.equal(await row("/user/hubs/swarm_hub_03/leaf_7").count(), 0);
  await hub.click();
  await row("/user/hubs/swarm_hub_03/leaf_7").waitFor();
  assert.ok(requests.some((url) => url.includes("/api/tree?under=")));
  assert.deepEqual(complaints, []);
});

test("MapView of 25,000 leaves, each reporting once a second, leaves the page's thread alone", {
  skip,
}, async (t) => {
  const { page, complaints } = await openDashboard(t, {
    route: "map?channel=temperature",
    field: 25_000,
    moving: true,
  });
  await shows(page, "25,000");
  const browser = page.context().browser();
  assert.ok(browser !== null);
  const times = await scriptTimes(browser, page, async () => {
    // Eight batches: each leaf has reported twice; and frames enough for a mean, however slow they are.
    await page.evaluate(`new Promise((resolve) => {
      const beganMs = performance.now();
      let frames = 0;
      const next = () => {
        frames += 1;
        if (frames > 20 && performance.now() - beganMs > 8_000) resolve();
        else requestAnimationFrame(next);
      };
      next();
    })`);
  });
  t.diagnostic(
    `script a frame at 25,000 leaves, 1 Hz: mean ${times.meanMs.toFixed(2)} ms, ` +
      `median ${times.p50Ms.toFixed(2)} ms, 99 of 100 within ${times.p99Ms.toFixed(1)} ms, ` +
      `longest ${times.maxMs.toFixed(1)} ms, of ${times.frames} frames`,
  );
  assert.ok(times.frames > 10, "it goes on drawing");
  assert.equal(await page.locator("canvas").count(), 2, "no element a leaf");
  assert.ok(Number(await page.evaluate("document.querySelectorAll('*').length")) < 500);
  assert.deepEqual(complaints, []);
});
