/** The office's part of the live feed: the newest state of each item, and what is gone. */
import type { CycleItem, ModelHealth } from "./agent-contract.ts";
import type { Person } from "./person-contract.ts";
import type { TaskItem } from "./task-contract.ts";
import type { VoiceItem } from "./voice-contract.ts";
import type { LedgerHead } from "./wallet-contract.ts";

/** Each section by its items' keys; how many a page keeps is the node's to say. */
export interface OfficeItems {
  /** By id. */
  readonly task: TaskItem;
  /** By id; the newest 50. */
  readonly cycle: CycleItem;
  /** By id; the newest 50, of which a page plays those it has not heard. */
  readonly voice: VoiceItem;
  /** By name. */
  readonly model: ModelHealth;
  /** By id. */
  readonly person: Person;
  /** One, `head`. */
  readonly ledger: LedgerHead;
}
export type OfficeSection = keyof OfficeItems;

/** A value of null: it is gone. */
export type OfficeChange = {
  [S in OfficeSection]: {
    readonly section: S;
    readonly key: string;
    readonly value: OfficeItems[S] | null;
  };
}[OfficeSection];
