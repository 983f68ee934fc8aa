/**
 * The events of the last five minutes, the urgent ones first; bounded. Where there is no room an event of
 * the least class makes it, the oldest of them first; what is dropped is counted.
 */
import type { OfficeEvent } from "../../zone/messages.ts";
import { EVENT_CLASSES, type EventClass, eventClass } from "./event-class.ts";

/** Ten doors a second over five minutes are 3,000: beyond what a prompt has room for by far. */
export const EVENTS_MAX = 2_000;
/** The seed's. */
export const EVENT_MS_MAX = 300_000;

export interface KeptEvent {
  readonly event: OfficeEvent;
  /** Whether a model has answered to a prompt with it. */
  isShown: boolean;
}

export class EventStore {
  /** Of each class, the oldest first. */
  readonly #byClass: Readonly<Record<EventClass, KeptEvent[]>> = {
    urgent: [],
    notable: [],
    ordinary: [],
  };
  readonly dropped: Record<EventClass, number> = { urgent: 0, notable: 0, ordinary: 0 };
  readonly #max: number;
  #size = 0;

  constructor(max = EVENTS_MAX) {
    this.#max = max;
  }

  get size(): number {
    return this.#size;
  }

  /** Whether any has not been shown yet. */
  get hasNew(): boolean {
    return EVENT_CLASSES.some((name) => this.#byClass[name].some(({ isShown }) => !isShown));
  }

  /** False: everything that is kept is more urgent. */
  put(event: OfficeEvent, nowMs: number): boolean {
    this.forgetOld(nowMs);
    const name = eventClass(event);
    if (this.#size >= this.#max && !this.#makeRoom(name)) {
      this.dropped[name] += 1;
      return false;
    }
    this.#byClass[name].push({ event, isShown: false });
    this.#size += 1;
    return true;
  }

  forgetOld(nowMs: number): void {
    for (const name of EVENT_CLASSES) {
      const kept = this.#byClass[name];
      let old = 0;
      while (old < kept.length && nowMs - (kept[old]?.event.atMs ?? nowMs) > EVENT_MS_MAX) old += 1;
      if (old === 0) continue;
      kept.splice(0, old);
      this.#size -= old;
    }
  }

  /** Urgent ones first; of a class the unseen before the seen, the newest first. */
  inOrder(): readonly KeptEvent[] {
    return EVENT_CLASSES.flatMap((name) => {
      const newestFirst = this.#byClass[name].toReversed();
      return [
        ...newestFirst.filter(({ isShown }) => !isShown),
        ...newestFirst.filter(({ isShown }) => isShown),
      ];
    });
  }

  /** Drops one that is at most as urgent as what comes. */
  #makeRoom(comes: EventClass): boolean {
    for (const name of EVENT_CLASSES.toReversed()) {
      if (EVENT_CLASSES.indexOf(name) < EVENT_CLASSES.indexOf(comes)) return false;
      if (this.#byClass[name].shift() === undefined) continue;
      this.dropped[name] += 1;
      this.#size -= 1;
      return true;
    }
    return false;
  }
}
