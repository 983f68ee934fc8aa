import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Changes, FeedMessage } from "../../../transports/http/contract.ts";
import { createLiveFeed, type LiveSocket } from "../../../transports/live/live-feed.ts";
import { memoryView } from "../http/memory-view.ts";

/** A clock that rings when the test says. */
function handClock() {
  let ring: (() => void) | undefined;
  let armed = 0;
  return {
    clock: {
      after: (_delayMs: number, next: () => void) => {
        ring = next;
        armed += 1;
        return () => {
          ring = undefined;
        };
      },
    },
    tick: () => ring?.(),
    isRunning: () => ring !== undefined,
    armed: () => armed,
  };
}

/** A socket that keeps what it was sent, and may pretend that its reader is slow. */
function memorySocket(): LiveSocket & { texts: string[]; stuckBytes: number } {
  const texts: string[] = [];
  return {
    texts,
    stuckBytes: 0,
    bufferedBytes() {
      return this.stuckBytes;
    },
    send: (text) => void texts.push(text),
  };
}

const messages = (socket: { texts: string[] }): FeedMessage[] =>
  socket.texts.map((text) => JSON.parse(text) as FeedMessage);

test("join() sends a snapshot, and each tick sends only what changed", () => {
  const view = memoryView();
  const hand = handClock();
  const feed = createLiveFeed({ view, clock: hand.clock });
  const socket = memorySocket();
  assert.ok(feed.join(socket));
  hand.tick();
  view.report(2, 25);
  hand.tick();
  hand.tick();

  const [snapshot, changes, ...rest] = messages(socket);
  assert.equal(snapshot?.type, "Snapshot");
  assert.equal(changes?.type, "Changes");
  assert.deepEqual(
    changes.leaves?.map(({ leafId }) => leafId),
    [2],
  );
  assert.deepEqual(rest, []);
});

test("without a client there is no timer and nothing is asked of the node", () => {
  const view = memoryView();
  const hand = handClock();
  const feed = createLiveFeed({ view, clock: hand.clock });
  assert.equal(hand.armed(), 0);
  const socket = memorySocket();
  feed.join(socket);
  assert.ok(hand.isRunning());
  feed.leave(socket);
  assert.ok(!hand.isRunning());
  assert.equal(view.asked.changes, 0);
});

test("clients at one cursor share one computation and one text", () => {
  const view = memoryView();
  const hand = handClock();
  const feed = createLiveFeed({ view, clock: hand.clock });
  const sockets = Array.from({ length: 10 }, memorySocket);
  for (const socket of sockets) feed.join(socket);
  view.report(1, 30);
  hand.tick();
  assert.equal(view.asked.changes, 1);
  assert.equal(new Set(sockets.map(({ texts }) => texts[1])).size, 1);
});

test("a slow reader is passed over and later gets everything in one message", () => {
  const view = memoryView();
  const hand = handClock();
  const feed = createLiveFeed({ view, clock: hand.clock, bufferedBytesMax: 1_000 });
  const slow = memorySocket();
  feed.join(slow);
  slow.stuckBytes = 1_001;
  for (let round = 0; round < 20; round++) {
    view.report(1 + (round % 3), round);
    hand.tick();
  }
  assert.equal(slow.texts.length, 1);
  assert.equal(feed.stats().skipped, 20);

  slow.stuckBytes = 0;
  hand.tick();
  const caught = messages(slow)[1] as Changes;
  assert.deepEqual(
    caught.leaves?.map(({ readings }) => readings["temperature"]?.value).sort(),
    [17, 18, 19],
  );
});

test("join() refuses clients beyond the bound and takes one again when another leaves", () => {
  const hand = handClock();
  const feed = createLiveFeed({ view: memoryView(), clock: hand.clock, clientsMax: 1 });
  const [first, second] = [memorySocket(), memorySocket()];
  assert.ok(feed.join(first));
  assert.ok(!feed.join(second));
  assert.equal(second.texts.length, 0);
  feed.leave(second);
  feed.leave(first);
  assert.ok(feed.join(second));
  assert.equal(feed.stats().refused, 1);
});

test("whoever is slow, and whenever, every client that catches up sees the node's state", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("report" as const), leaf: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ do: fc.constant("tick" as const) }),
    fc.record({ do: fc.constant("stick" as const), client: fc.nat(2) }),
    fc.record({ do: fc.constant("free" as const), client: fc.nat(2) }),
    fc.record({ do: fc.constant("join" as const), client: fc.nat(2) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const view = memoryView();
      const hand = handClock();
      const feed = createLiveFeed({ view, clock: hand.clock, bufferedBytesMax: 0 });
      const sockets = [memorySocket(), memorySocket(), memorySocket()];
      const joined = new Set<(typeof sockets)[number]>();
      let value = 0;
      for (const one of steps) {
        const socket = "client" in one ? sockets[one.client] : undefined;
        if (one.do === "report") view.report(one.leaf, ++value);
        else if (one.do === "tick") hand.tick();
        else if (socket === undefined) continue;
        else if (one.do === "join") {
          if (!joined.has(socket)) feed.join(socket);
          joined.add(socket);
        } else socket.stuckBytes = one.do === "stick" ? 1 : 0;
      }
      for (const socket of sockets) socket.stuckBytes = 0;
      hand.tick();
      for (const socket of joined) {
        const seen = new Map<number, unknown>();
        for (const message of messages(socket)) {
          for (const leaf of message.leaves ?? []) seen.set(leaf.leafId, leaf);
        }
        assert.deepEqual([...seen.values()].length, view.leaves().length);
        for (const leaf of view.leaves()) assert.deepEqual(seen.get(leaf.leafId), leaf);
      }
    }),
  );
});
