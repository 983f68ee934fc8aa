/**
 * nact's API on our kernel: code written for nact 7.6 moves over by changing this one import, and gets
 * bounded mailboxes, dead letters and a place in the kernel's tree. docs/nact.md lists what differs.
 *
 *   import { dispatch, query, spawn, start } from "…/runtime/nact.ts";
 */
export { journalEngine } from "./nact/journal-engine.ts";
export { configureLogging, logNothing, logToConsole } from "./nact/logging.ts";
export { dispatch, query, spawn, spawnStateless, stop } from "./nact/messages.ts";
export { configurePersistence } from "./nact/persistence.ts";
export { spawnPersistent } from "./nact/persistent-actor.ts";
export { persistentQuery } from "./nact/persistent-query.ts";
export { ActorPath, type ActorSystemRef, Nobody, Ref } from "./nact/references.ts";
export { ActorSystem, type Plugin, type SystemOptions, start } from "./nact/system.ts";
export * from "./nact/time.ts";
export type * from "./nact/types.ts";
