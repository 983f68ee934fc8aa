/**
 * Who is logged in: a table of sessions, found by the hash of what is in the cookie, so that a look into this
 * memory, or into the file that keeps it over a restart, gives no cookie away.
 *
 *   login ──random id──▶ cookie          request ──cookie──▶ SHA-256 ──▶ session | nothing
 *   each beginning and end ──▶ keeper ──▶ file ──▶ the next start, for people who may still come in
 */
import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "../../../runtime/clock.ts";
import type { Person, Role } from "../office/person-contract.ts";
import type { KeptSession, SessionKeeper } from "./session-file.ts";

export interface Session {
  /** Null: the account of the settings. */
  readonly person: Person | null;
  readonly role: Role;
}

export interface SessionTimes {
  /** Without a request and without an open page. */
  readonly idleMs: number;
  /** From the login, whatever happens. */
  readonly absoluteMs: number;
}

/** A working day and the way home. */
const IDLE_MS_MAX = 12 * 3_600_000;
/** A week: who works here logs in on Mondays. */
const SESSION_MS_MAX = 7 * 86_400_000;
export const SESSION_TIMES: SessionTimes = { idleMs: IDLE_MS_MAX, absoluteMs: SESSION_MS_MAX };

/** A thousand people with a page each; beyond it the one unused the longest ends. */
export const SESSIONS_MAX = 1_024;
/** Of one person: phone, desk, kitchen. Beyond it the one unused the longest ends. */
export const SESSIONS_OF_PERSON_MAX = 16;
/** Pages of one session that hear of its end. */
const FEEDS_OF_SESSION_MAX = 64;
const ID_BYTES = 32;
/** What `randomBytes` of that size looks like in base64url. */
const ID = /^[A-Za-z0-9_-]{43}$/;

interface Entry {
  person: Person | null;
  role: Role;
  readonly madeAtMs: number;
  usedAtMs: number;
  /** Called when it ends: live feeds. */
  readonly onEnd: Set<() => void>;
}

export class Sessions {
  readonly #clock: Pick<Clock, "nowMs">;
  readonly #times: SessionTimes;
  readonly #keeper: SessionKeeper | undefined;
  /** By hash, the one unused the longest first; at most `SESSIONS_MAX`. */
  readonly #entries = new Map<string, Entry>();
  /** Something has been used since it was last kept. */
  #isUsed = false;

  constructor(
    clock: Pick<Clock, "nowMs">,
    times: SessionTimes = SESSION_TIMES,
    keeper?: SessionKeeper,
  ) {
    this.#clock = clock;
    this.#times = times;
    this.#keeper = keeper;
    if (keeper !== undefined) this.#takeUp(keeper);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Its id, which is told only here. */
  open(person: Person | null, role: Role): string {
    const id = randomBytes(ID_BYTES).toString("base64url");
    const nowMs = this.#clock.nowMs();
    const own = [...this.#entries].filter(([, entry]) => entry.person?.id === person?.id);
    if (own.length >= SESSIONS_OF_PERSON_MAX) this.#end(own[0]?.[0]);
    if (this.#entries.size >= SESSIONS_MAX) this.#end(this.#entries.keys().next().value);
    const entry = { person, role, madeAtMs: nowMs, usedAtMs: nowMs, onEnd: new Set<() => void>() };
    this.#entries.set(keyOf(id), entry);
    this.#keep();
    return id;
  }

  /** Of a cookie, whatever is in it; counts as use. */
  find(id: string | undefined): Session | undefined {
    const found = this.#entryOf(id);
    if (found === undefined) return undefined;
    const [key, entry] = found;
    entry.usedAtMs = this.#clock.nowMs();
    this.#isUsed = true;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return { person: entry.person, role: entry.role };
  }

  end(id: string | undefined): void {
    const found = this.#entryOf(id);
    if (found === undefined) return;
    this.#end(found[0]);
    this.#keep();
  }

  /** All of a person, but for one: after a change of the password. Null: of the settings' account. */
  endAllOf(personId: number | null, exceptId?: string): void {
    const spared = exceptId === undefined ? undefined : keyOf(exceptId);
    for (const [key, { person }] of [...this.#entries]) {
      if ((person?.id ?? null) === personId && key !== spared) this.#end(key);
    }
    this.#keep();
  }

  /** What a person may do holds from their next request on; who is off is out, and so are their pages. */
  changed(person: Person): void {
    if (!person.isActive) this.endAllOf(person.id);
    for (const entry of this.#entries.values()) {
      if (entry.person?.id === person.id) Object.assign(entry, { person, role: person.role });
    }
  }

  /** `ended` is called once, when the session ends; undo it when it does not matter any more. */
  onEnd(id: string, ended: () => void): () => void {
    const entry = this.#entryOf(id)?.[1];
    if (entry === undefined || entry.onEnd.size >= FEEDS_OF_SESSION_MAX) {
      ended();
      return () => {};
    }
    entry.onEnd.add(ended);
    return () => void entry.onEnd.delete(ended);
  }

  /** Now and then: an open page counts as use, and what is over ends also where nobody asks. */
  sweep(): void {
    const nowMs = this.#clock.nowMs();
    for (const [key, entry] of [...this.#entries]) {
      if (entry.onEnd.size > 0) {
        entry.usedAtMs = Math.max(entry.usedAtMs, nowMs);
        this.#isUsed = true;
      }
      if (this.#isOver(entry)) this.#end(key);
    }
    this.keepUse();
  }

  /** When each was last used is kept by each sweep, and at the end. */
  keepUse(): void {
    if (this.#isUsed) this.#keep();
  }

  #takeUp(keeper: SessionKeeper): void {
    const kept = keeper.load().toSorted((a, b) => a.usedAtMs - b.usedAtMs);
    const nowMs = this.#clock.nowMs();
    for (const { key, person, madeAtMs, usedAtMs } of kept.slice(-SESSIONS_MAX)) {
      const entry: Entry = { person, role: person.role, madeAtMs, usedAtMs, onEnd: new Set() };
      // One from the future was made under another clock, and would outlive its time.
      if (!this.#isOver(entry) && madeAtMs <= nowMs && usedAtMs <= nowMs) {
        this.#entries.set(key, entry);
      }
    }
  }

  #keep(): void {
    this.#isUsed = false;
    if (this.#keeper === undefined) return;
    const kept: KeptSession[] = [];
    for (const [key, { person, madeAtMs, usedAtMs }] of this.#entries) {
      if (person !== null) kept.push({ key, person, madeAtMs, usedAtMs });
    }
    this.#keeper.save(kept);
  }

  #entryOf(id: string | undefined): readonly [string, Entry] | undefined {
    if (id === undefined || !ID.test(id)) return undefined;
    const key = keyOf(id);
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (!this.#isOver(entry)) return [key, entry];
    this.#end(key);
    return undefined;
  }

  #isOver({ madeAtMs, usedAtMs }: Entry): boolean {
    const nowMs = this.#clock.nowMs();
    return nowMs - madeAtMs >= this.#times.absoluteMs || nowMs - usedAtMs >= this.#times.idleMs;
  }

  #end(key: string | undefined): void {
    const entry = key === undefined ? undefined : this.#entries.get(key);
    if (key === undefined || entry === undefined) return;
    this.#entries.delete(key);
    for (const ended of entry.onEnd) ended();
  }
}

const keyOf = (id: string): string => createHash("sha256").update(id).digest("base64");
