/** The zones that a hub's leaves report to: asked for once, kept until they end. */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { ZoneCommand } from "../zone/messages.ts";

export class ZoneRefs {
  readonly #ask: (zone: string) => void;
  /** Undefined: asked for, or refused. At most one for each leaf of the hub. */
  readonly #refs = new Map<string, ActorRef<ZoneCommand> | undefined>();

  constructor(ask: (zone: string) => void) {
    this.#ask = ask;
  }

  find(zone: string): ActorRef<ZoneCommand> | undefined {
    const ref = this.#refs.get(zone);
    if (ref === undefined && !this.#refs.has(zone)) {
      this.#refs.set(zone, undefined);
      this.#ask(zone);
    }
    return ref;
  }

  opened(zone: string, ref: ActorRef<ZoneCommand>): void {
    this.#refs.set(zone, ref);
  }

  /** The zone has ended, or nobody answered: the next report asks again. */
  forget(zone: string): void {
    this.#refs.delete(zone);
  }

  ended(path: string): void {
    for (const [zone, ref] of this.#refs) if (ref?.path === path) this.#refs.delete(zone);
  }

  /** Those that were refused may be asked for again. */
  retry(): void {
    for (const [zone, ref] of this.#refs) if (ref === undefined) this.#refs.delete(zone);
  }
}
