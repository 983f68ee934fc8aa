/**
 * Our journal as a persistence engine for nact's actors: an event and a snapshot are on disk before
 * `persist` and `takeSnapshot` resolve, and of two writers of one key the slower is refused.
 */
import type { Journal } from "../state/journal.ts";
import type { EventStream, PersistedEvent, PersistedSnapshot, PersistenceEngine } from "./types.ts";

export const journalEngine = (journal: Journal): PersistenceEngine => ({
  events(key, offset = 0, limit = Number.POSITIVE_INFINITY, tags = []) {
    const events: PersistedEvent[] = [];
    journal.replay(
      key,
      (stored) => {
        if (events.length >= limit) return false;
        const event = stored as PersistedEvent;
        if (tags.every((tag) => event.tags.includes(tag))) events.push(event);
        return true;
      },
      offset,
    );
    return streamOf(events);
  },

  async latestSnapshot(key) {
    return journal.snapshot(key)?.state as PersistedSnapshot | undefined;
  },

  async takeSnapshot(snapshot) {
    await journal.saveSnapshot(snapshot.key, { seq: snapshot.sequenceNumber, state: snapshot });
  },

  async persist(event) {
    await journal.append(event.key, [event], event.sequenceNumber - 1);
  },
});

const streamOf = (events: PersistedEvent[]): EventStream =>
  Object.assign(Promise.resolve(events), {
    reduce: async <U>(
      step: (before: U, event: PersistedEvent, index: number) => U,
      initial: U,
    ): Promise<U> => events.reduce((before, event, index) => step(before, event, index), initial),
  });
