/** The built page of a real node, with leaves in a process of their own, in headless Chromium. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { after, before, describe, test } from "node:test";
import {
  closeBrowser,
  openPage,
  sidewaysPx,
  pageUnavailable as skip,
} from "../support/dashboard-page.ts";
import {
  act,
  type NodeProcess,
  removeDir,
  spawnLeaves,
  startNodeProcess,
  temporaryDir,
} from "../support/node-process.ts";
import { freeTcpPort } from "../support/ports.ts";
import { openRadio } from "../support/radio.ts";
import { until } from "../support/until.ts";

const LEAVES = 8;
const SETTINGS = {
  node: "attic",
  threads: 2,
  // The page looks for its node there when that is back.
  http: { port: await freeTcpPort() },
  zones: [{ id: "main" }, { id: "lab" }],
  hubs: [
    { id: "swarm_hub_01", zone: "main" },
    { id: "swarm_hub_02", zone: "lab" },
  ],
};

describe("the page of a real node", { skip }, () => {
  const dir = temporaryDir();
  let node: NodeProcess;
  let leaves: readonly ChildProcess[] = [];

  const startLeaves = (): void => {
    leaves = Object.values(node.file.hubs).map((hub) =>
      spawnLeaves(["--hub", hub, "--count", `${LEAVES / 2}`, "--every", "200ms"]),
    );
  };
  /** Before their node: its ports may be another's the next moment. */
  const endLeaves = (): void => {
    for (const process of leaves) process.kill("SIGKILL");
  };

  before(async () => {
    node = await startNodeProcess(dir, SETTINGS);
    startLeaves();
    await until(async () => {
      const zones = await node.json<{ readings: object }[]>("/api/zones");
      return zones.length === 2 && zones.every((zone) => Object.keys(zone.readings).length > 2);
    });
  });
  after(async () => {
    endLeaves();
    await closeBrowser();
    await node?.end("SIGKILL");
    removeDir(dir);
  });

  test("zones show values that change by themselves", async (t) => {
    const { page, complaints } = await openPage(t, node.file.url);
    for (const zone of ["main", "lab"]) {
      const tile = page.locator(`[data-zone="${zone}"]`);
      await tile.locator('[data-channel="temperature"]').getByText("°C").waitFor();
      const first = await tile.textContent();
      await until(async () => (await tile.textContent()) !== first, {
        what: () => `${zone} changes`,
      });
    }
    assert.deepEqual(complaints, []);
  });

  test("leaves show values that change by themselves, and a radio's own value", async (t) => {
    const { page, complaints } = await openPage(t, node.file.url, { route: "leaves" });
    const cells = page.locator("[data-item]");
    await until(async () => (await cells.count()) === LEAVES);
    const first = await cells.allTextContents();
    /** Values of an office go up and down: what has changed once counts. */
    const changed = new Set<number>();
    await until(async () => {
      for (const [at, text] of (await cells.allTextContents()).entries()) {
        if (text !== first[at]) changed.add(at);
      }
      return changed.size > LEAVES / 2;
    });

    const radio = await openRadio(node.file.hubs["swarm_hub_01"] ?? "");
    t.after(radio.close);
    await radio.register(200, "esp32");
    const cell = page.locator('[data-item="swarm_hub_01/200"]');
    await cell.waitFor();
    await radio.report(200, { temperature: 17.25 });
    await cell.getByText("17.3").or(cell.getByText("17.2")).first().waitFor();
    assert.deepEqual(complaints, []);
  });

  test("the tree shows hubs on their threads, and their leaves", async (t) => {
    const { page, complaints } = await openPage(t, node.file.url, { route: "tree" });
    const hub = page.locator('[role="treeitem"]', { hasText: "swarm_hub_01" }).first();
    await hub.getByRole("meter").waitFor();
    await hub.click();
    const leaf = page.locator('[role="treeitem"]', { hasText: "leaf_1" }).first();
    await leaf.waitFor();
    await page.locator('[data-thread="2"]').getByRole("meter").waitFor();
    const times = page.locator('[role="treeitem"]').getByText(/\d (µs|ms)/);
    await times.first().waitFor();
    await leaf.click();
    await page.locator('[data-actor$="/leaf_1"]').waitFor();
    assert.deepEqual(complaints, []);
  });

  test("an event appears when it happens", async (t) => {
    const { page, complaints } = await openPage(t, node.file.url, { route: "events" });
    const name = `skylight_${Date.now()}`;
    const row = page.locator('[data-event="leaf_renamed"]', { hasText: name });
    assert.equal(await row.count(), 0);
    const renamed = await act(node, "swarm_hub_02/1", { act: "rename", name });
    assert.equal(renamed.status, 200);
    await row.waitFor();
    assert.deepEqual(complaints, []);
  });

  test("a leaf's panel draws its history from the store", async (t) => {
    const { page, complaints } = await openPage(t, node.file.url, { route: "leaves" });
    await page.locator('[data-item="swarm_hub_01/1"]').click();
    await page.locator('[data-history="loaded"]').waitFor();
    assert.deepEqual(complaints, []);
  });

  test("a leaf's page shows the frames that its hub hears, byte by byte, and takes a command", async (t) => {
    const { page, complaints } = await openPage(t, node.file.url, { route: "map/swarm_hub_01/1" });
    const frames = page.getByRole("region", { name: "Last frames" });
    await frames.locator('[data-field="type"]', { hasText: "SENSOR_REPORT" }).waitFor();
    await frames.locator('[data-field="checksum"]', { hasText: "right" }).waitFor();
    const commands = page.getByRole("region", { name: "Commands" });
    await commands.getByRole("button", { name: "Send" }).click();
    await commands
      .locator("[data-command]", { hasText: "Read now" })
      .locator('[data-state="acknowledged"]')
      .waitFor();
    assert.deepEqual(complaints, []);
  });

  test("nothing is asked of other servers, and the policy would not let it", async (t) => {
    const { page, requests } = await openPage(t, node.file.url);
    const { host } = new URL(node.file.url);
    assert.ok(requests.length > 3);
    assert.deepEqual(
      requests.filter((url) => new URL(url).host !== host),
      [],
    );
    const policy = (await fetch(node.file.url)).headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'self'/);
    assert.doesNotMatch(policy, /unsafe-eval|script-src[^;]*unsafe-inline/);
    const ran = await page.evaluate(`new Promise((resolve) => {
      const script = document.createElement("script");
      script.textContent = "window.injected = true";
      document.head.append(script);
      setTimeout(() => resolve(window.injected === true), 50);
    })`);
    assert.equal(ran, false, "an injected script does not run");
  });

  test("on a phone each view fits and is live", async (t) => {
    for (const route of ["floor", "leaves", "tree", "events", "node"]) {
      const { page, complaints } = await openPage(t, node.file.url, { route, phone: true });
      await page.locator(`[data-view="${route}"]`).waitFor();
      assert.ok((await sidewaysPx(page)) <= 0, `${route} sticks out`);
      assert.deepEqual(complaints, []);
    }
  });

  test("the page says that the node is away, and goes on when it is back", async (t) => {
    const { page } = await openPage(t, node.file.url);
    endLeaves();
    await node.end("SIGKILL");
    await page.locator('[data-connection="waiting"]').waitFor();
    node = await startNodeProcess(dir, SETTINGS);
    startLeaves();
    await page.locator('[data-connection="live"]').waitFor();
    const tile = page.locator('[data-zone="main"]');
    const first = await tile.textContent();
    await until(async () => (await tile.textContent()) !== first);
  });
});
