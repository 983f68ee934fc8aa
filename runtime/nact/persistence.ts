/** What persistent actors and queries share: the engine of their system, and what is given to it. */
import type { NactSystem, Plugin } from "./system.ts";
import type { Json, PersistedEvent, PersistenceEngine } from "./types.ts";

export const configurePersistence = (engine: PersistenceEngine): Plugin => {
  if (!engine) throw new Error("Persistence engine should not be undefined");
  return (system) => {
    (system as NactSystem).persistenceEngine = engine;
  };
};

export function engineOf(system: NactSystem): PersistenceEngine {
  const { persistenceEngine } = system;
  if (persistenceEngine === undefined) {
    throw new Error("Start the system with configurePersistence(engine): it has no engine");
  }
  return persistenceEngine;
}

export function checkKey(key: unknown): void {
  if (!key) throw new Error("Persistence key required");
  if (typeof key !== "string") throw new Error("Persistence key must be a string");
}

export function checkCount(name: string, count: unknown): void {
  if (count && typeof count !== "number") {
    throw new Error(`${name} must be a number of messages`);
  }
}

export function persistedEvent(
  data: Json,
  sequenceNumber: number,
  key: string,
  tags: unknown,
  createdAt: number,
): PersistedEvent {
  if (!Array.isArray(tags) || tags.some((tag) => typeof tag !== "string")) {
    throw new Error("tags should be a string array");
  }
  return { data, sequenceNumber, key, createdAt, isDeleted: false, tags: [...tags].sort() };
}

export const asItIs = <T>(value: T): T => value;
