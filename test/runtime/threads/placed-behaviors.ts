/** Behaviors for the tests of a node with worker threads, each built on the thread it is placed on. */
import { threadId } from "node:worker_threads";
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup, stopped } from "../../../runtime/behavior.ts";
import { type Listing, serviceKey } from "../../../runtime/receptionist.ts";
import { type ChildSpec, type Placement, placed } from "../../../runtime/supervisor.ts";
import { fillRecord, recordFault } from "./record-stream.ts";

const MODULE = import.meta.url;

/** A permanent child whose behavior is an export of this file. */
export const childSpec = <C>(
  id: string,
  name: string,
  placement: Placement,
  options: unknown = {},
  more: Partial<ChildSpec<C>> = {},
): ChildSpec<C> => ({
  id,
  start: placed<C>(MODULE, name, options),
  restart: "permanent",
  shutdownMs: 2_000,
  placement,
  ...more,
});

export interface Answer {
  readonly value: unknown;
  /** `threadId` of `node:worker_threads` where the actor runs, 0 on the main thread. */
  readonly threadId: number;
  /** Messages this incarnation has handled. */
  readonly handled: number;
}

export type EchoCommand =
  | { readonly type: "Echo"; readonly value: unknown; readonly replyTo: ActorRef<Answer> }
  | { readonly type: "Throw" }
  | { readonly type: "Stop" }
  /** Takes the whole thread down. */
  | { readonly type: "Exit" }
  | { readonly type: "Hang" };

export const echo = (): Behavior<EchoCommand> =>
  setup(() => {
    let handled = 0;
    return receive((message) => {
      handled += 1;
      switch (message.type) {
        case "Echo":
          message.replyTo.tell({ value: message.value, threadId, handled });
          return same;
        case "Throw":
          throw new Error("asked to throw");
        case "Stop":
          return stopped;
        case "Exit":
          process.exit(5);
          return same;
        case "Hang":
          for (;;);
      }
    });
  });

export interface Tally {
  readonly count: number;
  readonly fault: string | undefined;
  readonly threadId: number;
}

export type SinkCommand =
  | { readonly type: "Item"; readonly sequence: number }
  | { readonly type: "GetTally"; readonly replyTo: ActorRef<Tally> };

/** Takes a stream of byte records and objects and checks that none is missing, damaged or misplaced. */
export const sink = (): Behavior<SinkCommand> =>
  setup(() => {
    let count = 0;
    let fault: string | undefined;
    return receive(
      (message) => {
        if (message.type === "GetTally") {
          message.replyTo.tell({ count, fault, threadId });
        } else {
          if (message.sequence !== count) fault ??= `item ${count}: ${message.sequence}`;
          count += 1;
        }
        return same;
      },
      {
        onBytes(bytes, start, end, tag, atMs) {
          if (tag !== count || atMs !== count / 2) fault ??= `record ${count}: ${tag}`;
          fault ??= recordFault(count, bytes, start, end);
          count += 1;
          return same;
        },
      },
    );
  });

export interface SourceOptions {
  readonly to: ActorRef<SinkCommand>;
  readonly count: number;
  /** Messages a handler sends before it looks after itself again. */
  readonly burst: number;
}

export type SourceCommand = { readonly type: "Go" };

/** Sends the stream as fast as it is let; a refused message is sent again. */
export const source = ({ to, count, burst }: SourceOptions): Behavior<SourceCommand> =>
  setup((ctx) => {
    const record = new Uint8Array(20_000);
    let sequence = 0;
    return receive(() => {
      for (let i = 0; i < burst && sequence < count; i += 1) {
        const sent =
          sequence % 10 === 9
            ? to.tell({ type: "Item", sequence })
            : to.tellBytes(record, 0, fillRecord(sequence, record), sequence, sequence / 2);
        if (!sent) {
          ctx.startTimer("again", { type: "Go" }, 1);
          return same;
        }
        sequence += 1;
      }
      if (sequence < count) ctx.self.tell({ type: "Go" });
      return same;
    });
  });

export type Heard =
  | { readonly type: "Heard"; readonly path: string; readonly withCause: boolean }
  | { readonly type: "HeardList"; readonly paths: readonly string[] };

export interface WatcherOptions {
  readonly watched: ActorRef<never>;
  readonly tell: ActorRef<Heard>;
}

/** Watches an actor and tells of its end. */
export const watcher = ({ watched, tell }: WatcherOptions): Behavior<never> =>
  setup((ctx) => {
    ctx.watch(watched);
    return receive(() => same, {
      onSignal(signal) {
        if (signal.type === "Terminated") {
          tell.tell({
            type: "Heard",
            path: signal.ref.path,
            withCause: signal.cause !== undefined,
          });
        }
        return same;
      },
    });
  });

export const ECHO_SERVICE = serviceKey<EchoCommand>("test.echo");

/** An echo that offers itself to all threads. */
export const listedEcho = (): Behavior<EchoCommand> =>
  setup((ctx) => {
    ctx.receptionist.register(ECHO_SERVICE, ctx.self);
    return echo();
  });

/** Tells of each change of the list of echoes, as its thread sees it. */
export const listener = ({
  tell,
}: {
  readonly tell: ActorRef<Heard>;
}): Behavior<Listing<EchoCommand>> =>
  setup((ctx) => {
    ctx.receptionist.subscribe(ECHO_SERVICE, ctx.self);
    return receive((listing) => {
      tell.tell({ type: "HeardList", paths: listing.refs.map((ref) => ref.path).sort() });
      return same;
    });
  });

export type ParentCommand =
  | {
      readonly type: "Spawn";
      readonly id: string;
      readonly placement: Placement;
      readonly replyTo: ActorRef<ActorRef<EchoCommand>>;
    }
  | { readonly type: "StopChild"; readonly id: string };

/** Spawns echoes wherever it is told to. */
export const parent = (): Behavior<ParentCommand> =>
  setup((ctx) =>
    receive((message) => {
      if (message.type === "Spawn") {
        const spec = childSpec<EchoCommand>(message.id, "echo", message.placement);
        message.replyTo.tell(ctx.spawn(spec));
      } else {
        const child = ctx.child(message.id);
        if (child !== undefined) ctx.stop(child);
      }
      return same;
    }),
  );
