/** Through the public API, with supervision, bounded mailboxes and metrics on, as a node has them. */
import { createActorSystem } from "../../runtime/actor-system.ts";
import { type Behavior, receive, setup } from "../../runtime/behavior.ts";
import type { ChildSpec } from "../../runtime/supervisor.ts";
import { FAILS_AT_ONCE } from "../failing.ts";
import type { OnMessage, Parent, Side, Told } from "./program.ts";

export class OurSide implements Side {
  readonly #system = createActorSystem({ node: "bench", supervision: FAILS_AT_ONCE });

  constructor() {
    // Unhandled on purpose: this process ends, and whoever awaits its answer learns of it.
    void this.#system.terminated.then(({ cause }) => {
      if (cause !== undefined) throw cause;
    });
  }

  actor<M>(id: string, begin: (self: Parent) => OnMessage<M>): Told<M> {
    let children = 0;
    const start = (): Behavior<M> =>
      setup((ctx) => {
        return receive(
          begin({
            children: <C>(beginChild: () => OnMessage<C>) => {
              const startChild = () => receive(beginChild());
              return () => ctx.spawn<C>(specOf(`${children++}`, startChild));
            },
          }),
        );
      });
    return this.#system.spawn(specOf(id, start));
  }

  run(): void {}

  end(): Promise<void> {
    return this.#system.shutdown();
  }
}

/** As many places as the bare loop has. */
const MAILBOX = { capacity: 1_024, overflow: "backpressure" } as const;

const specOf = <M>(id: string, start: () => Behavior<M>): ChildSpec<M> => ({
  id,
  start,
  restart: "transient",
  shutdownMs: 60_000,
  mailbox: MAILBOX,
});
