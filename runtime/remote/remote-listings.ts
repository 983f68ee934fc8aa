/**
 * The receptionist across threads: each thread enters its own actors and tells all others.
 *
 *   register ──an actor here──▶ Listed to all threads ──▶ entered in their copies
 *          └──an actor elsewhere──▶ Listed to its thread ──▶ registered there, which tells all
 */
import type { SystemCore } from "../actor-system.ts";
import { ActorCell } from "../cell/actor-cell.ts";
import { Nobody } from "../nobody.ts";
import type { Announcer } from "../receptionist.ts";
import type { SystemRef } from "../system-messages.ts";
import type { ListingMessage } from "./gateway-messages.ts";
import { RemoteRef } from "./remote-ref.ts";
import type { ThreadGateway } from "./thread-gateway.ts";

export class RemoteListings implements Announcer {
  readonly #system: SystemCore;
  readonly #gateway: ThreadGateway;

  constructor(system: SystemCore, gateway: ThreadGateway) {
    this.#system = system;
    this.#gateway = gateway;
  }

  announce(change: "Listed" | "Unlisted", key: string, ref: SystemRef): void {
    if (ref instanceof Nobody) return;
    const { numbers, outgoing, thread } = this.#gateway;
    if (ref instanceof RemoteRef && ref.thread === thread) {
      const { receptionist } = this.#system;
      numbers.tell(ref.number, { type: change, key }, (found) => {
        if (!(found instanceof ActorCell)) return false;
        if (change === "Listed") receptionist.register({ id: key }, found);
        else receptionist.deregister({ id: key }, found);
        return true;
      });
      return;
    }
    // An actor elsewhere is entered by its own thread, which then tells all.
    const threads = ref.thread === thread ? this.#gateway.otherThreads() : [ref.thread];
    for (const each of threads) outgoing.say(each, { type: change, key, ref });
  }

  subscribeAfar(key: string, subscriber: SystemRef): void {
    const { numbers, outgoing, thread } = this.#gateway;
    if (subscriber instanceof RemoteRef && subscriber.thread === thread) {
      numbers.tell(subscriber.number, { type: "Subscribe", key }, (found) => {
        if (found instanceof ActorCell) this.#system.receptionist.subscribe({ id: key }, found);
        return true;
      });
    } else if (subscriber.thread !== thread && subscriber.thread >= 0) {
      outgoing.say(subscriber.thread, { type: "Subscribe", key, ref: subscriber });
    }
  }

  onMessage(from: number, { type, key, ref }: ListingMessage): void {
    const { receptionist } = this.#system;
    const isItsOwn = ref.thread === from;
    if (type === "Subscribe") receptionist.subscribe({ id: key }, ref);
    else if (type === "Listed") {
      if (isItsOwn) receptionist.add(key, ref);
      else receptionist.register({ id: key }, ref);
    } else if (isItsOwn) receptionist.remove(key, ref);
    else receptionist.deregister({ id: key }, ref);
  }

  /** A fresh thread hears of all that is entered here. */
  threadReady(thread: number): void {
    for (const [key, ref] of this.#system.receptionist.entries()) {
      if (ref.thread !== this.#gateway.thread) continue;
      this.#gateway.outgoing.say(thread, { type: "Listed", key, ref });
    }
  }
}
