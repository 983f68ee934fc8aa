/**
 * System messages between threads: the same that pass between a parent and its child, a watcher and the
 * watched on one thread. Who here watches whom there is written down as they pass.
 *
 *   RemoteRef.signal ──Watch, Unwatch: RemoteWatches──▶ system lane ═══▶ onSignal ──▶ cell
 */
import { ActorCell } from "../cell/actor-cell.ts";
import type { SystemMessage } from "../system-messages.ts";
import { threadLostFault, toCrossing } from "./gateway-messages.ts";
import { type PathRef, RemoteChild, RemoteRef } from "./remote-ref.ts";
import type { ThreadGateway } from "./thread-gateway.ts";

export class RemoteSignals {
  readonly #gateway: ThreadGateway;

  constructor(gateway: ThreadGateway) {
    this.#gateway = gateway;
  }

  signal(ref: RemoteRef, message: SystemMessage): void {
    const { outgoing, thread } = this.#gateway;
    if (ref.thread === thread) this.onSignal(thread, ref.number, message);
    else if (this.#noteWatch(ref, message)) {
      outgoing.sendSystem(ref.thread, ref, toCrossing(message));
    }
  }

  signalPath(ref: PathRef, message: SystemMessage): void {
    if (!this.#noteWatch(ref, message)) return;
    const { path } = ref;
    this.#gateway.outgoing.say(ref.thread, {
      type: "SignalPath",
      path,
      message: toCrossing(message),
    });
  }

  onSignal(from: number, target: number, message: SystemMessage): void {
    const { children, numbers, thread, watches } = this.#gateway;
    if (message.type === "Ended" && message.child instanceof RemoteChild) {
      children.forget(message.child.number);
    }
    const to = numbers.get(target);
    if (to instanceof ActorCell) {
      if (message.type === "Terminated") watches.remove(message.ref, to);
      to.signal(message);
    } else if (message.type === "Watch") {
      const { watcher } = message;
      const ref = new RemoteRef(this.#gateway, "", thread, target);
      const tell = () => watcher.signal({ type: "Terminated", ref, cause: undefined });
      if (!numbers.mayComeYet(from, target)) tell();
      else numbers.hold(target, () => this.onSignal(thread, target, message), tell);
    }
  }

  /** Keeps account of who here watches whom there; false when the answer is known here. */
  #noteWatch(ref: RemoteRef | PathRef, message: SystemMessage): boolean {
    const { watches } = this.#gateway;
    if (message.type === "Unwatch") watches.remove(ref, message.watcher);
    if (message.type !== "Watch") return true;
    const { watcher } = message;
    if (this.#gateway.isLost(ref.thread)) {
      watcher.signal({ type: "Terminated", ref, cause: threadLostFault(ref.thread) });
      return false;
    }
    if (watcher instanceof ActorCell) watches.add(ref, watcher);
    return true;
  }
}
