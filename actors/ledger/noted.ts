/**
 * Heads that somebody noted outside the store, and whether the chain still has them: who writes the whole chain
 * anew, or cuts its end off, can't do so in a cron job's file, a log server or a mail.
 *
 *   mycel ledger head, the node's log ──HASH@NO──▶ elsewhere ──▶ mycel ledger verify --heads FILE
 */
import { err, ok, type Result } from "../../runtime/result.ts";
import { GENESIS_HASH } from "./canonical.ts";

export interface NotedHead {
  readonly hash: string;
  /** How many transfers there were; null: only the hash was noted. */
  readonly no: number | null;
}

/** One an hour for a hundred years. */
export const NOTED_MAX = 1_000_000;

const HEAD = /^([0-9a-f]{64})(?:@(\d{1,15}))?$/;
/** Within a line of a log or a file, whatever else stands there. */
const HEADS_IN = /\b[0-9a-f]{64}@\d{1,15}\b/g;

export const headText = ({ hash, no }: NotedHead): string => (no === null ? hash : `${hash}@${no}`);

export function readHead(text: string): NotedHead | undefined {
  const [, hash, no] = HEAD.exec(text) ?? [];
  return hash === undefined ? undefined : { hash, no: no === undefined ? null : Number(no) };
}

/** All that stand in a text as `HASH@NO`; refused where there are more than `NOTED_MAX`. */
export async function headsIn(
  lines: AsyncIterable<string> | Iterable<string>,
): Promise<Result<NotedHead[], "tooMany">> {
  const found = new Set<string>();
  for await (const line of lines) {
    for (const [text] of line.matchAll(HEADS_IN)) found.add(text);
    if (found.size > NOTED_MAX) return err("tooMany");
  }
  return ok([...found].flatMap((text) => readHead(text) ?? []));
}

/** Told of each transfer's hash in turn, it knows in the end which heads the chain never had. */
export class NotedHeads {
  readonly #wanted = new Map<string, NotedHead>();
  readonly #all: number;

  constructor(heads: readonly NotedHead[]) {
    for (const head of heads) this.#wanted.set(headText(head), head);
    this.#all = this.#wanted.size;
    this.pass(GENESIS_HASH, 0);
  }

  get found(): number {
    return this.#all - this.#wanted.size;
  }

  pass(hash: string, no: number): void {
    if (this.#wanted.size === 0) return;
    this.#wanted.delete(hash);
    this.#wanted.delete(headText({ hash, no }));
  }

  /** The earliest first: up to the one before it the chain is what it was. */
  missing(): NotedHead[] {
    const at = ({ no }: NotedHead): number => no ?? Number.POSITIVE_INFINITY;
    return [...this.#wanted.values()].sort((a, b) => (at(a) < at(b) ? -1 : 1));
  }
}
