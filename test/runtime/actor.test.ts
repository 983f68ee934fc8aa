import assert from "node:assert/strict";
import { test } from "node:test";
import type { ActorContext } from "../../runtime/actor-context.ts";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup, stopped, unhandled } from "../../runtime/behavior.ts";
import { recordBytes } from "../../runtime/byte-ring.ts";
import { BYTE_RING_BYTES_MAX } from "../../runtime/limits.ts";
import { createProbe } from "../../runtime/testing/probe.ts";
import { simulate } from "../../runtime/testing/simulation.ts";
import fc from "../support/fc.ts";
import { actor, fail, type Script, scripted } from "./support/actors.ts";

test("an actor handles one message at a time, and what it tells itself comes after", () => {
  const { system, run } = simulate();
  const log: string[] = [];
  const ref = system.spawn<string>(
    actor("one", () =>
      setup((ctx) =>
        receive((message) => {
          log.push(`${message} begins`);
          if (message === "a") ctx.self.tell("b");
          log.push(`${message} ends`);
          return same;
        }),
      ),
    ),
  );
  ref.tell("a");
  run();
  assert.deepEqual(log, ["a begins", "a ends", "b begins", "b ends"]);
});

test("messages of one sender to one receiver arrive in order, whichever actor the seed runs next", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const { system, run } = simulate({ seed });
      const probe = createProbe<{ from: number; serial: number }>(system);
      for (let from = 0; from < 5; from += 1) {
        const sender = system.spawn<number>(
          actor(`sender-${from}`, () =>
            receive((serial) => {
              probe.ref.tell({ from, serial });
              return same;
            }),
          ),
        );
        for (let serial = 0; serial < 150; serial += 1) sender.tell(serial);
      }
      run();
      for (let from = 0; from < 5; from += 1) {
        const serials = probe.messages.filter((each) => each.from === from).map((m) => m.serial);
        assert.deepEqual(serials, [...Array(150).keys()]);
      }
    }),
    { numRuns: 20 },
  );
});

test("a behavior returns the behavior for the next message", () => {
  const { system, run } = simulate();
  const log: string[] = [];
  const named = (name: string, next: () => Behavior<string>): Behavior<string> =>
    receive((message) => {
      log.push(`${name}: ${message}`);
      return next();
    });
  const odd = (): Behavior<string> => named("odd", () => setup(() => even()));
  const even = (): Behavior<string> => named("even", odd);
  const ref = system.spawn(actor("switch", odd));
  for (const message of ["1", "2", "3"]) ref.tell(message);
  run();
  assert.deepEqual(log, ["odd: 1", "even: 2", "odd: 3"]);
});

test("bytes are read in place with tag and time, in order with the messages around them", () => {
  const { system, run } = simulate();
  const log: string[] = [];
  const ref = system.spawn<string>(
    actor("reader", () =>
      receive(
        (message) => {
          log.push(message);
          return same;
        },
        {
          onBytes: (bytes, start, end, tag, atMs) => {
            log.push(`${[...bytes.subarray(start, end)].join(" ")} tag ${tag} at ${atMs}`);
            return same;
          },
        },
      ),
    ),
  );
  const frame = Uint8Array.from([9, 1, 2, 3, 9]);
  ref.tell("before");
  ref.tellBytes(frame, 1, 4, 0xffff_ffff, 1_767_225_600_000.5);
  frame.fill(0);
  ref.tell("after");
  run();
  assert.deepEqual(log, ["before", "1 2 3 tag 4294967295 at 1767225600000.5", "after"]);
});

test("`stopped` ends the actor after the message, children first, then PostStop", () => {
  const { system, run } = simulate();
  const log: string[] = [];
  const parent = system.spawn(scripted("parent", log));
  parent.tell((ctx) => {
    ctx.spawn(scripted("first", log));
    ctx.spawn(scripted("second", log));
    return undefined;
  });
  run();
  log.length = 0;
  parent.tell(() => stopped);
  parent.tell(() => {
    log.push("never");
    return undefined;
  });
  run();
  assert.deepEqual(log, ["second PostStop", "first PostStop", "parent PostStop"]);
});

test("signals are handled before messages that came earlier", () => {
  const { system, run } = simulate({ order: "fifo" });
  const log: string[] = [];
  const watched = system.spawn(scripted("watched", log));
  const watcher = system.spawn(scripted("watcher", log));
  watcher.tell((ctx) => {
    ctx.watch(watched);
    return undefined;
  });
  run();
  log.length = 0;
  // In its turn `watched` ends while the watcher's mailbox is full of messages.
  watched.tell(() => {
    for (let i = 0; i < 3; i += 1) {
      watcher.tell(() => {
        log.push(`message ${i}`);
        return undefined;
      });
    }
    return stopped;
  });
  run();
  assert.deepEqual(log, [
    "watched PostStop",
    "watcher Terminated",
    "message 0",
    "message 1",
    "message 2",
  ]);
});

test("an actor yields after 64 messages, so that a flood does not keep others out", () => {
  const { system, run } = simulate({ order: "fifo" });
  const log: string[] = [];
  const noted = (name: string) =>
    actor<number>(name, () =>
      receive(() => {
        log.push(name);
        return same;
      }),
    );
  const flooded = system.spawn(noted("flooded"));
  const other = system.spawn(noted("other"));
  run();
  for (let i = 0; i < 200; i += 1) flooded.tell(i);
  other.tell(0);
  run();
  assert.equal(log.indexOf("other"), 64);
  assert.equal(log.length, 201);
});

test("own timers and answers pass a full mailbox", () => {
  const { system, run, clock } = simulate({ order: "fifo" });
  const log: string[] = [];
  const ref = system.spawn(scripted("busy", log));
  run();
  ref.tell((ctx) => {
    ctx.startTimer(
      "soon",
      () => {
        log.push("timer");
        return undefined;
      },
      5,
    );
    return undefined;
  });
  run();
  for (let i = 0; i < 100; i += 1) {
    ref.tell(() => {
      log.push("data");
      return undefined;
    });
  }
  clock.goTo(5);
  run();
  assert.equal(log.indexOf("timer"), 1, "only the start came before");
});

test("a message that the mailbox's rules call control passes those that wait", () => {
  const { system, run } = simulate();
  const log: string[] = [];
  const ref = system.spawn<string>(
    actor(
      "ruled",
      () =>
        receive((message) => {
          log.push(message);
          return same;
        }),
      {
        mailbox: { capacity: 10, overflow: "refuse", isControl: (message) => message === "urgent" },
      },
    ),
  );
  for (const message of ["a", "b", "urgent", "c"]) ref.tell(message);
  run();
  assert.deepEqual(log, ["urgent", "a", "b", "c"]);
});

test("ctx.startTimer() fires once; the same key again replaces it, also one that waits in the lane", () => {
  const { system, run, advance, clock } = simulate();
  const log: string[] = [];
  const say =
    (text: string): Script =>
    () => {
      log.push(text);
      return undefined;
    };
  const ref = system.spawn(scripted("timed", []));
  const inside = (script: (ctx: ActorContext<Script>) => void): void => {
    ref.tell((ctx) => {
      script(ctx);
      return undefined;
    });
  };
  inside((ctx) => ctx.startTimer("once", say("first"), 10));
  run();
  inside((ctx) => ctx.startTimer("once", say("second"), 20));
  advance(15);
  assert.deepEqual(log, []);
  advance(5);
  assert.deepEqual(log, ["second"]);
  advance(100);
  assert.deepEqual(log, ["second"]);

  inside((ctx) => ctx.startTimer("once", say("replaced"), 10));
  run();
  clock.goTo(clock.monotonicMs() + 10);
  // It has fired and waits; a control message before it in the lane would be needed to cancel it.
  run();
  assert.deepEqual(log, ["second", "replaced"]);
  inside((ctx) => ctx.startTimer("gone", say("never"), 10));
  inside((ctx) => ctx.cancelTimer("gone"));
  advance(50);
  assert.deepEqual(log, ["second", "replaced"]);
});

test("ctx.cancelTimer() takes back a message that already waits", () => {
  const { system, run, clock } = simulate();
  const log: string[] = [];
  const ref = system.spawn(scripted("timed", []));
  ref.tell((ctx) => {
    ctx.startTimer(
      "cancels",
      () => {
        log.push("cancels");
        ctx.cancelTimer("cancelled");
        return undefined;
      },
      10,
    );
    ctx.startTimer(
      "cancelled",
      () => {
        log.push("cancelled");
        return undefined;
      },
      10,
    );
    return undefined;
  });
  run();
  clock.goTo(10);
  run();
  assert.deepEqual(log, ["cancels"]);
});

test("ctx.startPeriodicTimer() keeps its beat, and merges the ticks the actor was too slow for", () => {
  const { system, run, advance, clock } = simulate();
  const atMs: number[] = [];
  const ref = system.spawn(scripted("periodic", []));
  ref.tell((ctx) => {
    ctx.startPeriodicTimer(
      "tick",
      () => {
        atMs.push(clock.monotonicMs());
        return undefined;
      },
      100,
    );
    return undefined;
  });
  advance(250);
  assert.deepEqual(atMs, [100, 200]);
  // The thread was away until 730: one tick for all that were missed, and back on the beat.
  clock.goTo(730);
  run();
  advance(100);
  assert.deepEqual(atMs, [100, 200, 730, 800]);
});

test("ctx.stash() sets aside up to its bound; unstashAll() puts all before the mailbox, in order", () => {
  const { system, run } = simulate();
  const log: string[] = [];
  const ref = system.spawn<string>(
    actor(
      "stasher",
      () =>
        setup((ctx) => {
          let ready = false;
          return receive((message) => {
            if (message === "ready") {
              ready = true;
              ctx.unstashAll();
            } else if (ready) log.push(message);
            else if (!ctx.stash(message)) log.push(`${message} refused`);
            return same;
          });
        }),
      { stash: { capacity: 3 } },
    ),
  );
  for (const message of ["1", "2", "3", "4", "ready", "5"]) ref.tell(message);
  run();
  assert.deepEqual(log, ["4 refused", "1", "2", "3", "5"]);
});

test("what was stashed comes first after a restart, and becomes dead letters at the end", () => {
  const { system, run } = simulate();
  const log: string[] = [];
  const ref = system.spawn<string>(
    actor(
      "stasher",
      () =>
        setup((ctx) => {
          log.push("start");
          return receive((message) => {
            if (message === "fail") throw new Error("told to");
            if (message === "end") return stopped;
            log.push(message);
            ctx.stash(message);
            return same;
          });
        }),
      { restart: "permanent" },
    ),
  );
  for (const message of ["1", "2", "fail", "3"]) ref.tell(message);
  run();
  assert.deepEqual(log, ["start", "1", "2", "start", "1", "2", "3"]);
  const stopping = system.shutdown();
  run();
  const letters = system.deadLetters.last().map(({ message, reason }) => `${message} ${reason}`);
  assert.deepEqual(letters, ["1 stopped", "2 stopped", "3 stopped"]);
  return stopping;
});

test("ctx.pipeToSelf() makes a message of the promise's end, whichever it is", async () => {
  const sim = simulate();
  const probe = createProbe<string>(sim.system);
  const ref = sim.system.spawn(scripted("piper", []));
  const pipe =
    (promise: () => Promise<number>): Script =>
    (ctx) => {
      ctx.pipeToSelf(
        promise(),
        (value) => () => {
          probe.ref.tell(`value ${value}`);
          return undefined;
        },
        (cause) => () => {
          probe.ref.tell(`fault ${(cause as Error).message}`);
          return undefined;
        },
      );
      return undefined;
    };
  ref.tell(pipe(() => Promise.resolve(1)));
  ref.tell(pipe(() => Promise.reject(new Error("no"))));
  await sim.settle();
  assert.deepEqual([...probe.messages].sort(), ["fault no", "value 1"]);
});

test("ctx.pipeToSelf() brings nothing to the incarnation after a restart: a dead letter `restarted`", async () => {
  const sim = simulate();
  const log: string[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  const ref = sim.system.spawn(scripted("piper", log, { restart: "permanent" }));
  ref.tell((ctx) => {
    const never = (): Script => () => {
      log.push("piped");
      return undefined;
    };
    ctx.pipeToSelf(promise, never, never);
    return undefined;
  });
  ref.tell(fail);
  sim.run();
  resolve("late");
  await sim.settle();
  assert.ok(!log.includes("piped"));
  assert.equal(sim.system.deadLetters.countByReason().restarted, 1);
});

test("a promise piped in PostStop holds the actor's end until it settles", async () => {
  const sim = simulate();
  const probe = createProbe<never>(sim.system);
  const closed = Promise.withResolvers<void>();
  const ref = sim.system.spawn<"end">(
    actor("holder", () =>
      setup((ctx) =>
        receive(() => stopped, {
          onSignal: (signal) => {
            if (signal.type === "PostStop")
              ctx.pipeToSelf(
                closed.promise,
                () => "end",
                () => "end",
              );
            return same;
          },
        }),
      ),
    ),
  );
  sim.run();
  probe.watch(ref);
  ref.tell("end");
  await sim.settle();
  assert.deepEqual(probe.terminated, []);
  closed.resolve();
  await sim.settle();
  assert.deepEqual(probe.terminated, [ref.path]);
});

test("an actor whose last promise does not settle is killed after its shutdownMs", () => {
  const sim = simulate();
  const probe = createProbe<never>(sim.system);
  const ref = sim.system.spawn<"end">(
    actor(
      "holder",
      () =>
        setup((ctx) =>
          receive(() => stopped, {
            onSignal: () => {
              ctx.pipeToSelf(
                new Promise(() => {}),
                () => "end",
                () => "end",
              );
              return same;
            },
          }),
        ),
      { shutdownMs: 500 },
    ),
  );
  sim.run();
  probe.watch(ref);
  ref.tell("end");
  sim.advance(499);
  assert.deepEqual(probe.terminated, []);
  sim.advance(1);
  assert.deepEqual(probe.terminated, [ref.path]);
});

test("ctx.ask() turns the first answer, or its absence after the time, into one message", () => {
  const { system, run, advance } = simulate();
  const log: string[] = [];
  const asked: { replyTo: ActorRef<string> }[] = [];
  const target = system.spawn<(typeof asked)[number]>(
    actor("target", () =>
      receive((message) => {
        asked.push(message);
        return same;
      }),
    ),
  );
  const asker = system.spawn(scripted("asker", []));
  const ask: Script = (ctx) => {
    ctx.ask(
      target,
      (replyTo: ActorRef<string>) => ({ replyTo }),
      100,
      (answer: string) => () => {
        log.push(answer);
        return undefined;
      },
      () => () => {
        log.push("time-out");
        return undefined;
      },
    );
    return undefined;
  };
  asker.tell(ask);
  run();
  asked[0]?.replyTo.tell("first");
  asked[0]?.replyTo.tell("second");
  advance(200);
  assert.deepEqual(log, ["first"]);
  asker.tell(ask);
  advance(99);
  assert.deepEqual(log, ["first"]);
  advance(1);
  assert.deepEqual(log, ["first", "time-out"]);
  asked[1]?.replyTo.tell("late");
  run();
  assert.deepEqual(log, ["first", "time-out"]);
  assert.equal(system.deadLetters.countByReason().lateAnswer, 2);
});

test("system.ask() resolves with the first answer and rejects with E_ASK_TIMEOUT without one", async () => {
  const { system, run, advance } = simulate();
  const echo = system.spawn<{ replyTo: ActorRef<number> }>(
    actor("echo", () =>
      receive(({ replyTo }) => {
        replyTo.tell(7);
        return same;
      }),
    ),
  );
  const answer = system.ask<{ replyTo: ActorRef<number> }, number>(
    echo,
    (replyTo) => ({ replyTo }),
    100,
  );
  run();
  assert.equal(await answer, 7);
  const none = system.ask(system.refAt("mycel://sim/user/nobody"), () => ({}), 100);
  const refused = assert.rejects(none, { code: "E_ASK_TIMEOUT" });
  advance(100);
  await refused;
});

test("system.ask() is refused when the system ends, and after it has ended", async () => {
  const { system, run } = simulate();
  const deaf = system.spawn(actor<unknown>("deaf", () => receive(() => same)));
  const refused = assert.rejects(
    system.ask(deaf, () => ({}), 1_000),
    { code: "E_ASK_REFUSED" },
  );
  const stopping = system.shutdown();
  run();
  await stopping;
  await refused;
  await assert.rejects(
    system.ask(deaf, () => ({}), 1_000),
    { code: "E_ASK_REFUSED" },
  );
});

test("system.ask() is refused at once when there is no room for the question", async () => {
  const { system } = simulate();
  const mailbox = { capacity: 1, overflow: "refuse" } as const;
  const slow = system.spawn(actor<unknown>("slow", () => receive(() => same), { mailbox }));
  slow.tell("fills it");
  await assert.rejects(
    system.ask(slow, () => ({}), 1_000),
    { code: "E_ASK_REFUSED" },
  );
});

test("an actor stopped before its first turn has no PostStop, and what waited is a dead letter", () => {
  const { system, run } = simulate();
  const log: string[] = [];
  const parent = system.spawn(scripted("parent", log));
  parent.tell((ctx) => {
    const child = ctx.spawn(scripted("child", log));
    child.tell(() => undefined);
    ctx.watch(child);
    ctx.stop(child);
    return undefined;
  });
  run();
  assert.deepEqual(log, ["parent starts", "parent Terminated"]);
  assert.equal(system.deadLetters.countByReason().stopped, 1);
});

test("dead letters say why: no such actor, stopped, unhandled, mailbox full", () => {
  const { system, run } = simulate();
  system.refAt("mycel://sim/user/nobody").tell("a" as never);
  const ended = system.spawn(actor<string>("ended", () => receive(() => stopped)));
  ended.tell("b");
  ended.tell("c");
  run();
  assert.equal(ended.tell("d"), true, "counts as sent");
  system.spawn(actor<string>("deaf", () => receive(() => unhandled))).tell("e");
  const small = system.spawn(
    actor<string>("small", () => receive(() => same), {
      mailbox: { capacity: 1, overflow: "refuse" },
    }),
  );
  small.tell("f");
  assert.equal(small.tell("g"), false);
  run();
  const letters = system.deadLetters
    .last()
    .map(({ message, path, reason }) => [message, path.slice("mycel://sim/user/".length), reason]);
  assert.deepEqual(letters.sort(), [
    ["a", "nobody", "noSuchActor"],
    ["c", "ended", "stopped"],
    ["d", "ended", "stopped"],
    ["e", "deaf", "unhandled"],
    ["g", "small", "mailboxFull"],
  ]);
  assert.equal(system.deadLetters.total(), 5);
});

test("dead letters are all counted and the last 128 kept", () => {
  const { system } = simulate();
  const nobody = system.refAt<number>("mycel://sim/user/nobody");
  for (let i = 0; i < 300; i += 1) nobody.tell(i);
  const last = system.deadLetters.last().map(({ message }) => message);
  assert.deepEqual(
    last,
    Array.from({ length: 128 }, (_, i) => 172 + i),
  );
  assert.equal(system.deadLetters.countByReason().noSuchActor, 300);
});

test("backpressure lets a sender finish its handler and runs it again when there is room", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const { system, run } = simulate({ seed });
      let depthMax = 0;
      const received: number[] = [];
      const receiver = system.spawn<number>(
        actor(
          "receiver",
          () =>
            receive((message) => {
              received.push(message);
              return same;
            }),
          { mailbox: { capacity: 20, overflow: "backpressure" } },
        ),
      );
      const total = 2_000;
      const sender = system.spawn<"go">(
        actor("sender", () =>
          setup((ctx) => {
            let next = 0;
            return receive((message) => {
              for (let burst = 0; burst < 10 && next < total; burst += 1, next += 1) {
                assert.equal(receiver.tell(next), true, "the overshoot is enough for one handler");
              }
              const info = system.tree().find(({ path }) => path === receiver.path);
              depthMax = Math.max(depthMax, info?.mailboxDepth ?? 0);
              if (next < total) ctx.self.tell(message);
              return same;
            });
          }),
        ),
      );
      sender.tell("go");
      run();
      assert.deepEqual(received, [...Array(total).keys()]);
      assert.ok(depthMax <= 30, `at most one handler beyond capacity, not ${depthMax}`);
    }),
    { numRuns: 10 },
  );
});

test("backpressure refuses senders outside actors, and beyond the overshoot everyone", () => {
  const { system, run } = simulate();
  const spec = { mailbox: { capacity: 10, overflow: "backpressure" as const } };
  const receiver = system.spawn<number>(actor("receiver", () => receive(() => same), spec));
  let accepted = 0;
  while (receiver.tell(accepted)) accepted += 1;
  assert.equal(accepted, 10);
  run();
  const sent: boolean[] = [];
  const sender = system.spawn(scripted("sender", []));
  sender.tell(() => {
    for (let i = 0; i < 100; i += 1) sent.push(receiver.tell(i));
    return undefined;
  });
  run();
  assert.equal(sent.filter(Boolean).length, 74, "capacity 10 and an overshoot of 64");
});

test("backpressure counts bytes as well: a sender of large messages waits, and is refused beyond as much again", () => {
  const { system, run } = simulate();
  let received = 0;
  const receiver = system.spawn<never>(
    actor(
      "receiver",
      () =>
        receive(() => same, {
          onBytes: () => {
            received += 1;
            return same;
          },
        }),
      { mailbox: { capacity: 10_000, overflow: "backpressure" } },
    ),
  );
  const bytes = new Uint8Array(16_384);
  const fitting = Math.floor(BYTE_RING_BYTES_MAX / recordBytes(bytes.length));
  let sent = 0;
  const tell = (): boolean => {
    const isSent = receiver.tellBytes(bytes, 0, bytes.length, 0, 0);
    if (isSent) sent += 1;
    return isSent;
  };
  const sender = system.spawn(scripted("sender", []));
  for (let burst = 0; burst < 8; burst += 1) {
    sender.tell(() => {
      for (let i = 0; i < fitting / 2; i += 1) assert.ok(tell(), "room for one handler");
      return undefined;
    });
  }
  run();
  assert.deepEqual([received, sent >= 4 * fitting], [sent, true]);
  const before = sent;
  sender.tell(() => {
    while (tell());
    return undefined;
  });
  run();
  const atOnce = sent - before;
  assert.ok(atOnce > fitting && atOnce <= 2 * fitting + 2, `${atOnce}, ${fitting} fit`);
  assert.equal(received, sent);
});

test("ctx.impatient() makes a ref for which nobody waits: what finds no room is refused", () => {
  const { system, run } = simulate();
  const spec = { mailbox: { capacity: 10, overflow: "backpressure" as const } };
  let handled = 0;
  const receiver = system.spawn<number>(
    actor(
      "receiver",
      () =>
        receive(() => {
          handled += 1;
          return same;
        }),
      spec,
    ),
  );
  const sent: boolean[] = [];
  const turns: number[] = [];
  const sender = system.spawn<number>(
    actor("sender", () =>
      setup((ctx) => {
        const aside = ctx.impatient(receiver);
        assert.equal(aside.path, receiver.path);
        return receive((turn) => {
          turns.push(turn);
          for (let i = 0; i < 8; i += 1) sent.push(aside.tell(i));
          return same;
        });
      }),
    ),
  );
  sender.tell(1);
  sender.tell(2);
  run();
  assert.deepEqual(turns, [1, 2], "the second turn waits for nobody");
  assert.deepEqual(sent, [...Array(10).fill(true), ...Array(6).fill(false)]);
  assert.equal(handled, 10);
});

test("two actors that push back on each other do not wait for each other for ever", () => {
  const { system, run } = simulate();
  const spec = { mailbox: { capacity: 4, overflow: "backpressure" as const } };
  let handled = 0;
  const refs: ActorRef<number>[] = [];
  for (const [index, id] of ["left", "right"].entries()) {
    refs.push(
      system.spawn<number>(
        actor(
          id,
          () =>
            receive((left) => {
              handled += 1;
              if (left > 0) for (let i = 0; i < 3; i += 1) refs[1 - index]?.tell(left - 1);
              return same;
            }),
          spec,
        ),
      ),
    );
  }
  refs[0]?.tell(6);
  run();
  const waiting = system.tree().reduce((sum, { mailboxDepth }) => sum + mailboxDepth, 0);
  assert.equal(waiting, 0, `all that was accepted has been handled, after ${handled}`);
});

test("system.refAt() finds an actor by its path, also a child's child", () => {
  const { system, run } = simulate();
  const log: string[] = [];
  const parent = system.spawn(scripted("parent", log));
  parent.tell((ctx) => {
    ctx.spawn(scripted("child", log));
    return undefined;
  });
  run();
  const child = system.refAt<Script>("mycel://sim/user/parent/child");
  child.tell((ctx) => {
    log.push(`told ${ctx.self.path}`);
    return undefined;
  });
  run();
  assert.equal(log.at(-1), "told mycel://sim/user/parent/child");
});

test("system.tree() shows each actor with its parent, depth, capacity, processed and restarts", () => {
  const { system, run } = simulate();
  const ref = system.spawn(
    scripted("worker", [], { restart: "permanent", mailbox: { capacity: 5, overflow: "refuse" } }),
  );
  ref.tell(() => undefined);
  ref.tell(fail);
  run();
  ref.tell(() => undefined);
  assert.deepEqual(system.tree()[1], {
    path: "mycel://sim/user/worker",
    parent: "mycel://sim/user",
    thread: 0,
    mailboxDepth: 1,
    mailboxCapacity: 5,
    processed: 2,
    failures: 1,
    restarts: 1,
  });
});

test("a seed replays a run, and another one runs it in another order", () => {
  const traceOf = (seed: number): string => {
    const { system, run } = simulate({ seed });
    const trace: string[] = [];
    for (let i = 0; i < 6; i += 1) {
      const ref = system.spawn(scripted(`a${i}`, trace));
      ref.tell((ctx) => {
        trace.push(`${i} ${ctx.random()}`);
        return undefined;
      });
    }
    run();
    return trace.join("\n");
  };
  assert.equal(traceOf(7), traceOf(7));
  assert.notEqual(traceOf(7), traceOf(8));
});

test("a timer's message may be anything, also nothing", () => {
  const { system, advance } = simulate();
  const got: unknown[] = [];
  system.spawn<null | undefined>(
    actor("any", () =>
      setup((ctx) => {
        ctx.startTimer("a", undefined, 1);
        ctx.startTimer("b", null, 2);
        return receive((message) => {
          got.push(message);
          return same;
        });
      }),
    ),
  );
  advance(5);
  assert.deepEqual(got, [undefined, null]);
});

test("a timer without a number for its time is its actor's bug and holds up no other", () => {
  const { system, advance, run } = simulate();
  const log: string[] = [];
  const say: Script = () => {
    log.push("on time");
    return undefined;
  };
  const wrong = system.spawn(scripted("wrong", []));
  const right = system.spawn(scripted("right", []));
  wrong.tell((ctx) => {
    ctx.startTimer("never", say, Number.NaN);
    return undefined;
  });
  right.tell((ctx) => {
    ctx.startTimer("soon", say, 10);
    return undefined;
  });
  run();
  advance(10);
  assert.deepEqual(log, ["on time"]);
});

test("system.ask() whose request cannot be made leaves nothing behind", async () => {
  const { system, advance } = simulate();
  const deaf = system.spawn(actor<unknown>("deaf", () => receive(() => same)));
  const noRequest = (): never => {
    throw new Error("no request");
  };
  await assert.rejects(async () => system.ask(deaf, noRequest, 100), /no request/);
  // A promise that nobody holds would reject now, and fail the test.
  advance(200);
  await new Promise((resolve) => setImmediate(resolve));
});

for (const overflow of ["dropOldest", "conflate", "backpressure"] as const) {
  test(`bytes that no mailbox has room for are a dead letter and push out nothing: ${overflow}`, () => {
    const { system, run } = simulate();
    const got: string[] = [];
    const ref = system.spawn<string>(
      actor(
        "small",
        () =>
          receive((message) => {
            got.push(message);
            return same;
          }),
        { mailbox: { capacity: 8, overflow } },
      ),
    );
    ref.tell("a");
    ref.tell("b");
    assert.equal(ref.tellBytes(new Uint8Array(3 * 2 ** 20), 0, 3 * 2 ** 20, 0, 0), false);
    run();
    assert.deepEqual(got, ["a", "b"]);
    assert.equal(system.deadLetters.countByReason().mailboxFull, 1);
  });
}
