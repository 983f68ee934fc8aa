/** Debian's Chromium for the page's tests; a machine without it skips them and says so. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const CHROMIUM = process.env["MYCEL_CHROMIUM"] ?? "/usr/bin/chromium";

/** For `test(…, { skip })`: false where the tests can run. */
export const chromiumMissing: string | false = existsSync(CHROMIUM)
  ? false
  : `${CHROMIUM} is not there: apt-get install chromium, or set MYCEL_CHROMIUM`;

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM,
    // Nothing but the page: no sandbox as root in a container, no calls home.
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
