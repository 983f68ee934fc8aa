import assert from "node:assert/strict";
import { test } from "node:test";
import type { FeedMessage, Watch } from "../../../transports/http/contract.ts";
import { createLiveFeed, type LiveSocket } from "../../../transports/live/live-feed.ts";
import { NEVER, ROW_FLAG, readRows } from "../../../transports/live/rows.ts";
import fc from "../../support/fc.ts";
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
function memorySocket(): LiveSocket & { sent: (string | Uint8Array)[]; stuckBytes: number } {
  const sent: (string | Uint8Array)[] = [];
  return {
    sent,
    stuckBytes: 0,
    bufferedBytes() {
      return this.stuckBytes;
    },
    send: (message) => void sent.push(message),
  };
}

type Sent = Pick<ReturnType<typeof memorySocket>, "sent">;
const messages = ({ sent }: Sent): FeedMessage[] =>
  sent.filter((one) => typeof one === "string").map((text) => JSON.parse(text) as FeedMessage);
const ofType = <T extends FeedMessage["type"]>(socket: Sent, type: T) =>
  messages(socket).filter((one) => one.type === type) as Extract<FeedMessage, { type: T }>[];

const bufferOf = (bytes: Uint8Array): ArrayBuffer =>
  bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
const batches = ({ sent }: Sent) =>
  sent
    .filter((one) => typeof one !== "string")
    .map((bytes) => {
      const batch = readRows(bufferOf(bytes));
      assert.ok(batch !== undefined);
      return batch;
    });

const watch = (more: Partial<Watch> = {}): Watch => ({
  type: "Watch",
  no: 7,
  channel: "temperature",
  rows: "all",
  focus: [],
  ...more,
});
const asking = (more: Partial<Watch> = {}) =>
  `watch=${encodeURIComponent(JSON.stringify(watch(more)))}`;

test("join() sends a snapshot, and the ticks who the leaves are, their states, and then what changes", () => {
  const view = memoryView();
  const hand = handClock();
  const feed = createLiveFeed({ source: view.live, clock: hand.clock });
  const socket = memorySocket();
  assert.ok(feed.join(socket, asking()));
  assert.deepEqual(
    messages(socket).map(({ type }) => type),
    ["Snapshot"],
  );
  hand.tick();
  const [records] = ofType(socket, "Records");
  assert.deepEqual(
    records?.records.map(({ row, name }) => [row, name]),
    [
      [1, "leaf_1"],
      [2, "leaf_2"],
      [3, "leaf_3"],
    ],
  );
  const [all] = batches(socket);
  assert.deepEqual([...(all?.rows ?? [])], [1, 2, 3]);
  assert.deepEqual([...(all?.values ?? [])], [20, 20, 20]);
  assert.deepEqual([all?.watchNo, all?.isWhole], [7, true]);
  assert.deepEqual([...(all?.ages ?? [])], [NEVER, NEVER, NEVER]);

  view.report(2, 25);
  hand.tick();
  hand.tick();
  const [, changed, ...rest] = batches(socket);
  assert.deepEqual([[...(changed?.rows ?? [])], [...(changed?.values ?? [])]], [[2], [25]]);
  assert.equal(changed?.isWhole, false);
  assert.deepEqual(rest, []);
});

test("rows that are not watched travel when their state changes, not when they report", () => {
  const view = memoryView();
  const hand = handClock();
  const feed = createLiveFeed({ source: view.live, clock: hand.clock });
  const socket = memorySocket();
  feed.join(socket, asking({ rows: "zone:attic" }));
  hand.tick();
  view.report(2, 25);
  hand.tick();
  assert.equal(batches(socket).length, 1);
  view.setOnline(2, false);
  hand.tick();
  const last = batches(socket).at(-1);
  assert.deepEqual([...(last?.rows ?? [])], [2]);
  assert.equal((last?.flags[0] as number) & ROW_FLAG.online, 0);
});

test("take() brings all rows of what is watched now, and leaves in focus whole", () => {
  const view = memoryView();
  const hand = handClock();
  const feed = createLiveFeed({ source: view.live, clock: hand.clock });
  const socket = memorySocket();
  feed.join(socket);
  hand.tick();
  assert.ok(Number.isNaN(batches(socket)[0]?.values[0]), "no channel was watched");
  assert.ok(feed.take(socket, JSON.stringify(watch({ focus: [3] }))));
  hand.tick();
  assert.deepEqual([...(batches(socket)[1]?.values ?? [])], [20, 20, 20]);
  view.report(3, 28);
  view.report(1, 28);
  hand.tick();
  assert.deepEqual(
    ofType(socket, "Leaves").map(({ leaves }) =>
      leaves.map(({ leafId, readings }) => [leafId, readings["temperature"]?.value]),
    ),
    [[[3, 20]], [[3, 28]]],
  );
});

test("take() refuses what is no Watch", () => {
  const hand = handClock();
  const feed = createLiveFeed({ source: memoryView().live, clock: hand.clock });
  const socket = memorySocket();
  feed.join(socket);
  for (const text of [
    "",
    "hello",
    "{}",
    '{"type":"Watch"}',
    JSON.stringify(watch({ focus: [-1] })),
  ])
    assert.equal(feed.take(socket, text), false, text);
  assert.equal(feed.take(memorySocket(), JSON.stringify(watch())), false, "never joined");
});

test("without a client there is no timer and nothing is asked of the node", () => {
  const view = memoryView();
  const hand = handClock();
  const feed = createLiveFeed({ source: view.live, clock: hand.clock });
  assert.equal(hand.armed(), 0);
  const socket = memorySocket();
  feed.join(socket);
  assert.ok(hand.isRunning());
  feed.leave(socket);
  assert.ok(!hand.isRunning());
});

test("clients at one cursor share one computation of everything", () => {
  const view = memoryView();
  const hand = handClock();
  const feed = createLiveFeed({ source: view.live, clock: hand.clock });
  const sockets = Array.from({ length: 10 }, memorySocket);
  for (const socket of sockets) feed.join(socket, asking());
  view.report(1, 30);
  hand.tick();
  const [first] = sockets;
  assert.ok(first !== undefined && first.sent.length >= 3);
  for (const { sent } of sockets) {
    for (const [at, message] of sent.entries()) assert.equal(message, first.sent[at], "the same");
  }
});

test("a slow reader is passed over and later gets everything in one batch", () => {
  const view = memoryView();
  const hand = handClock();
  const feed = createLiveFeed({ source: view.live, clock: hand.clock, bufferedBytesMax: 1_000 });
  const slow = memorySocket();
  feed.join(slow, asking());
  slow.stuckBytes = 1_001;
  for (let round = 0; round < 20; round++) {
    view.report(1 + (round % 3), round);
    hand.tick();
  }
  assert.equal(slow.sent.length, 1);
  assert.equal(feed.stats().skipped, 20);

  slow.stuckBytes = 0;
  hand.tick();
  assert.deepEqual([...(batches(slow)[0]?.values ?? [])].sort(), [17, 18, 19]);
});

test("join() refuses clients beyond the bound and takes one again when another leaves", () => {
  const hand = handClock();
  const feed = createLiveFeed({ source: memoryView().live, clock: hand.clock, clientsMax: 1 });
  const [first, second] = [memorySocket(), memorySocket()];
  assert.ok(feed.join(first));
  assert.ok(!feed.join(second));
  assert.equal(second.sent.length, 0);
  feed.leave(second);
  feed.leave(first);
  assert.ok(feed.join(second));
  assert.equal(feed.stats().refused, 1);
});

test("join() goes on where a client was cut off, and starts anew for another run or a lost event", () => {
  const view = memoryView();
  const hand = handClock();
  const feed = createLiveFeed({ source: view.live, clock: hand.clock });
  const raise = (id: string) =>
    view.raise({
      ...{ id, atMs: 1, kind: "door_opened", severity: "info", message: id, data: {} },
      ...{ zone: null, hub: null, leafId: null },
    });
  const first = memorySocket();
  feed.join(first, asking());
  hand.tick();
  const [{ run, cursor } = { run: "", cursor: -1 }] = ofType(first, "Snapshot");
  const rows = batches(first).at(-1)?.cursor;
  const records = ofType(first, "Records").at(-1)?.cursor;
  feed.leave(first);
  raise("missed");
  view.report(2, 31);

  const resume = `run=${run}&cursor=${cursor}&rows=${rows}&records=${records}&${asking()}`;
  const second = memorySocket();
  feed.join(second, resume);
  hand.tick();
  assert.deepEqual(
    messages(second).map(({ type }) => type),
    ["Changes"],
  );
  assert.deepEqual(
    ofType(second, "Changes")[0]?.events?.map(({ id }) => id),
    ["missed"],
  );
  assert.deepEqual([...(batches(second)[0]?.rows ?? [])], [2]);
  assert.equal(feed.stats().resumed, 1);

  for (let i = 0; i <= 1_000; i++) raise(`event ${i}`);
  for (const query of [
    resume,
    resume.replace(run, "another"),
    resume.replace(`${cursor}`, "9e9"),
  ]) {
    const socket = memorySocket();
    feed.join(socket, query);
    assert.equal(ofType(socket, "Snapshot").length, 1, query);
  }
  assert.equal(feed.stats().resumed, 1);
});

test("whoever is slow, and whenever, every client that catches up sees the node's state", () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("report" as const), leaf: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ do: fc.constant("rename" as const), leaf: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ do: fc.constant("tick" as const) }),
    fc.record({ do: fc.constant("stick" as const), client: fc.nat(2) }),
    fc.record({ do: fc.constant("free" as const), client: fc.nat(2) }),
    fc.record({ do: fc.constant("join" as const), client: fc.nat(2) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const view = memoryView();
      const hand = handClock();
      const source = view.live;
      const feed = createLiveFeed({ source, clock: hand.clock, bufferedBytesMax: 0 });
      const sockets = [memorySocket(), memorySocket(), memorySocket()];
      const joined = new Set<(typeof sockets)[number]>();
      let value = 0;
      for (const one of steps) {
        const socket = "client" in one ? sockets[one.client] : undefined;
        if (one.do === "report") view.report(one.leaf, ++value);
        else if (one.do === "rename")
          void view.actOnLeaf("swarm_hub_01", one.leaf, { act: "rename", name: `n${++value}` });
        else if (one.do === "tick") hand.tick();
        else if (socket === undefined) continue;
        else if (one.do === "join") {
          if (!joined.has(socket)) feed.join(socket, asking());
          joined.add(socket);
        } else socket.stuckBytes = one.do === "stick" ? 1 : 0;
      }
      for (const socket of sockets) socket.stuckBytes = 0;
      hand.tick();
      for (const socket of joined) {
        const names = new Map<number, string>();
        for (const { records } of ofType(socket, "Records"))
          for (const { row, name } of records) names.set(row, name);
        const values = new Map<number, number>();
        for (const batch of batches(socket))
          for (const [at, row] of batch.rows.entries()) values.set(row, batch.values[at] as number);
        for (const leaf of view.leaves()) {
          assert.equal(names.get(leaf.leafId), leaf.name);
          assert.equal(values.get(leaf.leafId), leaf.readings["temperature"]?.value);
        }
        assert.equal(names.size, view.leaves().length);
      }
    }),
  );
});
