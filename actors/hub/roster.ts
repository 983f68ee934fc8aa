/**
 * The leaves of a hub: their records, and who may change them. What leaves claim and operators ask
 * for goes through `RecordChanges`, so that nothing takes effect before it is on disk.
 *
 *   REGISTER ──claim──▶ ┐
 *   operator ──act────▶ ┴─ judge ─▶ save ─▶ changed · raise ─▶ settle, answer
 */
import { ok } from "../../runtime/result.ts";
import type { LeafRecord, RegistrationClaim } from "../leaf/messages.ts";
import { type ActRules, judgeAct, type LeafAct } from "./leaf-acts.ts";
import type { HubAnswer } from "./messages.ts";
import { RecordChanges, type Verdict } from "./record-changes.ts";
import { register, stranger } from "./registration.ts";
import { Senders } from "./senders.ts";
import type { RecordEventKind } from "./sentences.ts";

export interface RosterOptions {
  readonly hub: string;
  /** For leaves that name no other. */
  readonly zone: string;
  readonly leavesMax: number;
}

/** What the roster needs of its hub. */
export interface RosterPorts {
  nowMs(): number;
  /** Leads to one call of `saved`. */
  save(record: LeafRecord): void;
  /** The record is in force now. */
  changed(record: LeafRecord, before: LeafRecord | undefined): void;
  raise(kind: RecordEventKind, record: LeafRecord, before: LeafRecord | undefined): void;
  /** How a registration ended that came in a frame. */
  settle(claim: RegistrationClaim, refusal: ClaimRefusal | undefined): void;
  /** Leads to a call of `retry` after a while. */
  retryLater(): void;
}

export type ClaimRefusal = "disputed" | "storeUnavailable";

/** A leaf that boots over and over is told of once a minute. */
const REBOOT_EVENT_EVERY_MS = 60_000;

export class Roster {
  readonly senders: Senders;
  readonly #options: RosterOptions;
  readonly #ports: RosterPorts;
  readonly #rules: ActRules;
  readonly #changes: RecordChanges;
  /** All by leaf id, so at most `leavesMax` entries each. A look at each frame: an index, not a key. */
  readonly #records: (LeafRecord | undefined)[];
  #size = 0;
  readonly #claims = new Map<number, RegistrationClaim>();
  readonly #unsaved = new Map<number, RegistrationClaim>();
  readonly #rebootToldAtMs = new Map<number, number>();

  constructor(options: RosterOptions, ports: RosterPorts) {
    this.#options = options;
    this.#ports = ports;
    this.senders = new Senders(options.leavesMax);
    this.#records = new Array(options.leavesMax).fill(undefined);
    this.#rules = {
      ...options,
      records: () => this.#recordsAndThoseUnderWay(),
      claimedCapabilities: (leafId) => this.#claims.get(leafId)?.capabilities ?? [],
    };
    this.#changes = new RecordChanges({
      known: (leafId) => this.#records[leafId],
      save: (record) => ports.save(record),
      apply: (verdict, before) => this.#apply(verdict, before),
    });
  }

  get(leafId: number): LeafRecord | undefined {
    return this.#records[leafId];
  }

  *all(): Iterable<LeafRecord> {
    for (const record of this.#records) if (record !== undefined) yield record;
  }

  get size(): number {
    return this.#size;
  }

  /** A record that needs no saving: from the store, or of a leaf that was only heard. */
  admit(record: LeafRecord): void {
    this.#put(record);
    this.#ports.changed(record, undefined);
  }

  meet(leafId: number): LeafRecord {
    const record = stranger(this.#options.hub, leafId, this.#options.zone);
    this.admit(record);
    return record;
  }

  /** What an operator or a setting asks for; answered when it is on disk, or refused. */
  act(act: LeafAct, answer: (answer: HubAnswer) => void): void {
    this.#changes.submit({
      leafId: act.leafId,
      judge: (known) => judgeAct(act, known, this.#rules),
      settle: (outcome) => {
        if (outcome.ok && act.type === "AgreeHardware") this.senders.handOver(act.leafId);
        if (outcome.ok && act.type === "KeepHardware") this.senders.keep(act.leafId);
        answer(
          outcome.ok
            ? { type: "HubAccepted", record: outcome.value }
            : { type: "HubRefused", reason: outcome.error },
        );
      },
    });
  }

  /** A REGISTER frame; `isCounted` when its outcome still has to be counted. */
  claim(claim: RegistrationClaim, isCounted: boolean): void {
    this.#submitClaim(claim, (refusal) => {
      if (isCounted) this.#ports.settle(claim, refusal);
    });
  }

  /** The store answered, or did not in time. */
  saved(leafId: number, isSaved: boolean): void {
    this.#changes.settled(leafId, isSaved);
  }

  /** Leaves of wire v1 register once: what the store could not take is tried again. */
  retry(): void {
    const claims = [...this.#unsaved.values()];
    this.#unsaved.clear();
    for (const claim of claims) this.claim(claim, false);
  }

  #submitClaim(
    claim: RegistrationClaim,
    settle: (refusal: ClaimRefusal | undefined) => void,
  ): void {
    const { leafId, peer, hardware, capabilities } = claim;
    let isAccepted = false;
    this.#changes.submit({
      leafId,
      judge: (known = stranger(this.#options.hub, leafId, this.#options.zone)) => {
        const { record = known, accepted, event } = register(known, hardware, capabilities);
        isAccepted = accepted;
        if (record.claimedHardware === hardware) {
          this.senders.contest(leafId, peer);
          this.#claims.set(leafId, claim);
        }
        const isTold = event !== "leaf_rebooted" || this.#isRebootNews(leafId);
        const told = accepted ? withSleep(record, claim.sleeps) : record;
        return ok({ record: told, event: isTold ? event : undefined });
      },
      settle: ({ ok: isSaved }) => {
        if (!isSaved) {
          if (this.#unsaved.size === 0) this.#ports.retryLater();
          this.#unsaved.set(leafId, claim);
          settle("storeUnavailable");
        } else if (isAccepted) {
          this.senders.own(leafId, peer);
          settle(undefined);
        } else {
          settle("disputed");
        }
      },
    });
  }

  #apply({ record, event }: Verdict, before: LeafRecord | undefined): void {
    if (record !== before) {
      this.#put(record);
      this.#ports.changed(record, before);
    }
    if (event !== undefined) this.#ports.raise(event, record, before);
  }

  #put(record: LeafRecord): void {
    if (this.#records[record.leafId] === undefined) this.#size += 1;
    this.#records[record.leafId] = record;
  }

  #isRebootNews(leafId: number): boolean {
    const nowMs = this.#ports.nowMs();
    const toldAtMs = this.#rebootToldAtMs.get(leafId) ?? -Infinity;
    if (nowMs - toldAtMs < REBOOT_EVENT_EVERY_MS) return false;
    this.#rebootToldAtMs.set(leafId, nowMs);
    return true;
  }

  *#recordsAndThoseUnderWay(): Iterable<LeafRecord> {
    yield* this.all();
    yield* this.#changes.underWay();
  }
}

/** A v2 leaf says itself when it hears. */
const withSleep = (record: LeafRecord, sleeps: boolean | undefined): LeafRecord =>
  sleeps === undefined || sleeps === (record.sleeps ?? false) ? record : { ...record, sleeps };
