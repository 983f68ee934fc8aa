import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../../runtime/clock.ts";
import { VirtualClock } from "../../../runtime/testing/virtual-clock.ts";
import type { ThreadFailure } from "../../../runtime/threads/messages.ts";
import { SCRIPT, STREAM } from "./scripted-messages.ts";
import { type ScriptedNode, WAIT_MS_MAX, withScriptedNode } from "./scripted-node.ts";

const failures = ({ events }: ScriptedNode) => events.filter((e) => e.type === "ThreadFailed");
const readies = ({ events }: ScriptedNode) => events.filter((e) => e.type === "ThreadReady");

const HUNG_MS = 4_000;

/** A watchdog in virtual time that looks each second, at workers that have a core for so much of it. */
function watch(coreShare: number) {
  const clock = new VirtualClock();
  let looks = 0;
  return {
    clock,
    look: (times: number): void => {
      for (; times > 0; times -= 1) {
        looks += 1;
        clock.goTo(1_000 * looks);
      }
    },
    waitedMs: () => 1_000 * looks * (1 - coreShare),
  };
}

/** Says something to the worker and waits until it comes back. */
async function echo(node: ScriptedNode, thread: number, value: unknown): Promise<number> {
  const before = node.told.length;
  node.say(thread, { do: "echo", value });
  await node.until(`an echo from thread ${thread}`, () => node.told.length > before);
  const told = node.told[before];
  assert.ok(told?.told === "echo");
  assert.deepEqual(told.value, value);
  return told.epoch;
}

test("WorkerThreads.start() gives workers that answer messages and bytes", async () => {
  await withScriptedNode({ workers: 2 }, async (node) => {
    assert.deepEqual(node.threads.port.threads, [0, 1, 2]);
    await echo(node, 1, { type: "Hello", list: [1, "two", 3n] });
    await echo(node, 2, undefined);
    const text = new TextEncoder().encode("..frame..");
    node.loop.push(() => node.threads.port.sendBytes(1, SCRIPT, text, 2, 7, 0xffff_ffff, 1.5));
    await node.until("bytes", () => node.bytes.length === 1);
    assert.deepEqual(node.bytes, [{ from: 1, tag: 0xffff_ffff, text: "frame" }]);
  });
});

test("a million records of all sizes go both ways between two workers, whole and in order", async () => {
  await withScriptedNode({ workers: 2 }, async (node) => {
    const count = 500_000;
    node.say(1, { do: "stream", to: 2, count });
    node.say(2, { do: "stream", to: 1, count });
    await node.until("both streams", () => node.told.length === 2);
    const ring = node.threads
      .stats()
      .find(({ from, to, lane }) => from === 2 && to === 1 && lane === "data");
    assert.ok(ring !== undefined && ring.sent > count && ring.full > 0);
    assert.deepEqual([ring.received, ring.waitingBytes], [ring.sent, 0]);
    const ends = node.told.filter((told) => told.told === "streamEnd");
    assert.deepEqual(
      ends.sort((a, b) => a.from - b.from),
      [1, 2].map((from) => ({ told: "streamEnd", from, count, fault: undefined })),
    );
  });
});

test("RingPort.send() refuses while the receiver does not drain, and nothing is lost or reordered", async () => {
  await withScriptedNode({ workers: 1 }, async (node) => {
    const { port } = node.threads;
    await node.block(1);
    let sequence = 0;
    let refused = 0;
    const count = 20_000;
    node.loop.push(() => {
      for (; sequence < count; sequence += 1) {
        if (!port.send(1, 2, STREAM, { sequence, end: false, padding: "x".repeat(50) })) {
          refused += 1;
          return false;
        }
      }
      return true;
    });
    node.loop.push(() => port.send(1, 2, STREAM, { sequence: count, end: true }));
    await node.until("a refusal: 20,000 messages are more than a ring holds", () => refused > 0);
    node.release();
    await node.until("the stream's end", () => node.told.length === 1);
    assert.deepEqual(node.told, [{ told: "streamEnd", from: 0, count, fault: undefined }]);
  });
});

test("RingPort.send() takes a message of megabytes and refuses one beyond the bound", async () => {
  await withScriptedNode({ workers: 1 }, async (node) => {
    await echo(node, 1, { bytes: new Uint8Array(8 * 1_048_576).fill(7), text: "x".repeat(70_000) });
    const tooLarge = new Uint8Array(17 * 1_048_576);
    const { port } = node.threads;
    assert.throws(() => port.sendBytes(1, SCRIPT, tooLarge, 0, tooLarge.length, 0, 0), {
      code: "E_INPUT",
    });
    await echo(node, 1, "still there");
  });
});

test("RingPort.send() never loses a wake-up: single messages with idle gaps all come back", async () => {
  await withScriptedNode({ workers: 2 }, async (node) => {
    // A lost wake-up leaves both sides asleep, and the echo never comes. Gaps of varied length let the
    // send fall on every moment of going to sleep.
    for (let i = 0; i < 4_000; i += 1) {
      const before = node.told.length;
      node.say(1 + (i % 2), { do: "echo", value: i });
      const endMs = systemClock.monotonicMs() + WAIT_MS_MAX;
      while (node.told.length === before) {
        assert.ok(systemClock.monotonicMs() < endMs, `echo ${i} came back`);
        await new Promise((resolve) => setImmediate(resolve));
      }
      for (let spin = 0; spin < (i * 7919) % 2_000; spin += 1) Math.imul(spin, i);
    }
    assert.deepEqual(
      node.told.map((told) => told.told === "echo" && told.value),
      Array.from({ length: 4_000 }, (_, i) => i),
    );
  });
});

const WAYS_TO_FAIL: readonly {
  readonly script: "throw" | "reject" | "exit" | "outOfMemory" | "hang";
  readonly failure: ThreadFailure;
  readonly message: RegExp | undefined;
}[] = [
  { script: "throw", failure: "threw", message: /thrown outside any actor/ },
  { script: "reject", failure: "threw", message: /rejected outside any actor/ },
  { script: "exit", failure: "exited", message: undefined },
  { script: "outOfMemory", failure: "outOfMemory", message: /memory/ },
  { script: "hang", failure: "hung", message: undefined },
];

for (const { script, failure, message } of WAYS_TO_FAIL) {
  test(`WorkerThreads replaces a worker that does: ${script}`, async () => {
    const options = {
      workers: 2,
      resourceLimits: { maxOldGenerationSizeMb: 64 },
      ...(script === "hang" && { hungMsMax: 2_000 }),
    };
    await withScriptedNode(options, async (node) => {
      assert.equal(await echo(node, 1, "before"), 1);
      node.say(1, { do: script });
      await node.until("the replacement", () => readies(node).length === 3);
      const [failed, ...others] = failures(node);
      assert.deepEqual(others, []);
      assert.ok(failed?.type === "ThreadFailed");
      assert.deepEqual(
        { thread: failed.thread, epoch: failed.epoch, failure: failed.failure },
        { thread: 1, epoch: 1, failure },
      );
      if (message === undefined) assert.equal(failed.error, undefined);
      else assert.match(failed.error?.message ?? "", message);
      assert.equal(await echo(node, 1, "after"), 2);
      assert.equal(await echo(node, 2, "the other"), 1);
      // The ways between the fresh worker and the one that lived on work in both directions.
      node.say(1, { do: "stream", to: 2, count: 2_000 });
      node.say(2, { do: "stream", to: 1, count: 2_000 });
      await node.until("both streams", () => node.told.length === 5);
      for (const told of node.told.slice(3)) assert.ok(told.told === "streamEnd" && !told.fault);
    });
  });
}

for (const [what, coreShare, turns] of [
  ["had its core all the time", 1, 4],
  ["had one a quarter of the time", 0.25, 16],
] as const) {
  test(`WorkerThreads takes a silent worker for hung that ${what}: after ${turns} looks`, async () => {
    const { clock, look, waitedMs } = watch(coreShare);
    await withScriptedNode({ workers: 1, clock, hungMsMax: HUNG_MS, waitedMs }, async (node) => {
      await echo(node, 1, "before");
      look(3);
      await echo(node, 1, "it has answered the watchdog");
      await node.block(1);
      look(turns);
      assert.deepEqual(failures(node), []);
      look(1);
      assert.deepEqual(
        failures(node).map((event) => event.type === "ThreadFailed" && event.failure),
        ["hung"],
      );
      node.release();
    });
  });
}

test("WorkerThreads takes no worker for hung that had no core, and goes on with it", async () => {
  const { clock, look, waitedMs } = watch(0);
  await withScriptedNode({ workers: 1, clock, hungMsMax: HUNG_MS, waitedMs }, async (node) => {
    await node.block(1);
    look(1_000);
    node.release();
    assert.equal(await echo(node, 1, "here"), 1);
    assert.deepEqual(failures(node), []);
  });
});

test("RingPort.send() to a lost thread is refused with E_THREAD_LOST", async () => {
  await withScriptedNode({ workers: 1 }, async (node) => {
    let refusal: unknown;
    node.threads.port.detach(1);
    try {
      node.threads.port.send(1, 2, SCRIPT, {});
    } catch (cause) {
      refusal = cause;
    }
    assert.equal((refusal as { code?: string }).code, "E_THREAD_LOST");
  });
});

test("WorkerThreads gives a thread up that fails again and again", async () => {
  await withScriptedNode({ workers: 2 }, async (node) => {
    for (let epoch = 1; epoch <= 6; epoch += 1) {
      assert.equal(await echo(node, 1, epoch), epoch);
      node.say(1, { do: "exit" });
      await node.until(`failure ${epoch}`, () => failures(node).length === epoch);
      await node.until("the decision", () =>
        epoch === 6
          ? node.events.at(-1)?.type === "ThreadGivenUp"
          : readies(node).length === 2 + epoch,
      );
    }
    await echo(node, 2, "lives on");
  });
});

test("WorkerThreads.start() refuses a worker that cannot start, with the reason", async () => {
  const entry = new URL("./no-such-worker.ts", import.meta.url);
  await assert.rejects(
    withScriptedNode({ workers: 1, entry }, async () => {}),
    (cause: Error & { code?: string }) =>
      cause.code === "E_THREAD_LOST" && /no-such-worker/.test(cause.message),
  );
});

test("a worker's log lines reach the node's log; a flood is cut and the gap counted", async () => {
  await withScriptedNode({ workers: 1 }, async (node) => {
    node.say(1, { do: "log", count: 3 });
    await node.until("three lines", () => node.lines.length === 3);
    assert.deepEqual(node.lines[2], {
      level: "info",
      fields: { thread: 1, i: 2 },
      message: "line",
    });
    const flood = 50_000;
    node.say(1, { do: "log", count: flood });
    await echo(node, 1, "the flood is over");
    node.say(1, { do: "log", count: 1 });
    const dropped = (): number =>
      node.lines.reduce(
        (sum, line) => sum + ((line.fields as { droppedBefore?: number }).droppedBefore ?? 0),
        0,
      );
    // Every line was either written or is counted in a later one.
    await node.until("all lines", () => node.lines.length + dropped() === 3 + flood + 1);
    assert.ok(dropped() > 0);
  });
});
