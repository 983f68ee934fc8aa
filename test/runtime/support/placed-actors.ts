/** Behaviors that tests place on other threads, by module and name. */
import assert from "node:assert/strict";
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup, stopped } from "../../../runtime/behavior.ts";
import type { ChildSpec } from "../../../runtime/supervisor.ts";

export type EchoCommand =
  | { readonly type: "Say"; readonly text: string; readonly replyTo: ActorRef<string> }
  | { readonly type: "Fail" }
  | { readonly type: "End" };

/** Says what it is told, with how many it has said since its last start. */
export const echo = (): Behavior<EchoCommand> =>
  setup(() => {
    let said = 0;
    return receive((message) => {
      switch (message.type) {
        case "Say":
          said += 1;
          message.replyTo.tell(`${message.text} ${said}`);
          return same;
        case "Fail":
          throw new Error("told to fail");
        case "End":
          return stopped;
      }
    });
  });

/** Tells `to` all it gets: messages as they are, bytes as their length and tag. */
export const forwarder = ({ to }: { to: ActorRef<unknown> }): Behavior<unknown> =>
  receive(
    (message) => {
      to.tell(message);
      return same;
    },
    {
      onBytes: (_bytes, start, end, tag) => {
        to.tell({ length: end - start, tag });
        return same;
      },
    },
  );

/** Sends `count` numbers to `to` as fast as it may, then `done`. */
export const flooder = ({ to, count }: { to: ActorRef<number>; count: number }): Behavior<"go"> =>
  setup((ctx) => {
    let next = 0;
    return receive((message) => {
      for (let burst = 0; burst < 8 && next < count; burst += 1) {
        if (!to.tell(next)) break;
        next += 1;
      }
      if (next < count) ctx.self.tell(message);
      return same;
    });
  });

/** Tells a message to whoever is at a path. */
export const pathTeller = (): Behavior<{ readonly path: string; readonly message: unknown }> =>
  setup((ctx) =>
    receive(({ path, message }) => {
      ctx.refAt<unknown>(path).tell(message);
      return same;
    }),
  );

/** Tells `to` the last signal it gets. */
export const mourner = ({ to }: { to: ActorRef<string> }): Behavior<never> =>
  receive(() => same, {
    onSignal: ({ type }) => {
      to.tell(type);
      return same;
    },
  });

/** Starts children, `specs` being plain data, and does nothing else. */
export const family = ({ specs }: { specs: readonly ChildSpec<never>[] }): Behavior<never> =>
  setup((ctx) => {
    for (const spec of specs) ctx.spawn(spec);
    return receive(() => same);
  });

/** Tells `to` its last signal, and holds its end for ever. */
export const clinger = ({ to }: { to: ActorRef<string> }): Behavior<never> =>
  setup((ctx) =>
    receive(() => same, {
      onSignal: ({ type }) => {
        to.tell(type);
        const never = (): never => assert.fail("the promise never settles");
        ctx.pipeToSelf(new Promise<never>(() => {}), never, never);
        return same;
      },
    }),
  );

/** Passes each number on to `to`, three times over, as long as it is above 0. */
export const multiplier = (): Behavior<number | { readonly to: ActorRef<number> }> =>
  setup(() => {
    let to: ActorRef<number> | undefined;
    return receive((message) => {
      if (typeof message === "object") to = message.to;
      else if (message > 0) for (let i = 0; i < 3; i += 1) to?.tell(message - 1);
      return same;
    });
  });

export type ObserverCommand =
  | { readonly ref: ActorRef<never> }
  | { readonly replyTo: ActorRef<readonly string[]> };

/** Watches whom it is told of, and answers with the paths of those that have ended. */
export const observer = (): Behavior<ObserverCommand> =>
  setup((ctx) => {
    const ended: string[] = [];
    return receive(
      (message) => {
        if ("ref" in message) ctx.watch(message.ref);
        else message.replyTo.tell(ended);
        return same;
      },
      {
        onSignal: (signal) => {
          if (signal.type === "Terminated") ended.push(signal.ref.path);
          return same;
        },
      },
    );
  });

export interface PourerOptions {
  readonly to: ActorRef<number>;
  readonly report: ActorRef<number>;
  /** Of each message, told as bytes; 0: told as its number. */
  readonly bytes?: number;
}

/** Tells `to` so many numbers in one handler, and `report` how many were taken. */
export const pourer = ({ to, report, bytes = 0 }: PourerOptions): Behavior<number> =>
  receive((count) => {
    const payload = new Uint8Array(bytes);
    let taken = 0;
    for (let i = 0; i < count; i += 1) {
      const isTaken = bytes > 0 ? to.tellBytes(payload, 0, bytes, i, 0) : to.tell(i);
      if (isTaken) taken += 1;
    }
    report.tell(taken);
    return same;
  });

/** Passes numbers on with a tag. */
export const tagger = ({ to, tag }: { to: ActorRef<unknown>; tag: number }): Behavior<number> =>
  receive((number) => {
    to.tell([tag, number]);
    return same;
  });

/** Takes one message and then, for a long time, none. */
export const deaf = (): Behavior<unknown> =>
  setup((ctx) =>
    receive(() => {
      const nothing = () => "nothing";
      ctx.askAndHold(ctx.refAt("mycel://sim/user/nobody"), nothing, 10_000_000, nothing, nothing);
      return same;
    }),
  );
