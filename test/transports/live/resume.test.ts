/** The page's own store on the real feed over a real socket that breaks at any byte. */
import assert from "node:assert/strict";
import { connect, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { WebSocket } from "ws";
import { systemClock } from "../../../runtime/clock.ts";
import type { FeedMessage } from "../../../transports/http/contract.ts";
import { createLiveFeed } from "../../../transports/live/live-feed.ts";
import { ROW_FLAG } from "../../../transports/live/rows.ts";
import { startWsDriver } from "../../../transports/live/ws-driver.ts";
import { joinQuery } from "../../../web/src/live/position.ts";
import { createLiveStore } from "../../../web/src/live/store.ts";
import fc from "../../support/fc.ts";
import { until } from "../../support/until.ts";
import { startServer } from "../http/start-server.ts";

const LEAVES = 3;

/** A way to the node that lets so many bytes of it through, then breaks without a word. */
async function brittleWay(t: TestContext, port: number) {
  let bytesLeft = Number.POSITIVE_INFINITY;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const node = connect(port, "127.0.0.1");
    for (const socket of [client, node]) {
      open.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        open.delete(socket);
        client.destroy();
        node.destroy();
      });
    }
    client.pipe(node);
    node.on("data", (bytes) => {
      client.write(bytes.subarray(0, Math.max(0, bytesLeft)));
      bytesLeft -= bytes.length;
      if (bytesLeft < 0) client.resetAndDestroy();
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  t.after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as { port: number }).port,
    breakAfter: (bytes: number) => {
      bytesLeft = bytes;
    },
  };
}

/** A page: connects again from its store's position whenever its line has broken. */
function openClient(port: number) {
  const store = createLiveStore();
  store.want({ channel: "temperature", rows: "all" });
  let line: WebSocket | undefined;
  let isOver = false;
  let snapshots = 0;
  let breaks = 0;
  const open = (): void => {
    const watch = JSON.stringify(store.watch());
    line = new WebSocket(`ws://127.0.0.1:${port}/live?${joinQuery(store.position(), watch)}`);
    line.on("error", () => {});
    line.on("message", (data, isBinary) => {
      if (isBinary) {
        assert.ok(store.applyRows(Uint8Array.from(data as Buffer).buffer));
        return;
      }
      const message = JSON.parse(String(data)) as FeedMessage;
      if (message.type === "Snapshot") snapshots += 1;
      store.apply(message);
    });
    line.on("close", () => {
      breaks += 1;
      if (!isOver) open();
    });
  };
  open();
  return {
    store,
    snapshots: () => snapshots,
    breaks: () => breaks,
    close: () => {
      isOver = true;
      line?.terminate();
    },
  };
}

const step = fc.oneof(
  fc.record({ do: fc.constant("report" as const), leaf: fc.integer({ min: 1, max: LEAVES }) }),
  fc.record({ do: fc.constant("rename" as const), leaf: fc.integer({ min: 1, max: LEAVES }) }),
  fc.record({ do: fc.constant("online" as const), leaf: fc.integer({ min: 1, max: LEAVES }) }),
  fc.record({ do: fc.constant("raise" as const) }),
  fc.record({ do: fc.constant("breakAfter" as const), bytes: fc.nat(4_000) }),
  fc.record({ do: fc.constant("breathe" as const) }),
);

test("a page whose line breaks at any byte has what the node has, and took one snapshot", async (t) => {
  let resumed = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const { http, view } = await startServer(t);
      const feed = createLiveFeed({ source: view.live, clock: systemClock, batchMs: 2 });
      const driver = startWsDriver({ feed, http, host: "127.0.0.1", clock: systemClock });
      const way = await brittleWay(t, http.port);
      const client = openClient(way.port);
      const { store } = client;
      await until(() => store.position().run !== "");

      let count = 0;
      const raised: string[] = [];
      for (const one of steps) {
        count += 1;
        if (one.do === "report") view.report(one.leaf, count);
        else if (one.do === "online") view.setOnline(one.leaf, count % 2 === 0);
        else if (one.do === "rename")
          await view.actOnLeaf("swarm_hub_01", one.leaf, { act: "rename", name: `n${count}` });
        else if (one.do === "breakAfter") {
          const before = client.breaks();
          way.breakAfter(one.bytes);
          // Something has to travel for the line to break.
          await until(() => {
            view.report(1, ++count);
            return client.breaks() > before;
          });
          way.breakAfter(Number.POSITIVE_INFINITY);
        } else if (one.do === "raise") {
          raised.push(`event ${count}`);
          view.raise({
            ...{ id: `event ${count}`, atMs: count, kind: "door_opened", severity: "info" },
            ...{ zone: null, hub: null, leafId: null, message: "", data: {} },
          });
        } else await new Promise((soon) => setImmediate(soon));
      }

      const shown = () => ({
        leaves: view.leaves().map(({ leafId }) => {
          const { infos, values, flags } = store.rows();
          const isOnline = ((flags[leafId] as number) & ROW_FLAG.online) !== 0;
          return [infos[leafId]?.name, values[leafId], isOnline];
        }),
        events: store.events().map(({ id }) => id),
      });
      const wanted = {
        leaves: view
          .leaves()
          .map(({ name, online, readings }) => [name, readings["temperature"]?.value, online]),
        events: raised.toReversed(),
      };
      await until(() => JSON.stringify(shown()) === JSON.stringify(wanted), {
        what: () => `${JSON.stringify(shown())} becomes ${JSON.stringify(wanted)}`,
      });
      assert.equal(client.snapshots(), 1);
      resumed += feed.stats().resumed;
      client.close();
      await driver.close();
      await http.close();
    }),
    { numRuns: 10 },
  );
  assert.ok(resumed > 10, `it was put to the test: ${resumed} times`);
});
