/** The office's items as pages see them: the newest of each, in the order of their changes. */
import type {
  OfficeChange,
  OfficeItems,
  OfficeSection,
} from "../../transports/http/office/feed-contract.ts";

/** What a page shows at most; older tasks and cycles are asked from the API. */
const ITEMS_OF: Readonly<Record<OfficeSection, number>> = {
  /** As many as may be open by the settings, and a hundred that have just ended. */
  task: 600,
  cycle: 50,
  voice: 50,
  model: 32,
  person: 1_000,
  ledger: 1,
};

export class OfficeBoard {
  /** Section and key → its last change; a map keeps the order of insertion. At most twice `ITEMS_OF`. */
  readonly #items = new Map<string, { stamp: number; change: OfficeChange }>();
  readonly #counts = new Map<OfficeSection, number>();

  /** The stamp of the item that had to leave for it; 0 for none. */
  set(change: OfficeChange, stamp: number): number {
    const name = `${change.section}/${change.key}`;
    const isNew = !this.#items.delete(name);
    this.#items.set(name, { stamp, change });
    const count = (this.#counts.get(change.section) ?? 0) + (isNew ? 1 : 0);
    this.#counts.set(change.section, count);
    if (count <= ITEMS_OF[change.section]) return 0;
    return this.#dropOldest(change.section);
  }

  /** Of one section, in the order of their changes. */
  items<S extends OfficeSection>(section: S): OfficeItems[S][] {
    return [...this.#items.values()].flatMap(({ change }) =>
      change.section === section && change.value !== null ? [change.value as OfficeItems[S]] : [],
    );
  }

  /** Oldest change first. */
  since(cursor: number): OfficeChange[] {
    const changes: OfficeChange[] = [];
    for (const { stamp, change } of this.#items.values()) if (stamp > cursor) changes.push(change);
    return changes;
  }

  #dropOldest(section: OfficeSection): number {
    for (const [name, { stamp, change }] of this.#items) {
      if (change.section !== section) continue;
      this.#items.delete(name);
      this.#counts.set(section, (this.#counts.get(section) ?? 1) - 1);
      return stamp;
    }
    return 0;
  }
}
