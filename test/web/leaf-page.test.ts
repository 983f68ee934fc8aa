/** A leaf's page: its frames byte by byte, commands, battery, in Chromium over the real HTTP server. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  closeBrowser,
  openDashboard,
  sidewaysPx,
  pageUnavailable as skip,
} from "../support/dashboard-page.ts";
import { until } from "../support/until.ts";

after(closeBrowser);

const PRESENCE = "map/swarm_hub_01/2";

test("LeafFrames shows the newest frame byte by byte and says why one was refused", {
  skip,
}, async (t) => {
  const { page, complaints, requests } = await openDashboard(t, { route: PRESENCE });
  const frames = page.getByRole("dialog").getByRole("region", { name: "Last frames" });
  await frames.locator('[data-field="type"]', { hasText: "SENSOR_REPORT" }).waitFor();
  assert.equal(await frames.locator('[data-field="magic"] code').textContent(), "53");
  assert.ok((await frames.locator('[data-field="value"]').count()) >= 3);
  await frames.locator('[data-field="checksum"]', { hasText: /right|wrong/ }).waitFor();
  await frames.getByText("badChecksum").first().waitFor();
  await frames.locator("label", { hasText: "badChecksum" }).first().click();
  await frames.locator('[data-field="checksum"]', { hasText: "wrong" }).waitFor();

  await page.keyboard.press("Escape");
  await page.waitForURL(/#\/map$/);
  const asked = () => requests.filter((url) => url.includes("/frames")).length;
  const before = asked();
  // Whatever else the page asks in the meantime, it does not ask for frames that nobody sees.
  await page.goto(`${new URL(page.url()).origin}/#/node`);
  await page.locator('[data-view="node"]').waitFor();
  assert.ok(asked() <= before + 1);
  assert.deepEqual(complaints, []);
});

test("LeafCommands gives a command and shows what becomes of it, live", { skip }, async (t) => {
  const { page, stub, complaints } = await openDashboard(t, { route: PRESENCE });
  const commands = page.getByRole("dialog").getByRole("region", { name: "Commands" });
  await commands.getByLabel("Command").selectOption("set_interval");
  const send = commands.getByRole("button", { name: "Send" });
  assert.equal(await send.isDisabled(), true, "its argument is missing");
  await commands.getByLabel("every … s").fill("30");
  await send.click();
  const row = commands.locator("[data-command]", { hasText: "Set interval" });
  await row.getByText("every 30 s").waitFor();
  await row.locator('[data-state="acknowledged"]').waitFor();

  await commands.getByLabel("Command").selectOption("read_now");
  await commands.getByLabel("when it wakes").check();
  await send.click();
  const waiting = commands.locator("[data-command]", { hasText: "Read now" });
  await waiting.locator('[data-state="queued"]').waitFor();
  await waiting.getByRole("button", { name: "Cancel Read now" }).click();
  await waiting.locator('[data-state="refused"]', { hasText: "cancelled" }).waitFor();
  const told = stub.office.view.commands("swarm_hub_01", "2");
  assert.ok(told.ok);
  assert.deepEqual(
    told.value.map(({ state }) => state),
    ["acknowledged", "refused"],
  );
  assert.deepEqual(complaints, []);
});

test("LeafPanel says how long a battery lasts, and fits a phone", { skip }, async (t) => {
  const { page } = await openDashboard(t, { route: PRESENCE, phone: true });
  const facts = page.getByRole("dialog").getByRole("region", { name: "About this leaf" });
  await until(async () => {
    const said = (await facts.textContent()) ?? "";
    return /Battery lasts(about|does not|too little|empty)/.test(said);
  });
  await page.getByRole("dialog").locator('[data-field="type"]').waitFor();
  assert.equal(await sidewaysPx(page), 0);
  assert.equal(
    await page.evaluate(
      "(() => { const d = document.querySelector('dialog'); return d.scrollWidth - d.clientWidth })()",
    ),
    0,
  );
});
