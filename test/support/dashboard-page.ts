/** The page in Chromium over a stub, with all it complained about and all it asked for. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Browser, Page } from "playwright-core";
import { chromiumMissing, launchChromium } from "./browser.ts";
import {
  type DashboardStub,
  type DashboardStubOptions,
  startDashboardStub,
  WEB_DIR,
} from "./dashboard-stub.ts";

/** For `test(…, { skip })`: what stands in the way of looking at the page, or false. */
export const pageUnavailable: string | false =
  chromiumMissing ||
  (existsSync(join(WEB_DIR, "index.html")) ? false : "web/dist is not built: npm run build -w web");

export interface OpenedPage {
  readonly page: Page;
  /** Errors of the console, uncaught exceptions and violations of the content security policy. */
  readonly complaints: readonly string[];
  /** Addresses of everything the page asked for. */
  readonly requests: readonly string[];
}

export interface PageOptions {
  readonly route?: string;
  readonly phone?: boolean;
  /** Things may shine and slide: what they cost is part of the question. */
  readonly moving?: boolean;
  /** The browser's first language. */
  readonly language?: "en-US" | "ja-JP";
  /** Run in the page before anything of its own. */
  readonly script?: string;
}
export type OpenPageOptions = DashboardStubOptions & PageOptions;

let browser: Promise<Browser> | undefined;

/** One browser for a test file; its pages share nothing. Close it in `after`. */
export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
}

/** Starts a stub and opens the page over it, live. Both go when the test ends. */
export async function openDashboard(
  t: TestContext,
  { route, phone, moving, language, script, ...options }: OpenPageOptions = {},
): Promise<OpenedPage & { readonly stub: DashboardStub }> {
  const stub = await startDashboardStub(options);
  t.after(stub.close);
  const shown = {
    ...(route !== undefined && { route }),
    ...(phone !== undefined && { phone }),
    ...(moving !== undefined && { moving }),
    ...(language !== undefined && { language }),
    ...(script !== undefined && { script }),
  };
  return { stub, ...(await openPage(t, stub.url, shown)) };
}

/** Opens the page of whoever serves it at `url`, live. It goes when the test ends. */
export async function openPage(
  t: TestContext,
  url: string,
  { route = "floor", phone = false, moving = false, language, script }: PageOptions = {},
): Promise<OpenedPage> {
  browser ??= launchChromium();
  const context = await (await browser).newContext({
    viewport: phone ? { width: 360, height: 740 } : { width: 1280, height: 800 },
    hasTouch: phone,
    reducedMotion: moving ? "no-preference" : "reduce",
    locale: language ?? "en-US",
  });
  t.after(() => context.close());
  const page = await context.newPage();
  // A busy machine is slow, and a test that waits for a condition loses nothing by waiting longer.
  page.setDefaultTimeout(90_000);
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => {
    // WebGL without a graphics card is slow, and Chromium says so: the machine's fault, not the page's.
    if (message.text().includes("GL Driver Message (OpenGL, Performance")) return;
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => requests.push(request.url()));
  page.on("websocket", (socket) => requests.push(socket.url()));
  if (script !== undefined) await page.addInitScript(script);
  await page.goto(`${url}/#/${route}`);
  await page.locator('[data-connection="live"], main form[aria-labelledby]').first().waitFor();
  return { page, complaints, requests };
}

/** The part of the document that sticks out of the viewport to the side, px. */
export const sidewaysPx = (page: Page): Promise<number> =>
  page.evaluate("document.documentElement.scrollWidth - innerWidth");

export async function assertFocused(page: Page, selector: string): Promise<void> {
  await page.locator(`${selector}:focus`).waitFor();
  assert.equal(await page.locator(`${selector}:focus`).count(), 1);
}
