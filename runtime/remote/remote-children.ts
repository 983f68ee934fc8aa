/**
 * Children that actors here have on other threads: where one is to live, its spawning there, and what
 * becomes of it when that thread is lost.
 *
 *   spawn ──Spawn──▶ thread … thread lost ──▶ Failed to the parent ──▶ Halt, Start ──▶ Spawn on the fresh one
 */
import type { ActorCell } from "../cell/actor-cell.ts";
import { MycelError } from "../errors.ts";
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
    const workers = this.#livingWorkers();
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

  /** A child of this thread moves to another. */
  adopt(
    parent: ActorCell<never>,
    { spec, number }: ActorCell<never>,
    thread: number,
    signals: readonly SystemMessage[],
  ): RemoteChild {
    const child = new RemoteChild(this.#gateway, parent, spec, thread, number);
    child.asked = signals.findLast(({ type }) => type === "Stop" || type === "Halt");
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
        this.#end(child, undefined);
        return;
      case "Start":
        this.#restart(child);
        return;
      case "Watch":
        message.watcher.signal({ type: "Terminated", ref: child, cause: undefined });
        return;
      default:
        return;
    }
  }

  /** All that lived there fail with one cause, by which their parents know that it is one loss. */
  threadLost(isLost: (child: RemoteChild) => boolean, cause: MycelError): void {
    for (const child of [...this.#children.values()]) if (isLost(child)) this.#lose(child, cause);
  }

  actorLost(number: number, cause: MycelError): void {
    const child = this.#children.get(number);
    if (child !== undefined) this.#lose(child, cause);
  }

  threadReady(): void {
    for (const child of this.#children.values()) if (child.waitsForThread) this.#restart(child);
  }

  /** Where its spec has it; one that may live on any worker goes to another at once. */
  #restart(child: RemoteChild): void {
    const isAnywhere = child.spec.placement === "any";
    const thread = this.threadFor(child.spec);
    child.waitsForThread = isAnywhere
      ? this.#livingWorkers().length === 0
      : this.#gateway.isLost(thread);
    if (child.waitsForThread) return;
    const { locations, moves } = this.#gateway;
    const { number } = child;
    // Where it has always lived all others look for it; a move begun before the loss must not count there.
    if (thread === child.home && locations.get(number) === undefined) {
      locations.enter(number, {
        thread,
        version: locations.nextGeneration(number),
        from: undefined,
      });
    } else moves.relocate(number, thread);
    this.#spawnAfar(child);
  }

  #livingWorkers(): readonly number[] {
    const { threads } = this.#gateway;
    return threads.filter((thread) => thread !== 0 && !this.#gateway.isLost(thread));
  }

  #end(child: RemoteChild, cause: MycelError | undefined): void {
    this.forget(child.number);
    this.#gateway.moves.ended(child.number);
    child.parent.signal({ type: "Ended", child, cause });
  }

  #spawnAfar(child: RemoteChild): void {
    child.lost = false;
    child.waitsForThread = false;
    const { number, parent } = child;
    const spec = toCrossingSpec(child.spec);
    const version = this.#gateway.locations.get(number)?.version ?? 0;
    const { guests, outgoing } = this.#gateway;
    if (child.thread === this.#gateway.thread) {
      guests.spawn(number, version, parent, spec);
      return;
    }
    const order = { type: "Spawn", number, version, parent, spec } as const;
    // Found out only when there is room on the way, it would leave a child that never answers.
    if (!outgoing.canCross(order)) {
      const { path } = child;
      throw new MycelError("E_INPUT", `The spec of ${path} is not plain data, or too large.`, {
        path,
      });
    }
    outgoing.say(child.thread, order);
  }

  #lose(child: RemoteChild, cause: MycelError): void {
    if (child.lost) return;
    child.lost = true;
    child.waitsForThread = false;
    if (child.asked !== undefined) this.signalLost(child, child.asked);
    else if (child.spec.restart === "temporary") {
      this.#end(child, cause);
    } else {
      child.parent.signal({ type: "Failed", child, exit: "fault", cause });
    }
  }
}
