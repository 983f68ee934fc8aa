/**
 * The page in Japanese has no English of its own: every Latin word that it shows is a name, a unit, or stands in what
 * the node told as data. The node's English sentences (`message`, `detail` and the like) are no data here.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Page } from "playwright-core";
import { closeBrowser, openDashboard, pageUnavailable } from "../support/dashboard-page.ts";

after(closeBrowser);

const VIEWS = [
  ...["floor", "tasks", "agent", "wallet", "map", "leaves", "events", "tree", "node", "people"],
  ...["tasks/why/task:17", "leaves/swarm_hub_01/0", "leaves/swarm_hub_01/30"],
];

/** Sentences that the node says in English beside a code, and codes that the page has words for. */
const NODES_OWN =
  /^(?:message|detail|code|kind|state|outcome|reason|reportStatus|dispatchReason|createdBy|trigger|severity|standing|role|result|lastFault|lastFaultCode|taskTypes)$/;
/** Names of things, and what every reader of Japanese knows in Latin letters. */
const NAMES = new Set(
  "mycel english enter esc sha wire ppm hpa main user ledger verify ctrl mqtt".split(" "),
);

test("no view of the page in Japanese shows English of its own", {
  skip: pageUnavailable,
}, async (t) => {
  const { page, stub } = await openDashboard(t, { language: "ja-JP" });
  stub.office.ail("store", { ok: false, code: "full", values: {}, detail: "disk is full" });
  stub.office.ail("links", {
    ...{ ok: false, code: "closed", detail: "not open: swarm_hub_02" },
    values: { hubs: "swarm_hub_02" },
  });
  const known = listen(page);
  await page.reload();
  await page.locator('[data-connection="live"]').waitFor();
  const own: string[] = [];
  const look = async (where: string) => {
    for (const text of await shown(page)) {
      const words = latinWords(text).filter((word) => !known.has(word) && !NAMES.has(word));
      if (words.length > 0) own.push(`${where}: ${text}`);
    }
  };
  for (const view of VIEWS) {
    await page.evaluate(`location.hash = "#/${view}"`);
    await page.locator(`main[data-view="${view.split("/")[0]}"]`).waitFor();
    if (view.includes("/")) await page.locator("dialog[open] h2").first().waitFor();
    await page.getByText("読み込み中").waitFor({ state: "detached" });
    await look(view);
    if (view.includes("/")) await page.keyboard.press("Escape");
  }
  for (const key of ["n", "?"]) {
    await page.evaluate('location.hash = "#/tasks"');
    await page.locator('main[data-view="tasks"] [data-task]').first().waitFor();
    await page.keyboard.press(key);
    await page.locator("dialog[open]").waitFor();
    await look(`the dialog of ${key}`);
    await page.keyboard.press("Escape");
  }
  assert.deepEqual([...new Set(own)], []);
});

test("NodeView says in Japanese what is wrong with a part", {
  skip: pageUnavailable,
}, async (t) => {
  const { page, stub } = await openDashboard(t, { language: "ja-JP" });
  stub.office.ail("store", { ok: false, code: "full", values: {}, detail: "full" });
  stub.office.ail("links", {
    ...{ ok: false, code: "closed", detail: "not open: swarm_hub_02" },
    values: { hubs: "swarm_hub_02" },
  });
  await page.evaluate('location.hash = "#/node"');
  await page.getByText("ディスク満杯").waitFor();
  await page.getByText("停止中：swarm_hub_02").waitFor();
});

/** Words of what the node tells the page from now on, without its own sentences and codes. */
function listen(page: Page): ReadonlySet<string> {
  const known = new Set<string>();
  const take = (value: unknown): void => {
    if (typeof value === "string") for (const word of latinWords(value)) known.add(word);
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      // Channels and hubs are keys of what is told of them.
      if (key.includes("_")) for (const word of latinWords(key)) known.add(word);
      // A line of an explanation that has a code has its English beside it.
      if (!NODES_OWN.test(key) && !(key === "text" && "said" in value)) take(inner);
    }
  };
  const read = (text: string): void => {
    if (text.startsWith("{") || text.startsWith("[")) take(JSON.parse(text));
  };
  page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => {
      if (typeof payload === "string") read(payload);
    }),
  );
  page.on("response", (response) => {
    if (response.url().includes("/api/")) void response.text().then(read, () => {});
  });
  return known;
}

const latinWords = (text: string): string[] =>
  (text.match(/[A-Za-z]{4,}/g) ?? []).map((word) => word.toLowerCase());

/** Every text, tooltip, label and placeholder of the document; not what is written in a monospaced face. */
const shown = (page: Page): Promise<string[]> =>
  page.evaluate(`(() => {
    const found = [document.title];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      if (node.nodeType === Node.TEXT_NODE) {
        const parent = node.parentElement;
        if (!parent.closest("script, style, noscript, code, pre, .font-mono")) found.push(node.textContent);
        continue;
      }
      for (const name of ["aria-label", "title", "placeholder", "alt", "aria-valuetext", "aria-description"]) {
        const value = node.getAttribute(name);
        // A code's own name as the tooltip of its words leads to docs/errors.md.
        if (value && !(name === "title" && /^[a-z]+[A-Z]\\w*$/.test(value))) found.push(value);
      }
    }
    return found;
  })()`);
