/** One suite for every driver of the live feed: `ws` always, `uWebSockets.js` where it loads. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { WebSocket } from "ws";
import { systemClock } from "../../../runtime/clock.ts";
import type { FeedMessage } from "../../../transports/http/contract.ts";
import type { HttpServer } from "../../../transports/http/server.ts";
import type { LiveDriver, LiveDriverOptions } from "../../../transports/live/live-driver.ts";
import { createLiveFeed, type LiveFeed } from "../../../transports/live/live-feed.ts";
import { readRows } from "../../../transports/live/rows.ts";
import { loadUws, startUwsDriver } from "../../../transports/live/uws-driver.ts";
import { startWsDriver } from "../../../transports/live/ws-driver.ts";
import { hashPassword } from "../../../transports/password.ts";
import fc from "../../support/fc.ts";
import { until } from "../../support/until.ts";
import type { MemoryView } from "../http/memory-view.ts";
import { startServer } from "../http/start-server.ts";

const uws = await loadUws();
describeDriver("ws", (options) => startWsDriver(options));
describeDriver(
  "uws",
  (options) => {
    assert.ok(uws !== undefined);
    return startUwsDriver(uws, options);
  },
  uws === undefined ? "uWebSockets.js is not installed here" : false,
);

const WATCH = JSON.stringify({
  type: "Watch",
  no: 1,
  channel: "temperature",
  rows: "all",
  focus: [],
});

type Start = (options: LiveDriverOptions) => LiveDriver | Promise<LiveDriver>;

interface Running {
  readonly view: MemoryView;
  readonly http: HttpServer;
  readonly feed: LiveFeed;
  readonly driver: LiveDriver;
  readonly url: string;
}

async function run(
  t: TestContext,
  start: Start,
  options: {
    clientsMax?: number;
    pingMs?: number;
    server?: Parameters<typeof startServer>[1];
  } = {},
): Promise<Running> {
  const { http, view } = await startServer(t, options.server);
  const { clientsMax = 100, pingMs = 30_000 } = options;
  const feed = createLiveFeed({ source: view.live, clock: systemClock, batchMs: 5, clientsMax });
  const driver = await start({ feed, http, host: "127.0.0.1", clock: systemClock, pingMs });
  t.after(() => driver.close());
  return { http, view, feed, driver, url: `ws://127.0.0.1:${driver.port ?? http.port}/live` };
}

/** A client that keeps what it hears. */
function listen(t: TestContext, url: string, headers: Record<string, string> = {}) {
  const ws = new WebSocket(url, { headers });
  t.after(() => ws.terminate());
  const heard: FeedMessage[] = [];
  /** Values by row, as the batches told them. */
  const values = new Map<number, number>();
  let closedWith: number | undefined;
  let refusedWith: number | undefined;
  ws.on("message", (data, isBinary) => {
    if (!isBinary) {
      heard.push(JSON.parse(String(data)));
      return;
    }
    const batch = readRows(Uint8Array.from(data as Buffer).buffer);
    assert.ok(batch !== undefined, "a binary message is a batch of rows");
    for (const [at, row] of batch.rows.entries()) values.set(row, batch.values[at] as number);
  });
  ws.on("close", (code) => {
    closedWith = code;
  });
  ws.on("unexpected-response", (_request, response) => {
    refusedWith = response.statusCode;
    response.resume();
  });
  ws.on("error", () => {});
  return { ws, heard, values, closedWith: () => closedWith, refusedWith: () => refusedWith };
}

function describeDriver(name: string, start: Start, skip: string | false = false): void {
  describe(`live driver ${name}`, { skip }, () => {
    test("a client gets a snapshot, the leaves' records and rows, and then the changes", async (t) => {
      const { view, url } = await run(t, start);
      const { ws, heard, values } = listen(t, url);
      await until(() => heard.length === 2 && values.size === 3);
      assert.deepEqual(
        heard.map(({ type }) => type),
        ["Snapshot", "Records"],
      );
      assert.ok([...values.values()].every(Number.isNaN), "it watches no channel yet");
      ws.send(WATCH);
      await until(() => values.get(3) === 20);
      view.report(3, 31);
      await until(() => values.get(3) === 31);
    });

    test("/api/live-info says where the feed is", async (t) => {
      const { http, driver } = await run(t, start);
      const info = await (await fetch(`${http.url}/api/live-info`)).json();
      assert.deepEqual(info, { driver: driver.name, path: "/live", port: driver.port });
    });

    test("an upgrade from a foreign page, by a foreign name or elsewhere is refused", async (t) => {
      const { http, feed, url } = await run(t, start);
      const foreign = listen(t, url, { origin: "http://attacker.example" });
      const rebound = listen(t, url, { host: "attacker.example" });
      const lost = listen(t, url.replace("/live", "/elsewhere"));
      await until(() => foreign.refusedWith() === 403 && rebound.refusedWith() === 403);
      await until(() => lost.refusedWith() === 404);
      const own = listen(t, url, { origin: http.url });
      await until(() => own.heard.length > 0);
      assert.equal(feed.stats().clients, 1);
      assert.equal(http.refusals()["originRefused"], 1);
    });

    test("with credentials an upgrade needs them", async (t) => {
      const passwordHash = await hashPassword("secret");
      const { url } = await run(t, start, {
        server: { credentials: { user: "ann", passwordHash } },
      });
      const without = listen(t, url);
      await until(() => without.refusedWith() === 401);
      const authorization = `Basic ${Buffer.from("ann:secret").toString("base64")}`;
      const known = listen(t, url, { authorization });
      await until(() => known.heard.length > 0);
    });

    test("a client beyond the bound is told to try again later", async (t) => {
      const { url } = await run(t, start, { clientsMax: 1 });
      const first = listen(t, url);
      await until(() => first.heard.length > 0);
      const second = listen(t, url);
      await until(() => second.closedWith() === 1013);
    });

    test("a client that talks nonsense is closed, and one that leaves is forgotten", async (t) => {
      const { url, feed } = await run(t, start);
      const talker = listen(t, url);
      await until(() => talker.heard.length > 0);
      talker.ws.send("hello");
      await until(() => talker.closedWith() === 1008);
      const leaver = listen(t, url);
      await until(() => leaver.heard.length > 0);
      leaver.ws.terminate();
      await until(() => feed.stats().clients === 0);
    });

    test("a client that does not read is held to its bound and loses nothing", async (t) => {
      const { view, feed, url } = await run(t, start);
      const slow = listen(t, `${url}?watch=${encodeURIComponent(WATCH)}`);
      await until(() => slow.values.size === 3);
      slow.ws.pause();
      // Each round changes 1,000 leaves, 16 KB: soon more than any socket buffer takes.
      let value = 100;
      await until(() => {
        value += 1;
        for (let leafId = 1; leafId <= 1_000; leafId++) view.report(leafId, value);
        return feed.stats().skipped >= 3;
      });
      slow.ws.resume();
      await until(() => slow.values.size === 1_000);
      await until(() => [...slow.values.values()].every((each) => each === value));
    });

    test("close() tells the clients that the node goes away", async (t) => {
      const { driver, url } = await run(t, start);
      const client = listen(t, url);
      await until(() => client.heard.length > 0);
      await driver.close();
      await until(() => client.closedWith() !== undefined);
      assert.equal(client.closedWith(), 1001);
    });

    test("a client whose connection froze is dropped after two pings", {
      skip: name === "uws" && "its shortest idle time-out is 8 s",
    }, async (t) => {
      const { feed, url } = await run(t, start, { pingMs: 20 });
      const frozen = new WebSocket(url, { autoPong: false });
      t.after(() => frozen.terminate());
      frozen.on("error", () => {});
      let closed = false;
      frozen.on("close", () => {
        closed = true;
      });
      await until(() => closed && feed.stats().clients === 0);
    });

    test("random and truncated WebSocket frames end their own connection only", async (t) => {
      const { http, url, feed } = await run(t, start);
      const { port } = new URL(url);
      const handshake =
        `GET /live HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\n` +
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (bytes, early) => {
          await new Promise<void>((resolve) => {
            const socket = connect(Number(port), "127.0.0.1");
            socket.on("error", () => {});
            socket.on("close", () => resolve());
            socket.resume();
            if (early) {
              socket.end(Buffer.concat([Buffer.from(handshake), bytes]));
              return;
            }
            socket.write(handshake);
            socket.once("data", () => socket.end(bytes));
          });
        }),
        { numRuns: 100 },
      );
      await until(() => feed.stats().clients === 0);
      const { heard } = listen(t, url);
      await until(() => heard.length > 0);
      assert.equal((await fetch(`${http.url}/healthz`)).status, 200);
    });
  });
}
