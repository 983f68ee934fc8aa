/** Points on the page: history by pages, a transfer with its fee told before, and the ledger's head as the bell. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, openDashboard, pageUnavailable as skip } from "../support/dashboard-page.ts";
import { until } from "../support/until.ts";

after(closeBrowser);

test("WalletView shows balance, devices and all points, and turns pages", { skip }, async (t) => {
  const { page, stub, complaints } = await openDashboard(t, { route: "wallet" });
  await page.locator(`[data-balance="${stub.office.mind.balanceMilli(1)}"]`).waitFor();
  await page.locator('[data-device="hub_07"]').getByText("×1.92").waitFor();
  const lines = page.locator("[data-transfer]");
  assert.equal(await lines.count(), 12);
  await page.getByRole("button", { name: "Older" }).click();
  await until(async () => (await lines.count()) === 4);
  await page.getByText("13–16").waitFor();
  await page.getByRole("button", { name: "Newer" }).click();
  await until(async () => (await lines.count()) === 12);
  assert.deepEqual(complaints, []);
});

test("WalletSend tells the fee before, sends once, and the balance follows the ledger", {
  skip,
}, async (t) => {
  const { page, stub } = await openDashboard(t, { route: "wallet" });
  const { mind } = stub.office;
  const before = { from: mind.balanceMilli(1), to: mind.balanceMilli(3) };
  await page.getByLabel(/^To/).selectOption({ label: "Ben Okafor" });
  const points = page.getByLabel("Points", { exact: true });
  const send = page.getByRole("button", { name: "Send", exact: true });
  await points.fill("5");
  await page.getByText("At least 10 points can be sent at present.").waitFor();
  assert.equal(await send.isDisabled(), true);
  await points.fill("99999");
  await page.getByText("That is more than the wallet holds.").waitFor();
  await points.fill("200");
  await page.locator('[data-fee="10000"]').waitFor();
  await page.getByText("Leaves your wallet").waitFor();
  await send.click();
  await page.getByText("200 points are on their way to Ben Okafor.").waitFor();
  assert.equal(mind.balanceMilli(1), before.from - 210_000);
  assert.equal(mind.balanceMilli(3), before.to + 200_000);
  await page.locator(`[data-balance="${before.from - 210_000}"]`).waitFor();
  await page.locator('[data-kind="p2p_transfer"]').getByText("−210").waitFor();
});

test("WalletView asks again when the ledger grows elsewhere", { skip }, async (t) => {
  const { page, stub } = await openDashboard(t, { route: "wallet/3" });
  const { mind } = stub.office;
  await page.locator(`[data-balance="${mind.balanceMilli(3)}"]`).waitFor();
  const answer = await page.request.put(`${stub.url}/api/tasks/19/complete`, {
    data: { user_id: 3, report_status: "resolved" },
  });
  assert.equal(answer.status(), 200);
  await page.locator(`[data-balance="${mind.balanceMilli(3)}"]`).waitFor();
});
