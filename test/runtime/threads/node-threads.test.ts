import assert from "node:assert/strict";
import { test } from "node:test";
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { receive, same } from "../../../runtime/behavior.ts";
import { systemClock } from "../../../runtime/clock.ts";
import type { ThreadEvent } from "../../../runtime/threads/messages.ts";
import { type NodeThreads, startThreads } from "../../../runtime/threads/node-threads.ts";
import {
  type Answer,
  childSpec,
  ECHO_SERVICE,
  type EchoCommand,
  type Heard,
  type ParentCommand,
  type SinkCommand,
  type SourceCommand,
  type Tally,
} from "./placed-behaviors.ts";

/** Generous, for two busy cores: a test that waits longer has failed. */
const WAIT_MS_MAX = 60_000;
const ASK_MS = 60_000;

interface Bench extends NodeThreads {
  readonly events: readonly ThreadEvent[];
  readonly heard: readonly Heard[];
  /** An actor on the main thread that collects what it is told. */
  readonly ear: ActorRef<Heard>;
  echo(ref: ActorRef<EchoCommand>, value: unknown): Promise<Answer>;
  until(what: string, condition: () => boolean | Promise<boolean>): Promise<void>;
}

async function withThreads(
  threads: number,
  run: (bench: Bench) => Promise<void>,
  hungMsMax?: number,
): Promise<void> {
  const events: ThreadEvent[] = [];
  const heard: Heard[] = [];
  const node = await startThreads({
    node: "test",
    threads,
    ...(hungMsMax !== undefined && { hungMsMax }),
    onThreadEvent: (event) => void events.push(event),
    supervision: { strategy: "oneForOne", intensity: { restartsMax: 20, withinMs: 60_000 } },
  });
  const ear = node.system.spawn<Heard>({
    id: "ear",
    start: () =>
      receive((message) => {
        heard.push(message);
        return same;
      }),
    restart: "permanent",
    shutdownMs: 1_000,
  });
  try {
    await run({
      ...node,
      events,
      heard,
      ear,
      echo: (ref, value) =>
        node.system.ask<EchoCommand, Answer>(
          ref,
          (replyTo) => ({ type: "Echo", value, replyTo }),
          ASK_MS,
        ),
      until: async (what, condition) => {
        const endMs = systemClock.monotonicMs() + WAIT_MS_MAX;
        while (!(await condition())) {
          if (systemClock.monotonicMs() > endMs) {
            throw new Error(`waited in vain for ${what}; ${JSON.stringify({ events, heard })}`);
          }
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      },
    });
  } finally {
    await node.stop();
  }
}

const readies = (bench: Bench) => bench.events.filter((event) => event.type === "ThreadReady");

test("startThreads() places children by their spec and they answer asks from the main thread", async () => {
  await withThreads(2, async (bench) => {
    const { system, echo } = bench;
    const threadIds = new Set<number>();
    for (const thread of [1, 2]) {
      const ref = system.spawn<EchoCommand>(childSpec(`echo-${thread}`, "echo", { thread }));
      const answer = await echo(ref, { list: [1, "two", 3n], at: new Date(5) });
      assert.deepEqual(answer.value, { list: [1, "two", 3n], at: new Date(5) });
      assert.notEqual(answer.threadId, 0);
      threadIds.add(answer.threadId);
    }
    assert.equal(threadIds.size, 2);
    const main = system.spawn<EchoCommand>(childSpec("echo-main", "echo", "main"));
    assert.equal((await echo(main, 1)).threadId, 0);
  });
});

test("startThreads() with no worker keeps everything on the main thread", async () => {
  await withThreads(0, async ({ system, echo }) => {
    const ref = system.spawn<EchoCommand>(childSpec("echo", "echo", "any"));
    assert.equal((await echo(ref, "here")).threadId, 0);
  });
});

test("a ref in a message is a ref on the other thread, and two workers talk without the main one", async () => {
  await withThreads(2, async ({ system, until }) => {
    const to = system.spawn<SinkCommand>(childSpec("sink", "sink", { thread: 2 }));
    const count = 20_000;
    const from = system.spawn<SourceCommand>(
      childSpec("source", "source", { thread: 1 }, { to, count, burst: 100 }),
    );
    from.tell({ type: "Go" });
    let tally: Tally | undefined;
    await until("the whole stream", async () => {
      tally = await system.ask<SinkCommand, Tally>(
        to,
        (replyTo) => ({ type: "GetTally", replyTo }),
        ASK_MS,
      );
      return tally.count >= count || tally.fault !== undefined;
    });
    assert.deepEqual([tally?.count, tally?.fault], [count, undefined]);
    assert.equal(system.deadLetters.total(), 0);
  });
});

test("a sender faster than its receiver's mailbox on another thread waits, and nothing is lost", async () => {
  await withThreads(2, async ({ system, until }) => {
    const to = system.spawn<SinkCommand>(
      childSpec(
        "sink",
        "sink",
        { thread: 2 },
        {},
        {
          mailbox: { capacity: 64, overflow: "backpressure" },
        },
      ),
    );
    const count = 50_000;
    const from = system.spawn<SourceCommand>(
      childSpec("source", "source", { thread: 1 }, { to, count, burst: 1_000 }),
    );
    from.tell({ type: "Go" });
    let tally: Tally | undefined;
    await until("the whole stream", async () => {
      tally = await system
        .ask<SinkCommand, Tally>(to, (replyTo) => ({ type: "GetTally", replyTo }), 1_000)
        .catch(() => undefined);
      return tally !== undefined && (tally.count >= count || tally.fault !== undefined);
    });
    assert.deepEqual([tally?.count, tally?.fault], [count, undefined]);
  });
});

test("Terminated comes exactly once across threads, whoever watches from wherever", async () => {
  await withThreads(2, async ({ system, ear, heard, until, echo }) => {
    const watched = system.spawn<EchoCommand>(
      childSpec("watched", "echo", { thread: 1 }, {}, { restart: "temporary" }),
    );
    for (const [id, placement] of [
      ["near", { thread: 1 }],
      ["far", { thread: 2 }],
      ["main", "main"],
    ] as const) {
      system.spawn(childSpec(`watcher-${id}`, "watcher", placement, { watched, tell: ear }));
    }
    const probe = system.spawn<EchoCommand>(childSpec("probe", "echo", { thread: 2 }));
    await echo(probe, "the watcher before it has started");
    await echo(watched, "so have those on its own thread");
    watched.tell({ type: "Stop" });
    await until("three Terminated", () => heard.length >= 3);
    await echo(probe, "time for a fourth");
    assert.deepEqual(
      heard.map((each) => each.type === "Heard" && [each.path, each.withCause]),
      Array.from({ length: 3 }, () => ["mycel://test/user/watched", false]),
    );
  });
});

test("a child that throws on a worker is restarted there by its parent on the main thread", async () => {
  await withThreads(1, async ({ system, echo, until }) => {
    const ref = system.spawn<EchoCommand>(childSpec("echo", "echo", { thread: 1 }));
    assert.equal((await echo(ref, 1)).handled, 1);
    assert.equal((await echo(ref, 2)).handled, 2);
    ref.tell({ type: "Throw" });
    assert.equal((await echo(ref, 3)).handled, 1);
    await until("the restart in the tree", async () => {
      await system.refreshTree();
      const info = system.tree().find(({ path }) => path === ref.path);
      return info?.restarts === 1 && info.failures === 1 && info.thread === 1;
    });
  });
});

test("an actor on a worker has children on another worker and on the main thread", async () => {
  await withThreads(2, async ({ system, echo, until }) => {
    const head = system.spawn<ParentCommand>(childSpec("head", "parent", { thread: 1 }));
    const spawn = (id: string, placement: "main" | { thread: number }) =>
      system.ask<ParentCommand, ActorRef<EchoCommand>>(
        head,
        (replyTo) => ({ type: "Spawn", id, placement, replyTo }),
        ASK_MS,
      );
    const here = await spawn("here", "main");
    const there = await spawn("there", { thread: 2 });
    assert.equal(here.path, "mycel://test/user/head/here");
    assert.equal((await echo(here, 1)).threadId, 0);
    assert.notEqual((await echo(there, 1)).threadId, 0);

    await system.refreshTree();
    const threadOf = new Map(system.tree().map(({ path, thread }) => [path, thread]));
    assert.equal(threadOf.get("mycel://test/user/head"), 1);
    assert.equal(threadOf.get("mycel://test/user/head/there"), 2);
    assert.equal(threadOf.get("mycel://test/user/head/here"), 0);

    assert.equal((await echo(system.refAt(there.path), "by path")).value, "by path");
    head.tell({ type: "StopChild", id: "there" });
    await until("the end of the child", async () => {
      await system.refreshTree();
      return !system.tree().some(({ path }) => path === there.path);
    });
  });
});

test("the receptionist lists actors of every thread on every thread", async () => {
  await withThreads(2, async ({ system, ear, heard, echo, until }) => {
    system.spawn(childSpec("listener", "listener", { thread: 2 }, { tell: ear }));
    const one = system.spawn<EchoCommand>(childSpec("one", "listedEcho", { thread: 1 }));
    const two = system.spawn<EchoCommand>(childSpec("two", "listedEcho", "main"));
    const lists = (paths: readonly string[]) =>
      heard.some(
        (each) => each.type === "HeardList" && JSON.stringify(each.paths) === JSON.stringify(paths),
      );
    await until("the list of both", () => lists([one.path, two.path]));
    const found = system.receptionist.find(ECHO_SERVICE);
    assert.deepEqual(found.map(({ path }) => path).sort(), [one.path, two.path]);
    for (const ref of found) assert.equal((await echo(ref, "found")).value, "found");
  });
});

for (const how of ["Exit", "Hang"] as const) {
  test(`actors of a worker that is lost (${how}) fail for their parents and start anew on the fresh one`, async () => {
    await withThreads(
      2,
      async (bench) => {
        const { system, echo, ear, heard, until } = bench;
        const ref = system.spawn<EchoCommand>(childSpec("echo", "echo", { thread: 1 }));
        const other = system.spawn<EchoCommand>(childSpec("other", "listedEcho", { thread: 1 }));
        const stays = system.spawn<EchoCommand>(childSpec("stays", "echo", { thread: 2 }));
        system.spawn(childSpec("watcher", "watcher", { thread: 2 }, { watched: ref, tell: ear }));
        assert.equal((await echo(ref, 1)).handled, 1);
        assert.equal((await echo(other, 1)).handled, 1);
        assert.equal((await echo(stays, 1)).handled, 1);
        ref.tell({ type: how });
        await until("the fresh thread", () => readies(bench).length === 3);
        const again = async (to: ActorRef<EchoCommand>) => {
          const answer = await system
            .ask<EchoCommand, Answer>(to, (replyTo) => ({ type: "Echo", value: 2, replyTo }), 500)
            .catch(() => undefined);
          return answer?.handled === 1;
        };
        await until("the actor on the fresh thread", () => again(ref));
        await until("its sibling", () => again(other));
        assert.equal((await echo(stays, 2)).handled, 2);
        await until("the end that the watcher heard of", () => heard.length > 0);
        assert.deepEqual(heard, [{ type: "Heard", path: ref.path, withCause: true }]);
        await until("the sibling on the list again", () =>
          system.receptionist.find(ECHO_SERVICE).some(({ path }) => path === other.path),
        );
      },
      how === "Hang" ? 2_000 : undefined,
    );
  });
}

test("a ref to an actor of a lost thread never means an actor of the fresh one", async () => {
  await withThreads(1, async (bench) => {
    const { system, echo, until } = bench;
    const head = system.spawn<ParentCommand>(childSpec("head", "parent", { thread: 1 }));
    const spawn = (id: string) =>
      system.ask<ParentCommand, ActorRef<EchoCommand>>(
        head,
        (replyTo) => ({ type: "Spawn", id, placement: "parent", replyTo }),
        ASK_MS,
      );
    const old = await spawn("old");
    old.tell({ type: "Exit" });
    await until("the fresh thread", () => readies(bench).length === 2);
    const fresh = await spawn("fresh");
    await assert.rejects(
      system.ask<EchoCommand, Answer>(
        old,
        (replyTo) => ({ type: "Echo", value: "to the old one", replyTo }),
        300,
      ),
      { code: "E_ASK_TIMEOUT" },
    );
    assert.deepEqual((await echo(fresh, "to the fresh one")).handled, 1);
  });
});

test("NodeThreads.stop() stops the actors of all threads and resolves terminated", async () => {
  let ended: Promise<unknown> | undefined;
  await withThreads(2, async ({ system, terminated, echo }) => {
    ended = terminated;
    const ref = system.spawn<EchoCommand>(childSpec("echo", "echo", { thread: 1 }));
    await echo(ref, 1);
  });
  assert.deepEqual(await ended, { cause: undefined });
});
