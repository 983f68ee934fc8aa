/**
 * What leaves this thread: messages to actors elsewhere and what gateways say to each other, each over
 * the outbox of the thread it goes to.
 *
 *   RemoteRef.tell ──credit? room?──▶ Outbox ──▶ ThreadPort ═══▶ Incoming of the other thread
 *                └─▶ a mailbox with backpressure: RemoteCredit      traced: TracedMessages
 *
 * An actor may live here although its ref says elsewhere: then its number finds it.
 */
import type { SystemCore } from "../actor-system.ts";
import { BYTES_LETTER } from "../dead-letters.ts";
import type { SystemMessage } from "../system-messages.ts";
import { LANE, type ThreadPort } from "../threads/thread-port.ts";
import type { ActorNumbers, Numbered } from "./actor-numbers.ts";
import { GATEWAY, type GatewayMessage, toGateway } from "./gateway-messages.ts";
import { type Addressee, Outbox } from "./outbox.ts";
import { laneTo, RECEIVER } from "./receiver-kind.ts";
import { RemoteCredit } from "./remote-credit.ts";
import type { PathRef, RemoteRef } from "./remote-ref.ts";
import type { ThreadGateway } from "./thread-gateway.ts";

export class Outgoing {
  readonly credit: RemoteCredit;
  readonly #system: SystemCore;
  readonly #gateway: ThreadGateway;
  readonly #numbers: ActorNumbers;
  readonly #port: ThreadPort;
  readonly #thread: number;
  /** By thread number, from the first message to it on. */
  readonly #outboxes: (Outbox | undefined)[] = [];

  constructor(system: SystemCore, gateway: ThreadGateway, numbers: ActorNumbers, port: ThreadPort) {
    this.#system = system;
    this.#gateway = gateway;
    this.#numbers = numbers;
    this.#port = port;
    this.#thread = port.self;
    this.credit = new RemoteCredit(
      system.dispatcher,
      system.timers,
      port.threads.length - 1,
      (thread) => this.outbox(thread),
    );
  }

  // To actors

  tell(ref: RemoteRef, message: unknown): boolean {
    const { thread } = ref;
    if (thread === this.#thread) return this.#tellHere(ref, message);
    const { tracing } = this.#system;
    const cause = tracing.isOn ? tracing.causeTo(ref.path) : undefined;
    if (cause !== undefined) return this.#gateway.traced.tell(ref, message, cause);
    if (this.needsCredit(ref)) return this.credit.tell(ref, thread, ref, message, 0);
    const outbox = this.outbox(thread);
    if (!this.credit.maySend(outbox)) return false;
    return this.credit.afterSending(outbox.send(laneTo(ref.kind), ref, message), thread);
  }

  tellBytes(
    ref: RemoteRef,
    bytes: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
  ): boolean {
    const { thread } = ref;
    if (thread === this.#thread) {
      return this.#tellBytesHere(ref, bytes.slice(start, end), tag, atMs);
    }
    const { tracing } = this.#system;
    const cause = tracing.isOn ? tracing.causeTo(ref.path) : undefined;
    if (cause !== undefined) {
      const copy = bytes.slice(start, end);
      return this.#gateway.traced.tellBytes(ref, copy, tag, atMs, cause);
    }
    if (this.needsCredit(ref)) {
      return this.credit.tellBytes(ref, thread, bytes, start, end, tag, atMs);
    }
    const outbox = this.outbox(thread);
    if (!this.credit.maySend(outbox)) return false;
    const sent = outbox.sendBytes(ref, bytes, start, end, tag, atMs);
    return this.credit.afterSending(sent, thread);
  }

  /** A message to an actor whose thread finds it by its path. */
  tellPath(ref: PathRef, message: GatewayMessage): boolean {
    const { tracing } = this.#system;
    const cause = tracing.isOn ? tracing.causeTo(ref.path) : undefined;
    const out: GatewayMessage =
      cause === undefined ? message : { type: "Traced", ...toGateway(ref.path), message, cause };
    const sent = this.outbox(ref.thread).send(LANE.data, toGateway(ref.path), out);
    return this.credit.afterSending(sent, ref.thread);
  }

  needsCredit(ref: RemoteRef): boolean {
    return ref.kind === RECEIVER.pushesBack && !this.#gateway.isLost(ref.thread);
  }

  sendSystem(thread: number, to: Addressee, message: SystemMessage | GatewayMessage): void {
    if (this.#gateway.isLost(thread)) return;
    this.outbox(thread).send(LANE.system, to, message);
    this.wake();
  }

  // To other gateways

  say(thread: number, message: GatewayMessage): void {
    this.sendSystem(thread, GATEWAY, message);
  }

  sayToAll(message: GatewayMessage): void {
    for (const thread of this.#gateway.otherThreads()) this.say(thread, message);
  }

  /** In every lane, behind all that this thread has sent. */
  mark(thread: number, message: GatewayMessage): void {
    if (this.#gateway.isLost(thread)) return;
    this.outbox(thread).sendMark(GATEWAY, message);
    this.wake();
  }

  canCross(message: GatewayMessage): boolean {
    return this.#port.canCross(message);
  }

  // The outboxes

  /** Sees to it that what is under way goes on. */
  wake(): void {
    this.#system.dispatcher.noteOutgoing();
  }

  /** What waits for room or credit goes as far as there is some. */
  flush(): void {
    const outboxes = this.#outboxes;
    for (let thread = 0; thread < outboxes.length; thread += 1) {
      const outbox = outboxes[thread];
      if (outbox === undefined || outbox.isEmpty) continue;
      if (outbox.flush()) this.credit.roomOnTheWay(thread);
    }
    this.credit.sendOut();
  }

  outbox(thread: number): Outbox {
    return this.#outboxes[thread] ?? this.#newOutbox(thread);
  }

  threadLost(thread: number): void {
    this.#outboxes[thread]?.clear();
    this.#outboxes[thread] = undefined;
    this.credit.threadLost(thread);
  }

  #newOutbox(thread: number): Outbox {
    const outbox = new Outbox(this.#port, thread, this.#system.deadLetters);
    // No holes: the array stays one that is indexed fast.
    while (this.#outboxes.length < thread) this.#outboxes.push(undefined);
    this.#outboxes[thread] = outbox;
    return outbox;
  }

  // Apart from their callers, which would else make room for what these closures keep with each message.

  #tellHere(ref: RemoteRef, message: unknown): boolean {
    return this.#numbers.tell(ref.number, message, (found) => found.tell(message as never));
  }

  #tellBytesHere(ref: RemoteRef, copy: Uint8Array, tag: number, atMs: number): boolean {
    const deliver = (found: Numbered) => found.tellBytes(copy, 0, copy.length, tag, atMs);
    return this.#numbers.tell(ref.number, BYTES_LETTER, deliver);
  }
}
