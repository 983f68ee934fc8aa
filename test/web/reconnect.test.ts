/** The live feed when the node goes away and comes back. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, openDashboard, pageUnavailable as skip } from "../support/dashboard-page.ts";
import { startDashboardStub } from "../support/dashboard-stub.ts";

after(closeBrowser);

test("createFeed() tells of a lost feed, greys the values and is live again after a restart", {
  skip,
}, async (t) => {
  const { page, stub } = await openDashboard(t, { route: "leaves", leaves: 60 });
  // The leaves' names come after their rows.
  await page.locator("[role=gridcell]").nth(30).waitFor();
  await stub.close();
  await page.locator('[data-connection="waiting"]').waitFor();
  await page.getByText("The live feed is lost.").waitFor();
  assert.equal(await page.locator("main").getAttribute("data-stale"), "true");
  assert.ok(
    (await page.locator("[role=gridcell]").count()) > 30,
    "the last values stay on the page",
  );

  // Another run of the node with other leaves: what is gone must go from the page too.
  const again = await startDashboardStub({ port: stub.port, leaves: 40 });
  t.after(again.close);
  await page
    .getByRole("button", { name: "Reconnect now" })
    .click({ timeout: 2_000 })
    .catch(() => {
      // It has come back by itself in the meantime.
    });
  await page.locator('[data-connection="live"]').waitFor();
  await page.locator('[data-banner="feed"]').waitFor({ state: "detached" });
  assert.equal(await page.locator("main").getAttribute("data-stale"), "false");
  await page.getByText("40 of 40").waitFor();
});

test("createFeed() comes back by itself, without a click", { skip }, async (t) => {
  const { page, stub } = await openDashboard(t, { leaves: 20 });
  await stub.close();
  await page.locator('[data-banner="feed"]').waitFor();
  const again = await startDashboardStub({ port: stub.port, leaves: 20 });
  t.after(again.close);
  await page.locator('[data-connection="live"]').waitFor();
});
