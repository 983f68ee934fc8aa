import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { makeChannel, retireChannel } from "../../../runtime/threads/channels.ts";
import { RingPort } from "../../../runtime/threads/ring-port.ts";
import { LANE_BYTES, RING, THREAD, threadWord } from "../../../runtime/threads/shared-layout.ts";
import { LANE, type Lane, type ThreadReceiver } from "../../../runtime/threads/thread-port.ts";
import fc from "../../support/fc.ts";

/** More than is kept from the other thread until the next flush. */
const HIDDEN_BYTES = 8_192;

interface Arrived {
  readonly lane: Lane | "bytes" | "damaged";
  readonly target: number;
  readonly message: unknown;
}

/** Two ports on one thread: the rings do not mind. */
function makePair() {
  const words = new Int32Array(new SharedArrayBuffer(4096));
  const [endOf1, endOf2] = makeChannel(1, 2, 1);
  const one = new RingPort({ self: 1, epoch: 1, words, ends: [endOf1] });
  const two = new RingPort({ self: 2, epoch: 1, words, ends: [endOf2] });
  const arrived: Arrived[] = [];
  const receiver: ThreadReceiver = {
    onMessage: (_from, lane, target, message) => void arrived.push({ lane, target, message }),
    onBytes: (_from, target, bytes, start, end) =>
      void arrived.push({ lane: "bytes", target, message: [...bytes.slice(start, end)] }),
    onDamaged: (_from, target) =>
      void arrived.push({ lane: "damaged", target, message: undefined }),
  };
  const close = () => {
    one.close();
    two.close();
  };
  return { words, one, two, endOf1, arrived, receiver, close };
}

const sleeping = (words: Int32Array, thread: number) => words[threadWord(thread, THREAD.sleeping)];

test("RingPort.drain() hands over system before control before data, each in its order", () => {
  const { one, two, arrived, receiver, close } = makePair();
  const lanes: readonly Lane[] = [LANE.data, LANE.control, LANE.system];
  for (let i = 0; i < 3; i += 1) for (const lane of lanes) one.send(2, lane, 10 + i, { i });
  one.flush();
  assert.equal(two.drain(receiver, 100), 9);
  assert.deepEqual(
    arrived.map(({ lane, target }) => [lane, target]),
    [0, 1, 2].flatMap((lane) => [10, 11, 12].map((target) => [lane, target])),
  );
  close();
});

test("RingPort.drain() hands over an order to spawn before what was told to the actor, whenever it looks", () => {
  const cases = [LANE.control, LANE.data].flatMap((lane) => [
    { lane, isShownEarly: false },
    { lane, isShownEarly: true },
  ]);
  for (const { lane: earlier, isShownEarly } of cases) {
    const { one, two, arrived, receiver, close } = makePair();
    one.send(2, earlier, 10, "earlier");
    one.flush();
    let isSpawned = false;
    two.drain(
      {
        ...receiver,
        onMessage: (from, lane, target, message) => {
          receiver.onMessage(from, lane, target, message);
          if (isSpawned) return;
          isSpawned = true;
          // Comes while the other thread is at its data.
          one.send(2, LANE.system, 0, "spawn 11");
          const message11 = isShownEarly ? "x".repeat(HIDDEN_BYTES) : "to 11";
          one.send(2, LANE.data, 11, message11);
          if (!isShownEarly) one.flush();
        },
      },
      100,
    );
    two.drain(receiver, 100);
    assert.deepEqual(
      arrived.map(({ target }) => target),
      [10, 0, 11],
    );
    close();
  }
});

test("RingPort.drain() stops at its bound and goes on there", () => {
  const { one, two, arrived, receiver, close } = makePair();
  for (let i = 0; i < 10; i += 1) one.send(2, LANE.data, i, i);
  one.flush();
  assert.deepEqual(
    [4, 4, 4, 4].map((most) => two.drain(receiver, most)),
    [4, 4, 2, 0],
  );
  assert.deepEqual(
    arrived.map(({ target }) => target),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  close();
});

test("RingPort.flush() is what makes messages visible", () => {
  const { one, two, arrived, receiver, close } = makePair();
  one.send(2, LANE.data, 1, "one");
  assert.equal(two.drain(receiver, 10), 0);
  one.flush();
  assert.equal(two.drain(receiver, 10), 1);
  assert.deepEqual(arrived, [{ lane: LANE.data, target: 1, message: "one" }]);
  close();
});

test("only a rest that finds nothing arms the doorbell; a flush to a sleeper rings it once", async () => {
  const { words, one, two, receiver, close } = makePair();
  let wakes = 0;
  const woken = new Promise<void>((resolve) =>
    two.onWake(() => {
      wakes += 1;
      resolve();
    }),
  );
  one.send(2, LANE.data, 1, 1);
  one.flush();
  assert.equal(two.drain(receiver, 10), 1);
  assert.equal(sleeping(words, 2), 0);
  assert.equal(two.drain(receiver, 10), 0);
  assert.equal(sleeping(words, 2), 0);
  assert.equal(two.rest(), false);
  assert.equal(sleeping(words, 2), 1);

  for (let i = 0; i < 5; i += 1) {
    one.send(2, LANE.data, 1, i);
    one.flush();
  }
  assert.equal(sleeping(words, 2), 0);
  // The ports do not hold the event loop; this timer does until the bell has come.
  const hold = setInterval(() => {}, 1_000);
  await woken;
  clearInterval(hold);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(wakes, 1);
  close();
});

/** Lets the other side act at the one moment that counts: just before `Atomics.store` of `value`. */
function justBeforeStore(t: TestContext, value: number, isWord: IsWord, act: () => void): void {
  const { store } = Atomics;
  let acted = false;
  const interleaved = (words: Int32Array, index: number, stored: number): number => {
    if (!acted && stored === value && isWord(words, index)) {
      acted = true;
      act();
    }
    return store(words, index, stored);
  };
  t.mock.method(Atomics, "store", interleaved as typeof store);
}

type IsWord = (words: Int32Array, index: number) => boolean;

test("RingPort.rest() finds what was published just before it armed the doorbell", (t) => {
  const { words, one, two, receiver, arrived, close } = makePair();
  const isSleeping: IsWord = (of, index) =>
    of === words && index === threadWord(2, THREAD.sleeping);
  justBeforeStore(t, 1, isSleeping, () => {
    one.send(2, LANE.data, 1, "in between");
    one.flush();
  });
  assert.equal(two.rest(), true);
  assert.equal(two.drain(receiver, 10), 1);
  assert.deepEqual(
    arrived.map(({ message }) => message),
    ["in between"],
  );
  close();
});

test("RingPort.send() finds the room given back just before it asked to be rung for it", (t) => {
  const { one, two, endOf1, receiver, close } = makePair();
  const bytes = new Uint8Array(1_000);
  const send = () => one.sendBytes(2, 1, bytes, 0, bytes.length, 0, 0);
  const isWantsRoom: IsWord = (of, index) =>
    of.buffer === endOf1.outgoing && index === RING.wantsRoom;
  justBeforeStore(t, 1, isWantsRoom, () => {
    while (two.drain(receiver, 1_000) > 0);
  });
  const size = LANE_BYTES[LANE.data];
  // More than the ring holds: the send that finds it full must not wait for a bell that nobody rings.
  for (let sent = 0; sent < size + 10_000; sent += bytes.length) assert.equal(send(), true);
  close();
});

test("RingPort carries what fits no ring beside it, in the lane's order", () => {
  const { one, two, arrived, receiver, close } = makePair();
  const sizes = [10, 100_000, 20, 16_385, 16_384, 3_000_000, 1];
  for (const size of sizes) one.sendBytes(2, size, new Uint8Array(size), 0, size, 0, 0);
  one.send(2, LANE.data, 7, { text: "x".repeat(1_000_000) });
  one.flush();
  while (two.drain(receiver, 3) > 0);
  assert.deepEqual(
    arrived.map(({ target }) => target),
    [...sizes, 7],
  );
  const lengths = arrived.slice(0, -1).map(({ message }) => (message as number[]).length);
  assert.deepEqual(lengths, sizes);
  close();
});

test("RingPort.send() refuses more than 64 MiB of side blocks on the way, and takes more once they arrived", () => {
  const { one, two, receiver, close } = makePair();
  const large = new Uint8Array(16 * 1_048_576);
  const fill = () => {
    let count = 0;
    while (count < 100 && one.sendBytes(2, 1, large, 0, large.length, 0, 0)) count += 1;
    return count;
  };
  assert.equal(fill(), 4);
  assert.equal(two.drain({ ...receiver, onBytes: () => {} }, 100), 4);
  assert.equal(fill(), 4);
  close();
});

test("what a port wrote before it learnt of a replacement is never seen", () => {
  const { one, two, endOf1, arrived, receiver, close } = makePair();
  one.send(2, LANE.data, 1, "late");
  retireChannel(endOf1);
  one.flush();
  assert.equal(two.drain(receiver, 10), 0);
  assert.deepEqual(arrived, []);
  close();
});

test("RingPort.attach() begins anew with a fresh thread: shapes are sent again", () => {
  const { words, one, two, receiver, arrived, close } = makePair();
  one.send(2, LANE.data, 1, { shape: 1 });
  one.flush();
  two.drain(receiver, 10);
  const [endOf1, endOf2] = makeChannel(1, 2, 2);
  one.attach(endOf1);
  const fresh = new RingPort({ self: 2, epoch: 1, words, ends: [endOf2] });
  one.send(2, LANE.data, 1, { shape: 2 });
  one.flush();
  fresh.drain(receiver, 10);
  assert.deepEqual(
    arrived.map(({ message }) => message),
    [{ shape: 1 }, { shape: 2 }],
  );
  fresh.close();
  close();
});

test("a receiver that throws loses its one message and no other", () => {
  const { one, two, receiver, arrived, close } = makePair();
  for (let i = 0; i < 4; i += 1) one.send(2, LANE.data, i, i);
  one.flush();
  const failing: ThreadReceiver = {
    ...receiver,
    onMessage(from, lane, target, message) {
      if (message === 1) throw new Error("receiver failed");
      receiver.onMessage(from, lane, target, message);
    },
  };
  assert.throws(() => two.drain(failing, 10), /receiver failed/);
  while (two.drain(failing, 10) > 0);
  assert.deepEqual(
    arrived.map(({ message }) => message),
    [0, 2, 3],
  );
  close();
});

test("RingPort keeps every message in order under any mix of lanes, sizes, flushes and drains", () => {
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant("send" as const),
        lane: fc.constantFrom(...Object.values(LANE)),
        size: fc.oneof(fc.nat(400), fc.nat(40_000)),
        raw: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ do: "flush" as const }) },
    {
      weight: 2,
      arbitrary: fc.nat(20).map((most) => ({ do: "drain" as const, most })),
    },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const { one, two, receiver, arrived, close } = makePair();
      const sent: Record<Lane, number[]> = { 0: [], 1: [], 2: [] };
      let sequence = 0;
      for (const action of steps) {
        if (action.do === "send") {
          sequence += 1;
          const bytes = new Uint8Array(action.size);
          const lane = action.raw ? LANE.data : action.lane;
          const taken = action.raw
            ? one.sendBytes(2, sequence, bytes, 0, bytes.length, 0, 0)
            : one.send(2, lane, sequence, { [`key${sequence % 9}`]: bytes });
          if (taken) sent[lane].push(sequence);
        } else if (action.do === "flush") one.flush();
        else two.drain(receiver, action.most + 1);
      }
      one.flush();
      while (two.drain(receiver, 50) > 0);
      const got: Record<Lane, number[]> = { 0: [], 1: [], 2: [] };
      for (const { lane, target } of arrived)
        got[typeof lane === "string" ? LANE.data : lane].push(target);
      assert.deepEqual(got, sent);
      close();
    }),
    { numRuns: 200 },
  );
});
