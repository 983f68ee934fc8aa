/**
 * A door is a state: its newest report wins and holds until the next. Each source is a door of its
 * own, so that two doors reporting in turn do not look like one that opens and closes; the zone's
 * value is 1 while any is open.
 */
import type { FusedValue } from "./messages.ts";

export type DoorChange = "opened" | "closed";

export class Doors {
  /** Bounded by the zone's bound on sources. */
  readonly #doors = new Map<string, { isOpen: boolean; atMs: number }>();

  /** The change, if there is one: a door's first report is silent, and so is a late one. */
  accept(source: string, isOpen: boolean, atMs: number): DoorChange | undefined {
    const door = this.#doors.get(source);
    if (door === undefined) {
      this.#doors.set(source, { isOpen, atMs });
      return undefined;
    }
    if (atMs < door.atMs) return undefined;
    const isChanged = door.isOpen !== isOpen;
    door.isOpen = isOpen;
    door.atMs = atMs;
    if (!isChanged) return undefined;
    return isOpen ? "opened" : "closed";
  }

  forget(source: string): void {
    this.#doors.delete(source);
  }

  value(): FusedValue | undefined {
    if (this.#doors.size === 0) return undefined;
    let value = 0;
    let newestMs = 0;
    for (const { isOpen, atMs } of this.#doors.values()) {
      if (isOpen) value = 1;
      newestMs = Math.max(newestMs, atMs);
    }
    return { value, atMs: newestMs, sources: this.#doors.size };
  }
}
