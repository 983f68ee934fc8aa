import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { hubLinks } from "../../actors/hub-links.ts";
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

test("hubLinks() gives no hub the port that another one names", async () => {
  const [free] = await hubLinks(hubsOf("udp://127.0.0.1"), quiet);
  const named = portOf(free?.address ?? "");
  const links = await hubLinks(hubsOf("udp://127.0.0.1", `udp://127.0.0.1:${named}`), quiet);
  assert.equal(portOf(links[1]?.address ?? ""), named);
  assert.notEqual(portOf(links[0]?.address ?? ""), named);
});

test("hubLinks() gives a port to each hub that names none, and says which ports are taken", async (t) => {
  const [free] = await hubLinks(hubsOf("udp://127.0.0.1"), quiet);
  const taken = portOf(free?.address ?? "");
  const socket = createSocket("udp4").bind(taken, "127.0.0.1");
  t.after(() => socket.close());
  await once(socket, "listening");
  const said: string[] = [];
  const links = await hubLinks(hubsOf("udp://127.0.0.1", "udp://127.0.0.1"), (line) =>
    said.push(line),
  );
  const ports = links.map(({ address }) => portOf(address));
  assert.equal(new Set([taken, ...ports]).size, 3);
  assert.equal(said.at(-1), `port ${taken} is taken; hub hub_0 uses ${ports[0]}`);
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
