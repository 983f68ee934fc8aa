/**
 * What the bus counts. Made by the node, not by the actor, so that a restart of the bus loses nothing
 * and `/metrics` reads them without asking.
 */
import { FOREIGN_REFUSALS, type ForeignRefusal } from "./foreign.ts";

export interface BusCounters {
  /** Messages of others, heard and not our own; refused ones included. */
  received: number;
  readonly refused: Record<ForeignRefusal, number>;
  /** In the name of our hubs: our own, as an external broker sends them back, or a forger's. */
  own: number;
  isConnected: boolean;
}

export const createBusCounters = (): BusCounters => ({
  received: 0,
  own: 0,
  refused: Object.fromEntries(FOREIGN_REFUSALS.map((reason) => [reason, 0])) as Record<
    ForeignRefusal,
    number
  >,
  isConnected: false,
});
