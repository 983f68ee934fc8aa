/**
 * What arrives from other threads, and finds its receiver by its number.
 *
 *   ThreadPort.drain ──▶ number 0: GatewayInbox
 *                    ──▶ system lane: RemoteSignals
 *                    ──▶ an actor's: its cell   on its way here: Arrivals   not heard of yet: held
 *
 * The sender has gone on: what there is no room for becomes a dead letter here.
 */
import type { SystemCore } from "../actor-system.ts";
import { recordBytes } from "../byte-ring.ts";
import { ActorCell } from "../cell/actor-cell.ts";
import { BYTES_LETTER } from "../dead-letters.ts";
import { ByteMessage } from "../mailbox.ts";
import type { Arrivals } from "../moves/arrivals.ts";
import type { SystemMessage } from "../system-messages.ts";
import { LANE, type Lane, type ThreadReceiver } from "../threads/thread-port.ts";
import type { ActorNumbers, Numbered } from "./actor-numbers.ts";
import type { GatewayInbox } from "./gateway-inbox.ts";
import { fromCrossing, GATEWAY, type GatewayMessage } from "./gateway-messages.ts";
import type { LentCredit } from "./lent-credit.ts";
import { RECEIVER, receiverKind } from "./receiver-kind.ts";
import type { RemoteSignals } from "./remote-signals.ts";
import type { ThreadGateway } from "./thread-gateway.ts";

export class Incoming implements ThreadReceiver {
  readonly #system: SystemCore;
  readonly #numbers: ActorNumbers;
  readonly #arrivals: Arrivals;
  readonly #lent: LentCredit;
  readonly #signals: RemoteSignals;
  readonly #inbox: GatewayInbox;

  constructor(system: SystemCore, { numbers, moves, lent, signals, inbox }: ThreadGateway) {
    this.#system = system;
    this.#numbers = numbers;
    this.#arrivals = moves.arrivals;
    this.#lent = lent;
    this.#signals = signals;
    this.#inbox = inbox;
  }

  onMessage(from: number, lane: Lane, target: number, message: unknown): void {
    if (target === GATEWAY.number) this.#inbox.onMessage(from, message as GatewayMessage);
    else if (lane === LANE.system) {
      this.#signals.onSignal(from, target, fromCrossing(message as SystemMessage));
    } else {
      const arrivals = this.#arrivals;
      if (arrivals.count > 0 && arrivals.takeLetter(from, target, message)) return;
      const to = this.#numbers.get(target);
      if (to === undefined) this.#hold(from, target, message);
      else this.#arrive(from, to, message);
    }
  }

  onBytes(
    from: number,
    target: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
  ): void {
    const arrivals = this.#arrivals;
    if (arrivals.count > 0 && arrivals.has(from, target)) {
      const letter = new ByteMessage(bytes.slice(start, end), tag, atMs);
      arrivals.takeLetter(from, target, letter);
      return;
    }
    const to = this.#numbers.get(target);
    if (to === undefined) this.#holdBytes(from, target, bytes.slice(start, end), tag, atMs);
    else this.#arriveBytes(from, to, bytes, start, end, tag, atMs);
  }

  onDamaged(from: number, target: number, cause: unknown): void {
    this.#system.log.error({ err: cause, from }, "a message from another thread cannot be read");
    const to = { path: `actor number ${target}` };
    this.#system.deadLetters.put({ type: "Damaged", from }, to, "damaged");
  }

  /** True: what there is no room for leaves its dead letter itself. */
  #arrive(from: number, to: Numbered, message: unknown): true {
    if (!(to instanceof ActorCell)) to.tell(message as never);
    else {
      to.arrive(message as never);
      if (receiverKind(to.number) === RECEIVER.pushesBack) this.#lent.arrived(from, to, 0);
    }
    return true;
  }

  #arriveBytes(
    from: number,
    to: Numbered,
    bytes: Uint8Array,
    start: number,
    end: number,
    tag: number,
    atMs: number,
  ): true {
    if (!(to instanceof ActorCell)) to.tellBytes();
    else {
      to.arriveBytes(bytes, start, end, tag, atMs);
      if (receiverKind(to.number) === RECEIVER.pushesBack) {
        this.#lent.arrived(from, to, recordBytes(end - start));
      }
    }
    return true;
  }

  // Apart from their callers, which would else make room for what these closures keep with each message.

  #hold(from: number, target: number, message: unknown): void {
    const deliver = (found: Numbered) => this.#arrive(from, found, message);
    this.#numbers.holdMessage(from, target, message, this.#system.tracing.held(deliver));
  }

  #holdBytes(from: number, target: number, copy: Uint8Array, tag: number, atMs: number): void {
    const deliver = (found: Numbered) =>
      this.#arriveBytes(from, found, copy, 0, copy.length, tag, atMs);
    this.#numbers.holdMessage(from, target, BYTES_LETTER, this.#system.tracing.held(deliver));
  }
}
