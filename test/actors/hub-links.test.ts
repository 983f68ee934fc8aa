import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { gatewayPlaces, type HubLink, hubLinks } from "../../actors/hub-links.ts";
import { validateConfig } from "../../config/parse.ts";
import { MycelError } from "../../runtime/errors.ts";
import { freeTcpPort, freeUdpPort } from "../support/ports.ts";
import { until } from "../transports/link-compliance.ts";

const configOf = (links: readonly string[], gateways: readonly object[] = []) => {
  const config = validateConfig({
    zones: [{ id: "main" }],
    hubs: links.map((link, index) => ({ id: `hub_${index}`, zone: "main", link })),
    gateways,
  });
  assert.ok(config.ok, JSON.stringify(config));
  return config.value;
};
const hubsOf = (...links: readonly string[]) => configOf(links).hubs;
const portOf = (address: string): number => Number(new URL(address).port);
const quiet = (): void => {};
const releaseAll = (links: readonly HubLink[]): void => {
  for (const { release } of links) release();
};

/** The port that a hub which names none would be given at this moment. */
async function nextDefaultPort(): Promise<number> {
  const links = await hubLinks(hubsOf("udp://127.0.0.1"), quiet);
  releaseAll(links);
  return portOf(links[0]?.address ?? "");
}

test("hubLinks() gives no hub the port that another one names", async (t) => {
  const named = await nextDefaultPort();
  const links = await hubLinks(hubsOf("udp://127.0.0.1", `udp://127.0.0.1:${named}`), quiet);
  t.after(() => releaseAll(links));
  assert.equal(portOf(links[1]?.address ?? ""), named);
  assert.notEqual(portOf(links[0]?.address ?? ""), named);
});

test("hubLinks() gives a port to each hub that names none, and says which ports are taken", async (t) => {
  const taken = await nextDefaultPort();
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
  const port = await freeTcpPort();
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

test("hubLinks() of hubs behind one gateway share its port, which is held from the start", async (t) => {
  const port = await freeUdpPort();
  const { hubs, gateways } = configOf(
    ["gateway://gw/7", "gateway://gw/8"],
    [{ id: "gw", link: `udp://127.0.0.1:${port}`, allow: ["127.0.0.1"] }],
  );
  const places = await gatewayPlaces(gateways);
  t.after(() => {
    for (const { release } of places) release();
  });
  await assert.rejects(gatewayPlaces(gateways), { code: "E_PORT_TAKEN" });
  const links = await hubLinks(hubs, quiet, places);
  assert.deepEqual(
    links.map(({ address }) => address),
    ["gateway://gw/7", "gateway://gw/8"],
  );
  const heard: number[] = [];
  for (const { makeLink, address } of links) {
    const link = makeLink();
    await link.open((_bytes, start, end) => heard.push(Number(address.at(-1)), end - start), quiet);
    t.after(() => link.close());
  }
  const socket = createSocket("udp4");
  t.after(() => socket.close());
  socket.send(Uint8Array.of(0x47, 1, 8, 0, 0, 0, 1, 1, 7, 0, 0, 0, 2, 1, 2), port, "127.0.0.1");
  await until(() => heard.length === 4, "both frames");
  assert.deepEqual(heard, [8, 1, 7, 2]);
  assert.equal(places[0]?.gateway.stats().address, `udp://127.0.0.1:${port}`);
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
