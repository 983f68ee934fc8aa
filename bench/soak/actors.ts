/** The actors of the soak, by module and name, so that they live on any thread. */
import { setImmediate } from "node:timers";
import { threadId } from "node:worker_threads";
import type { ActorContext } from "../../runtime/actor-context.ts";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import {
  type Behavior,
  movable,
  type OnBytes,
  receive,
  same,
  setup,
  stopped,
} from "../../runtime/behavior.ts";
import { persist } from "../../runtime/persistence/effect.ts";
import { eventSourced } from "../../runtime/persistence/event-sourced.ts";
import type { JournalCommand } from "../../runtime/persistence/journal-messages.ts";
import { type Listing, serviceKey } from "../../runtime/receptionist.ts";
import { placed } from "../../runtime/supervisor.ts";
import { collectGarbage } from "../garbage.ts";
import { Book } from "./book.ts";
import { type Way, wayOf, waysOf } from "./ways.ts";

const MODULE = import.meta.url;
export const MAYFLIES = serviceKey<Item>("mayfly");

/** Ticks between bursts that are more than a mailbox takes. */
const BURST_TICKS = 50;
const BURST = 200;
const BYTES_MAX = 2_000;
/** A sink fails at each message of such a number: every few seconds somewhere. */
const FAILS_AT = 9_973;
const ECHO_FAILS_AT = 997;
const ASK_MS = 500;
const TICK_MS = 20;
const ASK_EVERY_MS = 50;
const SPAWN_EVERY_MS = 200;

export interface Item {
  readonly type: "Item";
  readonly way: number;
  readonly seq: number;
}

const item = (way: number, seq: number): Item => ({ type: "Item", way, seq });

export interface Place {
  readonly thread: number;
  readonly threads: number;
}

/** Handles what it gets by counting it, and fails now and then: the one in hand has been counted. */
export const sink = ({ threads }: Place): Behavior<Item> =>
  setup((ctx) => {
    const book = Book.at(ctx, threads);
    return receive(({ way, seq }) => {
      take(book, way, seq);
      return same;
    }, bytesOf(book));
  });

/** A sink that goes from thread to thread, and takes along how much it has handled. */
export const rover = ({ threads }: Place): Behavior<Item> =>
  movable(
    () => ({ handled: 0, of: [] as number[] }),
    (ctx, state) => {
      const book = Book.at(ctx, threads);
      return receive(({ way, seq }) => {
        state.handled += 1;
        state.of[way] = seq;
        take(book, way, seq);
        return same;
      }, bytesOf(book));
    },
  );

const bytesOf = (book: Book): { onBytes: OnBytes<Item> } => ({
  onBytes: (bytes, start, _end, tag) => {
    take(book, tag, new DataView(bytes.buffer, bytes.byteOffset + start, 4).getUint32(0));
    return same;
  },
});

function take(book: Book, way: number, seq: number): void {
  book.handled(way, seq);
  if (seq % FAILS_AT !== 0) return;
  book.add(0, "crashes");
  throw new Error("the soak has it fail");
}

export interface SaverOptions extends Place {
  readonly journal: ActorRef<JournalCommand>;
}

export interface Save extends Item {
  /** Hears of it when it is on disk. */
  readonly saved: ActorRef<Saved>;
}

export interface Saved {
  readonly type: "Saved";
  readonly saver: number;
  readonly count: number;
}

/** Keeps how many it was told in the journal; its state is what was confirmed, whatever fails. */
export const saver = ({ thread, threads, journal }: SaverOptions): Behavior<Save> =>
  setup<Save>((ctx) => {
    const book = Book.at(ctx, threads);
    return eventSourced<Save, number, number>({
      persistenceId: `saver-${thread}`,
      journal,
      initial: 0,
      apply: (count, one) => count + one,
      snapshotEvery: 64,
      dropsEvents: true,
      onCommand: (_ctx, _state, { way, seq, saved }) => {
        take(book, way, seq);
        return persist(1).thenReply(
          saved,
          (count: number) => ({ type: "Saved", saver: thread, count }) as const,
        );
      },
    });
  });

export interface SourceOptions extends Place {
  /** By kind and index. */
  readonly sinks: Readonly<Record<string, readonly ActorRef<Item>[]>>;
}

type Tick = { readonly type: "Tick" } | Saved;

/** Sends on each of its ways, some of it as bytes, and now and then more than a mailbox takes. */
export const source = ({ thread, threads, sinks }: SourceOptions): Behavior<Tick> =>
  setup((ctx) => {
    const book = Book.at(ctx, threads);
    const ways = waysOf(threads).filter(({ from, kind }) => from === thread && kind in sinks);
    const payload = new Uint8Array(BYTES_MAX);
    const head = new DataView(payload.buffer);
    const confirmed: number[] = [];
    let ticks = 0;

    const send = (way: Way, to: ActorRef<Item>): boolean => {
      const seq = book.attempt(way.id);
      let taken: boolean;
      if (way.kind === "saver") {
        const save: Save = { ...item(way.id, seq), saved: ctx.self };
        taken = (to as ActorRef<Save>).tell(save);
      } else if (seq % 4 === 0) {
        head.setUint32(0, seq);
        const end = 4 + Math.floor(ctx.random() * (BYTES_MAX - 4));
        taken = to.tellBytes(payload, 0, end, way.id, ctx.nowMs());
      } else taken = to.tell(item(way.id, seq));
      if (!taken) book.refused(way.id);
      return taken;
    };

    const tick = (): void => {
      ticks += 1;
      const isBurst = ticks % BURST_TICKS === 0;
      for (const way of ways) {
        const to = sinks[way.kind]?.[way.index];
        if (to === undefined || (way.kind === "saver" && ticks % 8 !== way.index % 8)) continue;
        const most = way.kind === "saver" ? 1 : isBurst && way.kind !== "rover" ? BURST : 3;
        for (let i = 0; i < most && send(way, to); i += 1);
      }
    };

    ctx.startPeriodicTimer("tick", { type: "Tick" }, TICK_MS);
    return receive((message) => {
      if (message.type === "Saved") {
        const { saver: from, count } = message;
        book.add(thread, count > (confirmed[from] ?? 0) ? "saved" : "forgotten");
        confirmed[from] = count;
      } else if (!book.isPaused) tick();
      return same;
    });
  });

export interface Question extends Item {
  readonly replyTo: ActorRef<Item>;
}

/** Answers all questions but those at which it fails. */
export const echo = ({ thread, threads }: Place): Behavior<Question> =>
  setup((ctx) => {
    const book = Book.at(ctx, threads);
    const ways = waysOf(threads);
    const asker = (thread + threads - 1) % threads;
    const back = wayOf(ways, "answer", thread, asker);
    return receive(({ way, seq, replyTo }) => {
      book.handled(way, seq);
      if (seq % ECHO_FAILS_AT === 0) {
        book.add(0, "crashes");
        throw new Error("the soak has it fail");
      }
      if (!replyTo.tell(item(back, book.attempt(back)))) book.refused(back);
      return same;
    });
  });

export interface AskerOptions extends Place {
  readonly echo: ActorRef<Question>;
}

type AskerMessage = { readonly type: "Tick" | "Fired" | "TimedOut" } | Item;

/** Asks, and starts timers that fire once. */
export const asker = (options: AskerOptions): Behavior<AskerMessage> =>
  setup((ctx) => {
    const { thread, threads, echo: to } = options;
    const book = Book.at(ctx, threads);
    const way = wayOf(waysOf(threads), "question", thread, (thread + 1) % threads);
    let timers = 0;

    const ask = (): void => {
      book.add(thread, "asked");
      const seq = book.attempt(way);
      ctx.ask<Question, Item>(
        to,
        (replyTo) => ({ ...item(way, seq), replyTo }),
        ASK_MS,
        (answer) => answer,
        () => ({ type: "TimedOut" }),
      );
      timers += 1;
      book.add(thread, "timersStarted");
      ctx.startTimer(`once-${timers % 1_000}`, { type: "Fired" }, ASK_MS / 10);
    };

    ctx.startPeriodicTimer("tick", { type: "Tick" }, ASK_EVERY_MS);
    return receive((message) => {
      switch (message.type) {
        case "Tick":
          if (!book.isPaused) ask();
          return same;
        case "Fired":
          book.add(thread, "timersFired");
          return same;
        case "TimedOut":
          book.add(thread, "timedOut");
          return same;
        case "Item":
          book.add(thread, "answered");
          book.handledByAny(message.way);
          return same;
      }
    });
  });

/** Spawns children anywhere, watches them, and speaks to those that have ended. */
export const keeper = ({ thread, threads }: Place): Behavior<{ readonly type: "Tick" }> =>
  setup((ctx) => {
    const book = Book.at(ctx, threads);
    const ways = waysOf(threads);
    const alive = new Set<string>();
    let spawned = 0;

    const tell = (kind: "mayfly" | "ghost", to: ActorRef<Item>): void => {
      const way = wayOf(ways, kind, thread, thread);
      if (!to.tell(item(way, book.attempt(way)))) book.refused(way);
    };

    const spawn = (): void => {
      spawned += 1;
      const id = `mayfly-${spawned}`;
      const child = ctx.spawn<Item>({
        id,
        start: placed<Item, Place>(MODULE, "mayfly", { thread, threads }),
        restart: "temporary",
        shutdownMs: 1_000,
        placement: "any",
      });
      ctx.watch(child);
      alive.add(child.path);
      book.add(thread, "spawned");
      tell("mayfly", child);
    };

    ctx.startPeriodicTimer("tick", { type: "Tick" }, SPAWN_EVERY_MS);
    return receive(
      () => {
        if (!book.isPaused) spawn();
        return same;
      },
      {
        onSignal: (signal) => {
          if (signal.type !== "Terminated") return same;
          const isFirst = alive.delete(signal.ref.path);
          book.add(thread, isFirst ? "terminated" : "terminatedTwice");
          if (isFirst) tell("ghost", signal.ref as ActorRef<Item>);
          return same;
        },
      },
    );
  });

/** Handles one message and ends, sometimes by a fault. */
export const mayfly = ({ threads }: Place): Behavior<Item> =>
  setup((ctx) => {
    const book = Book.at(ctx, threads);
    ctx.receptionist.register(MAYFLIES, ctx.self);
    return receive(({ way, seq }) => {
      book.handledByAny(way);
      if (seq % 5 !== 0) return stopped;
      book.add(0, "crashes");
      throw new Error("the soak has it fail");
    });
  });

export type GaugeMessage =
  | { readonly type: "Look"; readonly replyTo: ActorRef<Gauged> }
  | { readonly type: "Explode" }
  | Listing<Item>;

export interface Gauged {
  readonly heapMb: number;
  readonly threadId: number;
  /** Mayflies that the receptionist of this thread knows. */
  readonly listed: number;
}

/** Measures its thread, and ends it by an error outside any actor when told to. */
export const gauge = ({ thread, threads }: Place): Behavior<GaugeMessage> =>
  setup((ctx: ActorContext<GaugeMessage>) => {
    const book = Book.at(ctx, threads);
    ctx.receptionist.subscribe(MAYFLIES, ctx.self);
    return receive((message) => {
      switch (message.type) {
        case "Look": {
          collectGarbage();
          const heapMb = process.memoryUsage().heapUsed / 2 ** 20;
          const listed = ctx.receptionist.find(MAYFLIES).length;
          message.replyTo.tell({ heapMb, threadId, listed });
          return same;
        }
        case "Explode":
          setImmediate(() => {
            throw new Error("the soak ends this thread");
          });
          return same;
        case "Listing":
          book.add(thread, "listings");
          return same;
      }
    });
  });
