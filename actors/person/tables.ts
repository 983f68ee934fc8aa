/** People in the office's store; the password's hash goes no further than the people actor. */
import type { StateStore, Table } from "../../runtime/state/state-store.ts";
import type { Person } from "./messages.ts";

export interface StoredPerson extends Person {
  /** Null: cannot log in. */
  readonly passwordHash: string | null;
}

export const personTable = (store: StateStore): Table<number, StoredPerson> =>
  store.table({ name: "person", value: "object" });

/** Whether somebody could log in who may let others in: looked at before a node is shown to a network. */
export function hasOperatorWithPassword(store: StateStore): boolean {
  for (const { value } of personTable(store).range({})) {
    if (value.isActive && value.role === "operator" && value.passwordHash !== null) return true;
  }
  return false;
}

export const storedPeople = (store: StateStore): readonly Person[] =>
  [...personTable(store).range({})].map(({ value }) => personOf(value));

export function personOf({ passwordHash: _secret, ...person }: StoredPerson): Person {
  return person;
}
