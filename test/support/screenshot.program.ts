/**
 * Pictures of the dashboard, for the README and to look at a change in both themes.
 *
 *   node test/support/screenshot.program.ts --out docs/dashboard.png [--url http://127.0.0.1:8420]
 *        [--route leaves] [--theme light] [--phone] [--leaves 120 | --field 25000] [--scale 1]
 *
 * Without `--url` it shows the emulated office of `dashboard-stub.ts`.
 */
import { parseArgs } from "node:util";
import { launchChromium } from "./browser.ts";
import { startDashboardStub } from "./dashboard-stub.ts";

const { values } = parseArgs({
  options: {
    out: { type: "string", default: "dashboard.png" },
    url: { type: "string" },
    route: { type: "string", default: "floor" },
    theme: { type: "string", default: "dark" },
    phone: { type: "boolean", default: false },
    full: { type: "boolean", default: false },
    leaves: { type: "string", default: "120" },
    field: { type: "string" },
    scale: { type: "string", default: "2" },
  },
});

const stub =
  values.url === undefined
    ? await startDashboardStub({
        leaves: Number(values.leaves),
        ...(values.field !== undefined && { field: Number(values.field) }),
      })
    : undefined;
const browser = await launchChromium();
const page = await browser.newPage({
  viewport: values.phone ? { width: 360, height: 740 } : { width: 1440, height: 900 },
  deviceScaleFactor: Number(values.scale),
  colorScheme: values.theme === "light" ? "light" : "dark",
  reducedMotion: "reduce",
});
await page.goto(`${values.url ?? stub?.url}/#/${values.route}`);
await page.locator('[data-connection="live"]').waitFor();
// Sparklines and rates need two looks at a counter.
await page.waitForTimeout(3_000);
await page.screenshot({ path: values.out, fullPage: values.full });
await browser.close();
await stub?.close();
