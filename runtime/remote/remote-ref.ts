/**
 * Refs to actors of other threads: they write into the way to that thread what a cell would put into
 * its mailbox.
 */
import type { ActorCell } from "../cell/actor-cell.ts";
import type { Child } from "../supervision.ts";
import type { ChildSpec } from "../supervisor.ts";
import type { SystemMessage, SystemRef } from "../system-messages.ts";
import { type ReceiverKind, receiverKind } from "./receiver-kind.ts";
import type { ThreadGateway } from "./thread-gateway.ts";

/**
 * An actor by its number, unique on the node. It may even live here: a ref can arrive from a third
 * thread before the order to spawn what it means.
 */
export class RemoteRef implements SystemRef {
  readonly path: string;
  /** Where it lives, if it has never moved. */
  readonly home: number;
  readonly number: number;
  readonly gateway: ThreadGateway;
  readonly kind: ReceiverKind;

  constructor(gateway: ThreadGateway, path: string, home: number, number: number) {
    this.gateway = gateway;
    this.path = path;
    this.home = home;
    this.number = number;
    this.kind = receiverKind(number);
  }

  get thread(): number {
    return this.gateway.locations.threadOf(this.number, this.home);
  }

  get identity(): unknown {
    return this.number;
  }

  tell(message: unknown): boolean {
    return this.gateway.outgoing.tell(this, message);
  }

  tellBytes(bytes: Uint8Array, start: number, end: number, tag: number, atMs: number): boolean {
    return this.gateway.outgoing.tellBytes(this, bytes, start, end, tag, atMs);
  }

  signal(message: SystemMessage): void {
    this.gateway.signals.signal(this, message);
  }

  toJSON(): string {
    return this.path;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return `ActorRef(${this.path} on thread ${this.thread})`;
  }
}

/** A child on another thread, as its parent holds it. */
export class RemoteChild extends RemoteRef implements Child {
  readonly parent: ActorCell<never>;
  readonly spec: ChildSpec<never>;
  place = -1;
  /** Its thread is lost; the next `Start` makes it anew, under the same number, perhaps elsewhere. */
  lost = false;
  /** It is to start as soon as there is a fresh thread. */
  waitsForThread = false;
  /** `Stop`, or a `Halt` not yet followed by `Start`: answered for it if its thread is lost. */
  asked: SystemMessage | undefined = undefined;

  constructor(
    gateway: ThreadGateway,
    parent: ActorCell<never>,
    spec: ChildSpec<never>,
    home: number,
    number: number,
  ) {
    super(gateway, `${parent.path}/${spec.id}`, home, number);
    this.parent = parent;
    this.spec = spec;
  }

  get id(): string {
    return this.spec.id;
  }

  override signal(message: SystemMessage): void {
    if (message.type === "Stop" || message.type === "Halt") this.asked = message;
    else if (message.type === "Start") this.asked = undefined;
    if (this.lost) this.gateway.children.signalLost(this, message);
    else super.signal(message);
  }
}

/** An actor known by its path alone: the thread that owns the path's beginning finds it. */
export class PathRef implements SystemRef {
  readonly path: string;
  readonly #gateway: ThreadGateway;
  readonly #via: { readonly thread: number };

  /** `via` is an actor above it, which may move. */
  constructor(gateway: ThreadGateway, path: string, via: { readonly thread: number }) {
    this.#gateway = gateway;
    this.path = path;
    this.#via = via;
  }

  get thread(): number {
    return this.#via.thread;
  }

  get identity(): unknown {
    return this.path;
  }

  tell(message: unknown): boolean {
    return this.#gateway.outgoing.tellPath(this, { type: "TellPath", path: this.path, message });
  }

  tellBytes(bytes: Uint8Array, start: number, end: number, tag: number, atMs: number): boolean {
    const copy = bytes.slice(start, end);
    return this.#gateway.outgoing.tellPath(this, {
      type: "TellPathBytes",
      path: this.path,
      bytes: copy,
      tag,
      atMs,
    });
  }

  signal(message: SystemMessage): void {
    this.#gateway.signals.signalPath(this, message);
  }

  toJSON(): string {
    return this.path;
  }
}
