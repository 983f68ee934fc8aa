/**
 * Which day's demurrage has been taken, and who waits for one: a day is begun when it is seen first, or asked for.
 *
 *   look ──today after the mark?──▶ take ──every wallet (demurrage.ts)──▶ mark, and all who asked are told
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { Table } from "../../runtime/state/state-store.ts";
import { dayOf, takeDemurrage } from "./demurrage.ts";
import type { AskLedger, Save } from "./ledger-asks.ts";
import type { DemurrageTaken, WalletRefused } from "./messages.ts";

export interface DemurrageDaysOptions {
  readonly nowMs: () => number;
  readonly mark: Table<string, string>;
  readonly askLedger: AskLedger;
  readonly save: Save;
}

type Asker = ActorRef<DemurrageTaken | WalletRefused>;

const MARK = "demurrageDay";
/** Who wait for one and the same day to be taken. */
const DEMURRAGE_ASKERS_MAX = 64;

export class DemurrageDays {
  readonly #options: DemurrageDaysOptions;
  /** Undefined: none is being taken. */
  #askers: Asker[] | undefined;

  constructor(options: DemurrageDaysOptions) {
    this.#options = options;
  }

  /**
   * The first day of a store is marked without being taken; and so is one before the last, on which the
   * clock was set back, as on a board that starts in 1970 until it hears the time.
   */
  look(): void {
    const today = dayOf(this.#options.nowMs());
    const marked = this.#options.mark.get(MARK);
    if (marked === undefined || today < marked) this.#note(today);
    else if (today > marked) this.take(undefined);
  }

  take(asker: Asker | undefined): void {
    const isTaking = this.#askers !== undefined;
    const askers = this.#askers ?? [];
    if (asker !== undefined) {
      if (askers.length >= DEMURRAGE_ASKERS_MAX) {
        asker.tell({ type: "WalletRefused", reason: "timeout" });
        return;
      }
      askers.push(asker);
    }
    if (isTaking) return;
    this.#askers = askers;
    const day = dayOf(this.#options.nowMs());
    takeDemurrage(this.#options.askLedger, day, (count) => {
      this.#askers = undefined;
      for (const replyTo of askers) {
        if (count === undefined)
          replyTo.tell({ type: "WalletRefused", reason: "storeUnavailable" });
        else replyTo.tell({ type: "DemurrageTaken", day, ...count });
      }
      if (count !== undefined) this.#note(day);
    });
  }

  #note(day: string): void {
    this.#options.save(
      () => this.#options.mark.put(MARK, day),
      () => {},
    );
  }
}
