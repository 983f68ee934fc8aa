/**
 * Children that actors here have on other threads: where one is to live, its spawning there, and what
 * becomes of it when that thread is lost.
 *
 *   spawn ──Spawn──▶ thread … thread lost ──▶ Failed to the parent ──▶ Halt, Start ──▶ Spawn on the fresh one
 */
import type { ActorCell } from "../cell/actor-cell.ts";
import type { MycelError } from "../errors.ts";
import { invariant } from "../invariant.ts";
import type { ChildSpec } from "../supervisor.ts";
import type { SystemMessage } from "../system-messages.ts";
import { toCrossingSpec } from "./gateway-messages.ts";
import { actorKind } from "./receiver-kind.ts";
import { RemoteChild } from "./remote-ref.ts";
import type { ThreadGateway } from "./thread-gateway.ts";

export class RemoteChildren {
  readonly #gateway: ThreadGateway;
  /** By number. */
  readonly #children = new Map<number, RemoteChild>();
  /** Turns, for `placement: "any"`. */
  #nextWorker = 0;

  constructor(gateway: ThreadGateway) {
    this.#gateway = gateway;
  }

  get(number: number): RemoteChild | undefined {
    return this.#children.get(number);
  }

  forget(number: number): void {
    this.#children.delete(number);
  }

  /** Where a child of this spec is to live. */
  threadFor({ id, start, placement = "parent" }: ChildSpec<never>): number {
    const self = this.#gateway.thread;
    if (placement === "parent") return self;
    if (typeof start === "function") {
      const elsewhere = typeof placement === "object" ? placement.thread !== self : self !== 0;
      invariant(placement === "any" || !elsewhere, `${id} is given by module to live elsewhere`);
      return self;
    }
    if (placement === "main") return 0;
    if (placement !== "any") {
      const exists = this.#gateway.threads.includes(placement.thread);
      invariant(exists, `${id} is placed on a thread that exists`);
      return placement.thread;
    }
    const workers = this.#gateway.threads.filter(
      (thread) => thread !== 0 && !this.#gateway.isLost(thread),
    );
    this.#nextWorker += 1;
    return workers[(this.#nextWorker - 1) % workers.length] ?? self;
  }

  spawn(parent: ActorCell<never>, spec: ChildSpec<never>, thread: number): RemoteChild {
    const number = this.#gateway.numbers.next(actorKind(spec.mailbox));
    const child = new RemoteChild(this.#gateway, parent, spec, thread, number);
    if (this.#gateway.isLost(thread)) child.lost = child.waitsForThread = true;
    else this.#spawnAfar(child);
    this.#children.set(number, child);
    return child;
  }

  /** What a child on a lost thread would answer. */
  signalLost(child: RemoteChild, message: SystemMessage): void {
    switch (message.type) {
      case "Halt":
        child.parent.signal({ type: "Halted", child });
        return;
      case "Stop":
        this.forget(child.number);
        child.parent.signal({ type: "Ended", child, cause: undefined });
        return;
      case "Start":
        child.waitsForThread = true;
        if (!this.#gateway.isLost(child.thread)) this.#spawnAfar(child);
        return;
      case "Watch":
        message.watcher.signal({ type: "Terminated", ref: child, cause: undefined });
        return;
      default:
        return;
    }
  }

  /** All that lived there fail with one cause, by which their parents know that it is one loss. */
  threadLost(thread: number, cause: MycelError): void {
    for (const child of [...this.#children.values()]) {
      if (child.thread === thread) this.#lose(child, cause);
    }
  }

  threadReady(thread: number): void {
    for (const child of this.#children.values()) {
      if (child.thread === thread && child.waitsForThread) this.#spawnAfar(child);
    }
  }

  #spawnAfar(child: RemoteChild): void {
    child.lost = false;
    child.waitsForThread = false;
    const { number, parent } = child;
    const spec = toCrossingSpec(child.spec);
    this.#gateway.say(child.thread, { type: "Spawn", number, parent, spec });
  }

  #lose(child: RemoteChild, cause: MycelError): void {
    child.lost = true;
    child.waitsForThread = false;
    if (child.asked !== undefined) this.signalLost(child, child.asked);
    else if (child.spec.restart === "temporary") {
      this.forget(child.number);
      child.parent.signal({ type: "Ended", child, cause });
    } else {
      child.parent.signal({ type: "Failed", child, exit: "fault", cause });
    }
  }
}
