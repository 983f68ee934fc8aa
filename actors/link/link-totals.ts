/** A link's counters over the drivers it has had: each new driver counts from zero. Pure. */
import type { LinkStats } from "../../transports/link.ts";

const NOTHING: LinkStats = { received: 0, sent: 0, refused: {}, lostByKernel: undefined };

export class LinkTotals {
  #past = NOTHING;

  /** The driver is closed: what it counted is kept. */
  retire(stats: LinkStats): void {
    this.#past = sum(this.#past, stats);
  }

  with(current: LinkStats | undefined): LinkStats {
    return current === undefined ? this.#past : sum(this.#past, current);
  }
}

function sum(a: LinkStats, b: LinkStats): LinkStats {
  const refused: Record<string, number> = { ...a.refused };
  for (const [reason, count] of Object.entries(b.refused)) {
    refused[reason] = (refused[reason] ?? 0) + count;
  }
  const isLossKnown = a.lostByKernel !== undefined || b.lostByKernel !== undefined;
  return {
    received: a.received + b.received,
    sent: a.sent + b.sent,
    refused,
    lostByKernel: isLossKnown ? (a.lostByKernel ?? 0) + (b.lostByKernel ?? 0) : undefined,
  };
}
