/**
 * Sessions over a restart, in a file for the owner alone: hashes of cookies, never a cookie, and who they belong to.
 * What a person may do is not in it: the next start looks that up, and leaves out who may not come in any more.
 * The settings' account is not kept: its password may be another one by then.
 */
import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Logger } from "../../../runtime/logger.ts";
import type { Person } from "../office/person-contract.ts";

export interface KeptSession {
  /** SHA-256 of what is in the cookie, base64. */
  readonly key: string;
  readonly person: Person;
  readonly madeAtMs: number;
  readonly usedAtMs: number;
}

export interface SessionKeeper {
  /** What was kept, of people who may still come in. */
  load(): readonly KeptSession[];
  save(sessions: readonly KeptSession[]): void;
}

const VERSION = 1;
const fileSchema = z.object({
  version: z.literal(VERSION),
  sessions: z.array(
    z.object({
      key: z.string().regex(/^[A-Za-z0-9+/]{43}=$/),
      personId: z.number().int(),
      madeAtMs: z.number().int(),
      usedAtMs: z.number().int(),
    }),
  ),
});

interface SessionFileOptions {
  readonly dir: string;
  /** As the office's store has them at this start. */
  readonly people: readonly Person[];
  readonly logger: Logger;
}

export function sessionFile({ dir, people, logger }: SessionFileOptions): SessionKeeper {
  const path = pathIn(dir);
  return {
    load() {
      const kept = read(path);
      if (kept === undefined) return [];
      const active = new Map(people.filter((one) => one.isActive).map((one) => [one.id, one]));
      return kept.sessions.flatMap(({ personId, ...session }) => {
        const person = active.get(personId);
        return person === undefined ? [] : [{ ...session, person }];
      });
    },
    save(sessions) {
      const kept = sessions.map(({ person, ...session }) => ({ ...session, personId: person.id }));
      try {
        write(path, JSON.stringify({ version: VERSION, sessions: kept }));
      } catch (error) {
        // A full disk logs nobody out: they only log in again after the next start. What ended must not come back.
        logger.warn({ err: error }, "sessions are not kept over a restart");
        rmSync(path, { force: true });
      }
    },
  };
}

/** Everybody logs in again: another store is put in place of this one, with other passwords. */
export const forgetSessions = (dir: string): void => rmSync(pathIn(dir), { force: true });

const pathIn = (dir: string): string => join(dir, "sessions.json");

/** A file that is damaged, or of another version, keeps nobody. */
function read(path: string): z.infer<typeof fileSchema> | undefined {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}

/** On disk before the answer leaves, whole or not at all: who has logged out stays out after a power cut. */
function write(path: string, text: string): void {
  const file = openSync(`${path}.new`, "w", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.new`, path);
}
