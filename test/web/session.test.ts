/** Who may see and do what: the login form, roles on the page, people, and the language one reads. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import { closeBrowser, openDashboard, pageUnavailable as skip } from "../support/dashboard-page.ts";

after(closeBrowser);

async function logIn(page: Page, name: string, password = "correct horse"): Promise<void> {
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.keyboard.press("Enter");
}

test("LoginView lets nobody in without the right password, then shows the page, and out again", {
  skip,
}, async (t) => {
  const { page } = await openDashboard(t, { route: "tasks", asksWho: true });
  await page.getByRole("heading", { name: "Log in" }).waitFor();
  assert.equal(await page.locator("[data-task]").count(), 0);
  await logIn(page, "aiko", "wrong password");
  await page.getByText("The name or the password is wrong.").waitFor();
  await logIn(page, "aiko");
  await page.locator('[data-connection="live"]').waitFor();
  await page.locator('[data-task="18"]').waitFor();
  await page.getByRole("button", { name: "You and this page" }).click();
  await page.getByRole("button", { name: "Log out", exact: true }).click();
  await page.getByRole("heading", { name: "Log in" }).waitFor();
});

test("OwnPasswordDialog changes one's password by keyboard, and says what is wrong with the old one", {
  skip,
}, async (t) => {
  const { page } = await openDashboard(t, { route: "tasks", asksWho: true });
  await logIn(page, "aiko");
  await page.getByRole("button", { name: "You and this page" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Change password" }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Change your password" });
  await dialog.waitFor();
  await page.keyboard.type("wrong");
  await page.keyboard.press("Tab");
  await page.keyboard.type("another password");
  await page.keyboard.press("Enter");
  await dialog.getByText("name or the password is wrong").waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
});

test("useWho() lets a member take tasks as themselves and keeps what operators do from them", {
  skip,
}, async (t) => {
  const { page, stub } = await openDashboard(t, { route: "tasks", asksWho: true });
  await logIn(page, "aiko");
  const card = page.locator('[data-task="18"]');
  await card.getByRole("button", { name: "Accept" }).click();
  await card.getByText("You are on it").waitFor();
  assert.equal(stub.office.mind.tasks().find(({ id }) => id === 18)?.assignedTo, 2);
  assert.equal(await page.getByRole("button", { name: "New task" }).isDisabled(), true);
  assert.equal(await card.getByRole("button", { name: "Cancel" }).count(), 0);
  const others = page.locator('[data-task="19"]');
  assert.equal(await others.getByRole("button", { name: "Done" }).count(), 0);
});

test("useWho() shows a viewer everything and lets them do nothing", { skip }, async (t) => {
  const { page } = await openDashboard(t, { route: "tasks", asksWho: true });
  await logIn(page, "chiyo");
  const accept = page.locator('[data-task="18"]').getByRole("button", { name: "Accept" });
  assert.equal(await accept.isDisabled(), true);
  assert.match((await accept.getAttribute("title")) ?? "", /Members and operators/);
});

test("PeopleView adds a person, gives a role, and never lets the last operator go", {
  skip,
}, async (t) => {
  const { page, stub } = await openDashboard(t, { route: "people" });
  await page.getByLabel("Name for login").fill("dora");
  await page.getByLabel("Name as shown").fill("Dora");
  await page.getByLabel("Password", { exact: true }).fill("long enough");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  const row = page.locator("[data-person]", { hasText: "Dora" });
  await row.getByRole("combobox").selectOption("viewer");
  await row.getByText("Saved.").waitFor();
  assert.equal(stub.office.mind.people().at(-1)?.role, "viewer");

  const operator = page.locator('[data-person="1"]');
  await operator.getByRole("button", { name: /Deactivate/ }).click();
  await operator.getByText("Nobody would be left who may give roles.").waitFor();
});

test("setLanguage() words the whole page anew, by key and by menu, and is remembered", {
  skip,
}, async (t) => {
  const { page, complaints } = await openDashboard(t, { route: "tasks" });
  await page.getByRole("heading", { name: "Tasks", exact: true }).waitFor();
  await page.keyboard.press("l");
  await page.getByRole("heading", { name: "タスク", exact: true }).waitFor();
  await page.getByRole("button", { name: "引き受ける" }).first().waitFor();
  assert.equal(await page.evaluate("document.documentElement.lang"), "ja");
  await page.reload();
  await page.getByRole("heading", { name: "タスク", exact: true }).waitFor();
  await page.getByRole("button", { name: "あなたとこの画面" }).click();
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { name: "Tasks", exact: true }).waitFor();
  assert.deepEqual(complaints, []);
});

test("ofBrowser() takes the browser's language", { skip }, async (t) => {
  const { page } = await openDashboard(t, { route: "events", language: "ja-JP" });
  await page.getByRole("heading", { name: "イベント", exact: true }).waitFor();
  await page.locator("[data-event]", { hasText: "入室" }).first().waitFor();
});
