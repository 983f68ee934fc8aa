/**
 * What a link counts, over the drivers it has had: each new driver counts from zero. Made by the node,
 * not by the actor, so that a restart of the actor loses nothing and `/metrics` reads without asking.
 */
import type { Link, LinkStats } from "../../transports/link.ts";

const NOTHING: LinkStats = { received: 0, sent: 0, refused: {}, lostByKernel: undefined };

export class LinkTotals {
  /** Frames that the hub's mailbox took, and those it had no room for. */
  forwarded = 0;
  hubBusy = 0;
  #past = NOTHING;
  #driver: Pick<Link, "stats"> | undefined;

  /** From now on this driver counts. */
  use(driver: Pick<Link, "stats">): void {
    this.retire();
    this.#driver = driver;
  }

  /** The driver is closed: what it counted is kept. */
  retire(): void {
    this.#past = this.#sum();
    this.#driver = undefined;
  }

  /** `refused` with `hubBusy` among the drivers' reasons. */
  read(): LinkStats {
    const { refused, ...counts } = this.#sum();
    const { hubBusy } = this;
    return { ...counts, refused: hubBusy === 0 ? refused : { ...refused, hubBusy } };
  }

  #sum(): LinkStats {
    return this.#driver === undefined ? this.#past : sum(this.#past, this.#driver.stats());
  }
}

function sum(a: LinkStats, b: LinkStats): LinkStats {
  const refused: Record<string, number> = { ...a.refused };
  for (const [reason, count] of Object.entries(b.refused)) {
    refused[reason] = (refused[reason] ?? 0) + count;
  }
  const isLossKnown = a.lostByKernel !== undefined || b.lostByKernel !== undefined;
  const canHoldBack = a.heldBack !== undefined || b.heldBack !== undefined;
  return {
    received: a.received + b.received,
    sent: a.sent + b.sent,
    refused,
    lostByKernel: isLossKnown ? (a.lostByKernel ?? 0) + (b.lostByKernel ?? 0) : undefined,
    ...(canHoldBack && { heldBack: (a.heldBack ?? 0) + (b.heldBack ?? 0) }),
  };
}
