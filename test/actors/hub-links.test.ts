import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { type HubLink, hubLinks } from "../../actors/hub-links.ts";
import { validateConfig } from "../../config/parse.ts";
import { MycelError } from "../../runtime/errors.ts";

const hubsOf = (...links: readonly string[]) => {
  const config = validateConfig({
    zones: [{ id: "main" }],
    hubs: links.map((link, index) => ({ id: `hub_${index}`, zone: "main", link })),
  });
  assert.ok(config.ok, JSON.stringify(config));
  return config.value.hubs;
};
const portOf = (address: string): number => Number(new URL(address).port);
const quiet = (): void => {};
const releaseAll = (links: readonly HubLink[]): void => {
  for (const { release } of links) release();
};

/** A port that is free at this moment. */
async function freePort(): Promise<number> {
  const links = await hubLinks(hubsOf("udp://127.0.0.1"), quiet);
  releaseAll(links);
  return portOf(links[0]?.address ?? "");
}

test("hubLinks() gives no hub the port that another one names", async (t) => {
  const named = await freePort();
  const links = await hubLinks(hubsOf("udp://127.0.0.1", `udp://127.0.0.1:${named}`), quiet);
  t.after(() => releaseAll(links));
  assert.equal(portOf(links[1]?.address ?? ""), named);
  assert.notEqual(portOf(links[0]?.address ?? ""), named);
});

test("hubLinks() gives a port to each hub that names none, and says which ports are taken", async (t) => {
  const taken = await freePort();
  const socket = createSocket("udp4").bind(taken, "127.0.0.1");
  t.after(() => socket.close());
  await once(socket, "listening");
  const said: string[] = [];
  const links = await hubLinks(hubsOf("udp://127.0.0.1", "udp://127.0.0.1"), (line) =>
    said.push(line),
  );
  t.after(() => releaseAll(links));
  const ports = links.map(({ address }) => portOf(address));
  assert.equal(new Set([taken, ...ports]).size, 3);
  // The first one of all, if another node runs on this machine.
  assert.match(said[0] ?? "", new RegExp(`^port \\d+ is taken; hub hub_0 uses ${ports[0]}$`));
});

test("hubLinks() refuses a named port that is taken", async (t) => {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  t.after(() => socket.close());
  await once(socket, "listening");
  await assert.rejects(
    hubLinks(hubsOf(`udp://127.0.0.1:${socket.address().port}`), quiet),
    (error) => error instanceof MycelError && error.code === "E_PORT_TAKEN",
  );
});

test("hubLinks() opens tcp:// links, and refuses a port that is taken", async () => {
  const port = await freePort();
  const [hub] = await hubLinks(hubsOf(`tcp://127.0.0.1:${port}`), quiet);
  assert.equal(hub?.address, `tcp://127.0.0.1:${port}`);
  const link = hub.makeLink();
  await link.open(quiet, quiet);
  await assert.rejects(
    hubLinks(hubsOf(`tcp://127.0.0.1:${port}`), quiet),
    (error) => error instanceof MycelError && error.code === "E_PORT_TAKEN",
  );
  await link.close();
});

test("hubLinks() of two nodes that start at once have ports of their own", async (t) => {
  const both = await Promise.all([
    hubLinks(hubsOf("udp://127.0.0.1", "udp://127.0.0.1"), quiet),
    hubLinks(hubsOf("udp://127.0.0.1", "udp://127.0.0.1"), quiet),
  ]);
  t.after(() => both.forEach(releaseAll));
  assert.equal(new Set(both.flat().map(({ address }) => address)).size, 4);
  for (const { makeLink, address } of both.flat()) {
    const link = makeLink();
    await link.open(quiet, quiet);
    t.after(() => link.close());
    assert.equal(link.address, address);
  }
});
