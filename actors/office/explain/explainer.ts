/**
 * Reads the office's records by any id, for `mycel explain`. It only looks: each table has its own writer.
 *
 *   view ──GetChain──▶ explainer ──▶ agent.cycle · task · ledger · voice ──▶ ChainFound
 */
import { type Behavior, receive, same, setup } from "../../../runtime/behavior.ts";
import type { StateStore, Table } from "../../../runtime/state/state-store.ts";
import type { MailboxSpec } from "../../../runtime/supervisor.ts";
import type { CycleRecord } from "../../agent/messages.ts";
import {
  type CycleTables,
  cyclesOf,
  openCycleTables,
  reportRef,
} from "../../agent/records/cycle-store.ts";
import { readTransferRow } from "../../ledger/canonical.ts";
import type { Transfer } from "../../ledger/messages.ts";
import { type LedgerTables, openLedgerTables } from "../../ledger/tables.ts";
import type { Task } from "../../task/messages.ts";
import { openTaskTables, type TaskTables } from "../../task/tables.ts";
import type { VoiceEvent } from "../../voice/messages.ts";
import type { ChainFound, GetChain } from "./messages.ts";

/** Each is an operator's question; a second one may wait for the first. */
export const EXPLAINER_MAILBOX: MailboxSpec<GetChain> = { capacity: 64, overflow: "refuse" };
/** Of one chain; a task has a hold, a payment and their like. */
const TRANSFERS_MAX = 100;
/** Of one chain: a report leads to a task, whose report leads to another. */
export const CYCLES_MAX = 100;

export const explainer = (store: StateStore): Behavior<GetChain> =>
  setup(() => {
    const records = chainRecords(store);
    return receive((message) => {
      message.replyTo.tell(records(message.id));
      return same;
    });
  });

/** All that has to do with an id, forwards to what it led to and back to what led to it. */
export function chainRecords(store: StateStore): (id: string) => ChainFound {
  const tables: ChainTables = {
    cycles: openCycleTables(store),
    tasks: openTaskTables(store),
    ledger: openLedgerTables(store),
    voices: store.table({ name: "voice", value: "object" }),
  };
  return (asked) => {
    const id = fullId(asked, tables);
    const search = new Search(tables);
    search.addTask(taskNo(id));
    search.addTransfer(id.startsWith("transfer:") ? id.slice("transfer:".length) : id);
    if (id.startsWith(VOICE)) search.addVoice(tables.voices.get(id.slice(VOICE.length)));
    search.addCycle(id);
    search.addCycles(cyclesOf(tables.cycles, id));
    return { type: "ChainFound", id, ...search.found() };
  };
}

const VOICE = "voice:";

const fullId = (asked: string, { voices }: ChainTables): string =>
  /^#?\d{1,15}$/.test(asked)
    ? `task:${asked.replace("#", "")}`
    : voices.get(asked) === undefined
      ? asked
      : `${VOICE}${asked}`;

interface ChainTables {
  readonly cycles: CycleTables;
  readonly tasks: TaskTables;
  readonly ledger: LedgerTables;
  readonly voices: Table<string, VoiceEvent>;
}

/** Goes from record to record, each once. */
class Search {
  readonly #tables: ChainTables;
  readonly #cycles = new Map<string, CycleRecord>();
  readonly #tasks = new Map<number, Task>();
  readonly #transfers = new Map<number, Transfer>();
  readonly #voices = new Map<string, VoiceEvent>();
  #isCut = false;

  constructor(tables: ChainTables) {
    this.#tables = tables;
  }

  addCycle(id: string | null): void {
    const cycle = this.#tables.cycles.cycle.get(id ?? "");
    if (cycle !== undefined) this.addCycles([cycle]);
  }

  addCycles(found: Iterable<CycleRecord>): void {
    for (const cycle of found) {
      if (this.#cycles.has(cycle.id)) continue;
      if (this.#cycles.size >= CYCLES_MAX) {
        this.#isCut = true;
        return;
      }
      this.#cycles.set(cycle.id, cycle);
      for (const made of cycle.calls.flatMap((call) => call.made)) {
        this.addTask(taskNo(made));
        if (made.startsWith(VOICE))
          this.addVoice(this.#tables.voices.get(made.slice(VOICE.length)));
      }
      for (const taskId of cycle.reportIds ?? []) this.addTask(taskId);
    }
  }

  addTask(no: number | undefined): void {
    const { tasks, cycles } = this.#tables;
    if (no === undefined || this.#tasks.has(no)) return;
    const found = tasks.live.get(no)?.task ?? tasks.ended.get(no);
    if (found === undefined) return;
    this.#tasks.set(no, found);
    for (const transfer of this.#transfersOf(no)) this.#transfers.set(transfer.no, transfer);
    // What paid a bounty without a hold touches no account of the task.
    for (const end of ["hold", "pay", "void"]) this.addTransfer(`task:${no}:${end}`);
    this.addCycle(found.causeId);
    this.addCycles(cyclesOf(cycles, `task:${no}`));
    this.addCycles(cyclesOf(cycles, reportRef(no)));
  }

  addTransfer(transferId: string): void {
    const no = this.#tables.ledger.noOfId.get(transferId);
    const found = no === undefined ? undefined : this.#transfer(no);
    if (found === undefined || this.#transfers.has(found.no)) return;
    this.#transfers.set(found.no, found);
    this.addTask(taskNo(found.causeId ?? ""));
    for (const { account } of found.legs) this.addTask(taskNo(account));
  }

  addVoice(voice: VoiceEvent | undefined): void {
    if (voice === undefined || this.#voices.has(voice.id)) return;
    this.#voices.set(voice.id, voice);
    this.addTask(voice.taskId ?? taskNo(voice.causeId ?? ""));
    this.addCycle(voice.causeId);
  }

  found(): Omit<ChainFound, "type" | "id"> {
    // A thousand are kept at most, and not by their tasks.
    for (const { value } of this.#tables.voices.range({})) {
      if (this.#tasks.has(value.taskId ?? 0)) this.#voices.set(value.id, value);
    }
    return {
      cycles: [...this.#cycles.values()].sort((a, b) => a.startedAtMs - b.startedAtMs),
      tasks: [...this.#tasks.values()].sort((a, b) => a.id - b.id),
      transfers: [...this.#transfers.values()].sort((a, b) => a.no - b.no),
      voices: [...this.#voices.values()].sort((a, b) => a.atMs - b.atMs),
      isCut: this.#isCut,
    };
  }

  #transfersOf(taskId: number): Transfer[] {
    const account = `task:${taskId}`;
    const { ofAccount } = this.#tables.ledger;
    const to: [string, number] = [account, Number.MAX_SAFE_INTEGER];
    const rows = ofAccount.range({ from: [account, 0], to, limit: TRANSFERS_MAX });
    return [...rows].flatMap(({ key }) => this.#transfer(key[1]) ?? []);
  }

  #transfer(no: number): Transfer | undefined {
    const row = this.#tables.ledger.transfer.get(no);
    const read = row === undefined ? undefined : readTransferRow(row);
    return read?.ok ? read.value.transfer : undefined;
  }
}

/** `task:17` or an id below it. */
const taskNo = (id: string): number | undefined => {
  const [, digits] = /^task:(\d{1,15})(?::|$)/.exec(id) ?? [];
  return digits === undefined ? undefined : Number(digits);
};
