/**
 * What a link counts, over the drivers it has had: each new driver counts from zero. Made by the node,
 * not by the actor, so that a restart of the actor loses nothing and `/metrics` reads without asking.
 */
import { addStats, type Link, type LinkStats, NO_STATS } from "../../transports/link.ts";

export class LinkTotals {
  /** Frames that the hub's mailbox took, and those it had no room for. */
  forwarded = 0;
  hubBusy = 0;
  #past = NO_STATS;
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
    return this.#driver === undefined ? this.#past : addStats(this.#past, this.#driver.stats());
  }
}
