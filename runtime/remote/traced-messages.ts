/**
 * Messages that are part of a trace, as they cross: with their cause, as a message to the other gateway,
 * in the lane they would have had, so that the order holds.
 *
 *   tell ──Traced, cause──▶ gateway there ──within the cause──▶ Incoming.onMessage ──▶ cell
 *
 * One that will not arrive ends the trace's hop, with the reason.
 */
import type { SystemCore } from "../actor-system.ts";
import { recordBytes } from "../byte-ring.ts";
import { BYTES_LETTER } from "../dead-letters.ts";
import { messageType } from "../message-type.ts";
import { LANE } from "../threads/thread-port.ts";
import type { Cause, HopOutcome } from "../watching/tracing.ts";
import { GATEWAY, type TracedMessage, toGateway } from "./gateway-messages.ts";
import { laneTo } from "./receiver-kind.ts";
import type { RemoteRef } from "./remote-ref.ts";
import type { ThreadGateway } from "./thread-gateway.ts";

export class TracedMessages {
  readonly #system: SystemCore;
  readonly #gateway: ThreadGateway;

  constructor(system: SystemCore, gateway: ThreadGateway) {
    this.#system = system;
    this.#gateway = gateway;
  }

  tell(ref: RemoteRef, message: unknown, cause: Cause): boolean {
    const { path, number } = ref;
    return this.#send(ref, { type: "Traced", path, number, message, cause }, 0);
  }

  tellBytes(ref: RemoteRef, bytes: Uint8Array, tag: number, atMs: number, cause: Cause): boolean {
    const { path, number } = ref;
    const out = { type: "TracedBytes", path, number, bytes, tag, atMs, cause } as const;
    return this.#send(ref, out, recordBytes(bytes.length));
  }

  onMessage(from: number, traced: TracedMessage): void {
    this.#system.tracing.arrive(traced.cause, () => this.#arrive(from, traced));
  }

  /** `bytes` is what it will take of a byte ring. */
  #send(ref: RemoteRef, out: TracedMessage, bytes: number): boolean {
    const { outgoing } = this.#gateway;
    const { credit } = outgoing;
    if (outgoing.needsCredit(ref)) {
      const at = toGateway(ref.path);
      const isTaken = credit.tell(ref, ref.thread, at, out, bytes);
      if (!isTaken) this.#end(out, "refused");
      return isTaken;
    }
    const outbox = outgoing.outbox(ref.thread);
    const sent = credit.maySend(outbox)
      ? outbox.send(laneTo(ref.kind), toGateway(ref.path), out)
      : undefined;
    if (sent === undefined || sent === "refused" || sent === "noRoom") {
      this.#end(out, sent === "refused" ? "cannotCross" : "refused");
    }
    return sent !== undefined && credit.afterSending(sent, ref.thread);
  }

  #arrive(from: number, traced: TracedMessage): void {
    const { incoming, numbers } = this.#gateway;
    const { number } = traced;
    const isNobody = number !== GATEWAY.number && numbers.get(number) === undefined;
    if (isNobody && !numbers.mayComeYet(from, number)) this.#end(traced, "stopped");
    if (traced.type === "Traced") incoming.onMessage(from, LANE.data, number, traced.message);
    else {
      const { bytes, tag, atMs } = traced;
      incoming.onBytes(from, number, bytes, 0, bytes.length, tag, atMs);
    }
  }

  #end(traced: TracedMessage, outcome: HopOutcome): void {
    const type = messageType(traced.type === "Traced" ? traced.message : BYTES_LETTER);
    this.#system.tracing.lost(traced.cause, traced.path, type, outcome);
  }
}
