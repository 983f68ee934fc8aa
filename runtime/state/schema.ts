/** The version of what the store holds, and how an older store becomes one of this version. */
import { MycelError } from "../errors.ts";
import type { StateStore, TableSpec } from "./state-store.ts";

export const SCHEMA_VERSION = 1;

/** What the store knows of itself: `schemaVersion`, and `tables`, the names of its tables. */
export const META: TableSpec = { name: "meta", value: "object" };

export interface Migration {
  /** The version that it leads to; one step each. */
  readonly to: number;
  readonly name: string;
  /** Opens the tables it needs and returns the change; all steps are one transaction. */
  readonly plan: (store: StateStore) => () => void;
}

/** In order. */
export const MIGRATIONS: readonly Migration[] = [];

/** A change to run first, or undefined when the store is of this version. Refuses a newer one. */
export function planMigration(
  store: StateStore,
  migrations: readonly Migration[] = MIGRATIONS,
  version: number = SCHEMA_VERSION,
): (() => void) | undefined {
  const meta = store.table<string, number>(META);
  const found = meta.get("schemaVersion");
  if (found === version) return undefined;
  if (found !== undefined && found > version) {
    throw new MycelError(
      "E_STORE_NEWER",
      `The store in ${store.dir} has version ${found} and this Mycel knows ${version}: start the newer Mycel, or restore a backup of version ${version}.`,
      { dir: store.dir, found, known: version },
    );
  }
  const steps = found === undefined ? [] : migrations.filter((step) => step.to > found);
  const changes = steps.map((step) => step.plan(store));
  return () => {
    for (const change of changes) change();
    meta.put("schemaVersion", version);
  };
}
