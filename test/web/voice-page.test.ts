/** What the page says, heard by a spy in place of the browser's speech. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import {
  closeBrowser,
  openDashboard,
  openPage,
  pageUnavailable as skip,
} from "../support/dashboard-page.ts";
import { until } from "../support/until.ts";

after(closeBrowser);

/** Says each thing in 60 ms. */
const SPY = `
  window.spoken = [];
  Object.defineProperty(window, "speechSynthesis", { value: {
    getVoices: () => [],
    cancel() {},
    speak(one) {
      window.spoken.push({ text: one.text, lang: one.lang, volume: one.volume });
      setTimeout(() => one.onstart?.(new Event("start")), 0);
      setTimeout(() => one.onend?.(new Event("end")), 60);
    },
  } });`;

/** A page that nobody has touched: whatever a test asks of a page counts as a touch to Chromium. */
const UNTOUCHED = `
  let isTouched = false;
  addEventListener("pointerdown", () => { isTouched = true; }, { capture: true });
  Object.defineProperty(navigator, "userActivation", { value: {
    get hasBeenActive() { return isTouched; },
  } });`;

interface Said {
  readonly text: string;
  readonly lang: string;
  readonly volume: number;
}
const said = (page: Page) => page.evaluate("window.spoken") as Promise<Said[]>;
const texts = async (page: Page) => (await said(page)).map(({ text }) => text);

test("startVoice() asks for a click first, then says announcements before the agent's words, each in its language", {
  skip,
}, async (t) => {
  const { page, stub } = await openDashboard(t, { script: SPY + UNTOUCHED });
  stub.office.mind.say({ text: "The coffee is ready.", priority: 2 });
  stub.office.mind.say({ text: "ラボの窓を開けてください。", priority: 1 });
  await page.locator('[data-voice-bar="blocked"]').waitFor();
  assert.deepEqual(await said(page), []);
  await page.getByRole("button", { name: "Enable sound" }).click();
  await until(async () => (await said(page)).length === 2);
  assert.deepEqual((await said(page)).map(({ text, lang }) => `${lang} ${text}`).sort(), [
    "en-US The coffee is ready.",
    "ja-JP ラボの窓を開けてください。",
  ]);
  assert.ok(
    !(await texts(page)).some((text) => text.startsWith("換気")),
    "what is old stays unsaid",
  );
});

test("say() answers an act in the words of the node, and in the page's own where it has none", {
  skip,
}, async (t) => {
  const { page, stub } = await openDashboard(t, { route: "tasks", script: SPY });
  await page.locator('[data-task="18"]').getByRole("button", { name: "Accept" }).click();
  await until(async () => (await texts(page)).some((text) => text.startsWith("引き受けてくれて")));
  await page.route("**/api/voice/**", (route) => route.abort());
  await page.locator('[data-task="20"]').getByRole("button", { name: "Accept" }).click();
  await until(async () => (await texts(page)).some((text) => text.startsWith("Thank you!")));
  await page.locator('[data-task="17"]').getByRole("button", { name: "Listen" }).click();
  await until(async () => (await texts(page)).some((text) => text.startsWith("至急、ラボ")));
  assert.equal(stub.office.mind.asked["task_accepted"], 1);
});

test("player shows what it may not say when it is muted, and the choice outlives a reload", {
  skip,
}, async (t) => {
  const { page, stub } = await openDashboard(t, { script: SPY });
  await page.keyboard.press("m");
  stub.office.mind.say({ text: "Silence, please." });
  await page.locator('[data-voice-bar="speaking"]').getByText("Silence, please.").waitFor();
  assert.deepEqual(await said(page), []);
  await page.reload();
  await page.locator('[data-connection="live"]').waitFor();
  await page.getByRole("button", { name: "You and this page" }).click();
  await page.getByRole("button", { name: "Sound is off" }).click();
  await page.getByRole("button", { name: "Test" }).click();
  await until(async () => (await texts(page)).includes("This is how the office sounds."));
});

test("startVoice() lets one tab of a browser speak; the next one takes over without a repeat", {
  skip,
}, async (t) => {
  const { page, stub } = await openDashboard(t, { script: SPY });
  await page.mouse.click(5, 300);
  const second = await page.context().newPage();
  await second.addInitScript(SPY);
  await second.goto(`${stub.url}/#/floor`);
  await second.locator('[data-connection="live"]').waitFor();
  await second.mouse.click(5, 300);
  stub.office.mind.say({ text: "One voice." });
  await until(async () => (await texts(page)).includes("One voice."));
  assert.deepEqual(await texts(second), []);
  // What was cut off by the closing of its tab is said again; this was said to its end.
  await until(() => page.evaluate("localStorage.getItem('mycel.heard') !== null"));
  await page.close();
  stub.office.mind.say({ text: "Two voices." });
  await until(async () => (await texts(second)).length > 0);
  assert.deepEqual(await texts(second), ["Two voices."]);
});

test("startVoice() goes on after a break of the feed and repeats nothing", { skip }, async (t) => {
  const { page, stub } = await openDashboard(t, { script: SPY });
  await page.mouse.click(5, 300);
  stub.office.mind.say({ text: "Before the break." });
  await until(async () => (await texts(page)).length === 1);
  await page.context().setOffline(true);
  await page.reload({ timeout: 1_000 }).catch(() => {});
  await page.context().setOffline(false);
  await page.goto(`${stub.url}/#/floor`);
  await page.locator('[data-connection="live"]').waitFor();
  await page.mouse.click(5, 300);
  stub.office.mind.say({ text: "After the break." });
  await until(async () => (await texts(page)).length === 1);
  assert.deepEqual(await texts(page), ["After the break."]);
});

test("openPage() in Japanese speaks Japanese of its own", { skip }, async (t) => {
  const { stub } = await openDashboard(t);
  const { page } = await openPage(t, stub.url, { language: "ja-JP", script: SPY });
  await page.getByRole("button", { name: "あなたとこの画面" }).click();
  await page.getByRole("button", { name: "試す" }).click();
  await until(async () => (await said(page)).length === 1);
  assert.equal((await said(page))[0]?.lang, "ja-JP");
});
