/**
 * The number that stands for a hub in stored keys and in memory's tables: given once, in order, kept
 * for good, so that a hub that was away for a while finds its history again.
 */
import { invariant } from "../../runtime/invariant.ts";
import type { StateStore } from "../../runtime/state/state-store.ts";
import { openTables } from "./tables.ts";

/** A hub number has 16 bits in `BATCH`. */
const HUBS_MAX = 0x1_0000;

/** Numbers of all hubs that the store knows and of those named, which get one if they have none. */
export async function hubNumbers(
  store: StateStore,
  hubs: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { hub: table } = openTables(store);
  const numbers = new Map([...table.range({})].map(({ key, value }) => [key, value]));
  const added = hubs.filter((hub) => !numbers.has(hub));
  if (added.length === 0) return numbers;
  invariant(numbers.size + added.length <= HUBS_MAX, `a store has at most ${HUBS_MAX} hubs`);
  let next = Math.max(-1, ...numbers.values()) + 1;
  for (const hub of new Set(added)) numbers.set(hub, next++);
  await store.write(() => {
    for (const hub of added) table.put(hub, numbers.get(hub) as number);
  });
  return numbers;
}
