/** What an operator does on the page, and how the node's refusals are shown. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, openDashboard, pageUnavailable as skip } from "../support/dashboard-page.ts";

after(closeBrowser);

test("WaitingLeaves adopts a stranger, which then stands in the grid", { skip }, async (t) => {
  const { page, stub } = await openDashboard(t, { route: "leaves" });
  const stranger = stub.office.view.leaves().find((leaf) => leaf.standing === "stranger");
  assert.ok(stranger);
  const key = `${stranger.hub}/${stranger.leafId}`;
  await page.locator(`[data-waiting="${key}"]`).getByRole("button", { name: "Adopt" }).click();
  await page.locator(`[role=grid] [data-item="${key}"]`).waitFor();
  await page.locator(`[data-waiting="${key}"]`).waitFor({ state: "detached" });
  assert.equal(stranger.standing, "adopted");
});

test("WaitingLeaves agrees to the hardware that claims a disputed id", { skip }, async (t) => {
  const { page, stub } = await openDashboard(t, { route: "leaves" });
  const disputed = stub.office.view.leaves().find((leaf) => leaf.standing === "disputed");
  assert.ok(disputed);
  const row = page.locator(`[data-waiting="${disputed.hub}/${disputed.leafId}"]`);
  await row.getByText("esp32 asks for its id").waitFor();
  await row.getByRole("button", { name: "Agree" }).click();
  await row.waitFor({ state: "detached" });
  assert.equal(disputed.hardware, "esp32");
});

test("WaitingLeaves refuses the hardware that claims a disputed id", { skip }, async (t) => {
  const { page, stub } = await openDashboard(t, { route: "leaves" });
  const disputed = stub.office.view.leaves().find((leaf) => leaf.standing === "disputed");
  assert.ok(disputed);
  const { hardware } = disputed;
  const row = page.locator(`[data-waiting="${disputed.hub}/${disputed.leafId}"]`);
  await row.getByRole("button", { name: "Refuse" }).click();
  await row.waitFor({ state: "detached" });
  assert.deepEqual([disputed.hardware, disputed.claimedHardware], [hardware, null]);
});

test("LeafForms renames a leaf, and shows the node's sentence when it refuses", {
  skip,
}, async (t) => {
  const { page, stub } = await openDashboard(t, { route: "leaves/swarm_hub_01/0" });
  const [leaf, other] = stub.office.view.leaves();
  assert.ok(leaf && other);
  const dialog = page.getByRole("dialog");
  const name = dialog.getByLabel("Name", { exact: true });
  const rename = dialog.getByRole("button", { name: "Rename" });
  assert.equal(await rename.isDisabled(), true);

  await name.fill(other.name);
  await rename.click();
  await dialog.getByText("Another leaf of this hub has this name.").waitFor();
  assert.equal(await name.getAttribute("aria-invalid"), "true");

  await name.fill("window_sill");
  await name.press("Enter");
  await dialog.getByText("Renamed to window_sill.").waitFor();
  await dialog.getByRole("heading", { name: "window_sill" }).waitFor();
  assert.equal(leaf.name, "window_sill");
});

test("LeafForms moves a leaf to another zone", { skip }, async (t) => {
  const { page, stub } = await openDashboard(t, { route: "leaves/swarm_hub_01/0" });
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Zone", { exact: true }).fill("library");
  await dialog.getByRole("button", { name: "Move" }).click();
  await dialog.getByText("Moved to Library.").waitFor();
  assert.equal(stub.office.view.leaves()[0]?.zone, "library");
});

test("LeafHistory plots each range, and says so when the node does not answer", {
  skip,
}, async (t) => {
  const { page } = await openDashboard(t, { route: "leaves/swarm_hub_01/0" });
  const dialog = page.getByRole("dialog");
  for (const range of ["1 h", "24 h", "7 d", "15 min"]) {
    await dialog.getByText(range, { exact: true }).click();
    await dialog.locator('[data-history="loaded"] canvas').waitFor();
  }
  await dialog.locator('[data-channel="humidity"]').click();
  await dialog.getByRole("img", { name: /^Humidity: \d+ %/ }).waitFor();

  await page.route("**/api/history*", (route) => route.abort());
  await dialog.getByText("1 h", { exact: true }).click();
  await dialog.getByText("The node did not answer. Is it running?").waitFor();
});

test("LeafPanel names a leaf that nobody knows instead of failing", { skip }, async (t) => {
  const { page, complaints } = await openDashboard(t, { route: "leaves/swarm_hub_01/255" });
  await page.getByText("No leaf 255 is known on swarm_hub_01.").waitFor();
  assert.deepEqual(complaints, []);
});
