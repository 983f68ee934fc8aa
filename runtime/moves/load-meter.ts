/** What a thread tells the balancer: how long it was busy, and with which of the actors that may move. */
import type { SystemCore } from "../actor-system.ts";
import { LOAD_ACTORS_MAX } from "../limits.ts";
import type { ThreadGateway } from "../remote/thread-gateway.ts";

export interface Load {
  /** Monotonic ms of this thread, and those of them spent on actors, both since its start. */
  readonly atMs: number;
  readonly busyMs: number;
  /** Messages since the last report: of all guests, and of the busiest that may move. */
  readonly handled: number;
  readonly actors: readonly { readonly path: string; readonly handled: number }[];
}

export class LoadMeter {
  readonly #system: SystemCore;
  readonly #gateway: ThreadGateway;
  /** Of the guests at the last report, by number. */
  #processed = new Map<number, number>();

  constructor(system: SystemCore, gateway: ThreadGateway) {
    this.#system = system;
    this.#gateway = gateway;
  }

  report(): Load {
    const processed = new Map<number, number>();
    const actors: { path: string; handled: number }[] = [];
    let all = 0;
    for (const guest of this.#gateway.guests.all()) {
      const { processed: total } = guest.info();
      processed.set(guest.number, total);
      const before = this.#processed.get(guest.number);
      const handled = before === undefined ? 0 : Math.max(0, total - before);
      all += handled;
      if (handled === 0 || guest.spec.placement !== "any" || guest.immovable()) continue;
      actors.push({ path: guest.path, handled });
    }
    this.#processed = processed;
    actors.sort((a, b) => b.handled - a.handled);
    return {
      atMs: this.#system.clock.monotonicMs(),
      busyMs: this.#system.dispatcher.busyMs,
      handled: all,
      actors: actors.slice(0, LOAD_ACTORS_MAX),
    };
  }
}
