/**
 * What other threads' gateways say to this one, addressed to number 0, and who sees to it.
 *
 *   Incoming ──▶ Spawn: Guests          Listed, …: RemoteListings    Credit, …: RemoteCredit
 *            ──▶ …Path: actor found     Traced, …: TracedMessages    moves: MoveOrders, Moves, Balancer
 */
import type { SystemCore } from "../actor-system.ts";
import { ActorCell } from "../cell/actor-cell.ts";
import { BYTES_LETTER } from "../dead-letters.ts";
import { fromCrossing, type GatewayMessage } from "./gateway-messages.ts";
import type { ThreadGateway } from "./thread-gateway.ts";

export class GatewayInbox {
  readonly #system: SystemCore;
  readonly #gateway: ThreadGateway;

  constructor(system: SystemCore, gateway: ThreadGateway) {
    this.#system = system;
    this.#gateway = gateway;
  }

  onMessage(from: number, message: GatewayMessage): void {
    const gateway = this.#gateway;
    const { numbers } = gateway;
    switch (message.type) {
      case "Spawn":
        gateway.guests.spawn(message.number, message.version, message.parent, message.spec);
        return;
      case "Listed":
      case "Unlisted":
      case "Subscribe":
        gateway.listings.onMessage(from, message);
        return;
      case "Credit":
        gateway.credit.onCredit(from, message.number, message);
        return;
      case "CreditEnd":
        gateway.credit.onCreditEnd(from, message.number);
        return;
      case "TellPath": {
        const to = this.#system.find(message.path, from);
        numbers.passOn(to, message.message, () => to.tell(message.message as never));
        return;
      }
      case "TellPathBytes": {
        const { bytes, tag, atMs } = message;
        const to = this.#system.find(message.path, from);
        numbers.passOn(to, BYTES_LETTER, () => to.tellBytes(bytes, 0, bytes.length, tag, atMs));
        return;
      }
      case "SignalPath": {
        const to = this.#system.find(message.path, from);
        // A number, so that the watcher is forgotten with its thread.
        if (to instanceof ActorCell) numbers.numberOf(to.untyped);
        to.signal(fromCrossing(message.message));
        return;
      }
      case "Traced":
      case "TracedBytes":
        gateway.traced.onMessage(from, message);
        return;
      case "TraceActors": {
        const seen = this.#system.tracing.renew(message.actors);
        gateway.outgoing.say(from, { type: "TraceReport", seen });
        return;
      }
      case "TraceReport":
        this.#system.tracer.accept(message.seen);
        return;
      case "ReportTree":
        gateway.reports.send(from);
        return;
      case "TreeReport":
        gateway.reports.accept(from, message);
        return;
      case "Move":
        gateway.orders.onOrder(from, message);
        return;
      case "AskLoad":
        gateway.outgoing.say(from, { type: "Load", load: gateway.meter.report() });
        return;
      case "Load":
        gateway.balancer?.accept(from, message.load);
        return;
      case "MoveEnded":
        gateway.orders.ended(message.order, message.refusal);
        return;
      default:
        gateway.moves.onMessage(from, message);
        return;
    }
  }
}
