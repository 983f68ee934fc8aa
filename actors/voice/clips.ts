/**
 * Sound files of the voice: named after what they say, so that the same words are synthesized once.
 *
 *   DATA/voice/speak_1f0c….wav         served as /audio/speak_1f0c….wav
 *   DATA/voice/rejections/rejection_….wav, manifest.json
 *
 * A file may be deleted at any time; it is made again when it is asked for.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Speech } from "../../transports/speech/speech-port.ts";
import type { Spoken } from "../task/messages.ts";

/** A day of an eager office, some 100 kB each; the oldest go first. */
const CLIPS_MAX = 500;
/** Twice what those 500 take; a sentence at the longest may have 12 MB. */
const CLIPS_BYTES_MAX = 100_000_000;
/** Rejections that were taken from the stock: a page may have one in its queue yet. */
const TAKEN_KEPT_MAX = 20;
/** How many more before they are swept: a listing each sweep, not each clip. */
const CLIPS_SLACK = 50;

export const CLIP_PREFIXES = [
  "speak_",
  "feedback_",
  "task_announce_",
  "task_complete_",
  "rejection_",
] as const;
export type ClipPrefix = (typeof CLIP_PREFIXES)[number];

/** `file`, and what to say instead where it cannot be played. */
export interface RejectionEntry {
  readonly text: string;
  readonly file: string | null;
  readonly durationS: number | null;
}

const manifestSchema = z.object({
  voice: z.string(),
  entries: z.array(
    z.object({
      text: z.string(),
      file: z
        .string()
        .regex(/^rejection_[0-9a-f]{24}\.wav$/)
        .nullable(),
      durationS: z.number().nullable(),
    }),
  ),
});

type Clip = Spoken & { readonly file: string | null };

export class Clips {
  readonly #dir: string;
  readonly #stockDir: string;
  /** By name, so that the same words twice at once are one sound; at most the voice's jobs. */
  readonly #making = new Map<string, Promise<Clip>>();
  /** Files of the manifest, and those that left it, the oldest first. */
  #named: ReadonlySet<string> = new Set();
  readonly #taken = new Set<string>();
  /** Manifests are written one after another, or an older one might be the last. */
  #written: Promise<void> = Promise.resolve();
  #sinceSweep = 0;

  constructor(dir: string) {
    this.#dir = dir;
    this.#stockDir = join(dir, "rejections");
  }

  /** The clip of these words, from the disk or from `synthesize`; without a file where that makes none. */
  of(
    prefix: ClipPrefix,
    voice: string,
    text: string,
    synthesize: () => Promise<Speech | undefined>,
  ): Promise<Clip> {
    const name = `${prefix}${createHash("sha256").update(`${voice}\n${text}`).digest("hex").slice(0, 24)}`;
    const making = this.#making.get(name);
    if (making !== undefined) return making;
    const dir = prefix === "rejection_" ? this.#stockDir : this.#dir;
    const made = this.#make(dir, name, text, synthesize).finally(() => this.#making.delete(name));
    this.#making.set(name, made);
    return made;
  }

  async #make(
    dir: string,
    name: string,
    text: string,
    synthesize: () => Promise<Speech | undefined>,
  ): Promise<Clip> {
    const file = `${name}.wav`;
    const audioUrl = `/audio/${dir === this.#stockDir ? "rejections/" : ""}${file}`;
    const kept = await readFile(join(dir, `${name}.json`), "utf8").catch(() => undefined);
    if (kept !== undefined && (await isThere(join(dir, file)))) {
      return { text, audioUrl, durationS: Number(kept), file };
    }
    const speech = await synthesize();
    if (speech === undefined) return { text, audioUrl: null, durationS: null, file: null };
    await mkdir(dir, { recursive: true });
    await writeWhole(join(dir, file), speech.bytes);
    await writeWhole(join(dir, `${name}.json`), String(speech.durationS));
    if (dir === this.#dir && ++this.#sinceSweep >= CLIPS_SLACK) await this.#sweep();
    return { text, audioUrl, durationS: speech.durationS, file };
  }

  /** At the start: the stock, as far as it is of this voice and its sounds are there; the rest is removed. */
  async readRejections(voice: string): Promise<readonly RejectionEntry[]> {
    const names = new Set(await readdir(this.#stockDir).catch(() => []));
    const entries = manifestEntries(
      await readFile(this.#manifest, "utf8").catch(() => ""),
      voice,
    ).filter(({ file }) => file === null || names.has(file));
    this.#named = filesOf(entries);
    const kept = new Set([...this.#named].map(stem));
    for (const name of names) {
      const isSound = name.startsWith("rejection_") && !kept.has(stem(name));
      if (isSound || name.endsWith(DRAFT)) await rm(join(this.#stockDir, name), { force: true });
    }
    for (const name of await readdir(this.#dir).catch(() => [])) {
      if (name.endsWith(DRAFT)) await rm(join(this.#dir, name), { force: true });
    }
    await this.#sweep();
    return entries;
  }

  /** Sounds that left the stock are removed, all but the last few. */
  writeRejections(voice: string, entries: readonly RejectionEntry[]): Promise<void> {
    const written = this.#written.then(async () => {
      await mkdir(this.#stockDir, { recursive: true });
      await writeWhole(this.#manifest, `${JSON.stringify({ voice, entries }, null, 1)}\n`);
      const named = filesOf(entries);
      for (const file of this.#named) if (!named.has(file)) this.#taken.add(file);
      for (const file of named) this.#taken.delete(file);
      this.#named = named;
      for (const file of [...this.#taken].slice(0, -TAKEN_KEPT_MAX)) {
        this.#taken.delete(file);
        await removeClip(this.#stockDir, file);
      }
    });
    this.#written = written.catch(() => {});
    return written;
  }

  get #manifest(): string {
    return join(this.#stockDir, "manifest.json");
  }

  async #sweep(): Promise<void> {
    this.#sinceSweep = 0;
    const names = await readdir(this.#dir).catch(() => []);
    const aged = await Promise.all(
      names
        .filter((name) => name.endsWith(".wav"))
        .map(async (name) => {
          const stats = await stat(join(this.#dir, name)).catch(() => undefined);
          return { name, atMs: stats?.mtimeMs ?? 0, bytes: stats?.size ?? 0 };
        }),
    );
    aged.sort((a, b) => b.atMs - a.atMs);
    let clips = 0;
    let bytes = 0;
    for (const clip of aged) {
      bytes += clip.bytes;
      if (++clips > CLIPS_MAX || bytes > CLIPS_BYTES_MAX) await removeClip(this.#dir, clip.name);
    }
  }
}

function manifestEntries(text: string, voice: string): readonly RejectionEntry[] {
  try {
    const manifest = manifestSchema.safeParse(JSON.parse(text));
    return manifest.success && manifest.data.voice === voice ? manifest.data.entries : [];
  } catch {
    return [];
  }
}

const filesOf = (entries: readonly RejectionEntry[]): ReadonlySet<string> =>
  new Set(entries.flatMap(({ file }) => file ?? []));

async function removeClip(dir: string, file: string): Promise<void> {
  for (const end of [".wav", ".json"]) await rm(join(dir, `${stem(file)}${end}`), { force: true });
}

const stem = (file: string): string => file.replace(/\.\w+$/, "");

/** With something in it: a machine that lost its power may have kept a file's name and nothing else. */
const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    ({ size }) => size > 0,
    () => false,
  );

const DRAFT = ".new";

/** A reader finds all of it or nothing, and a full disk keeps no half of it. */
async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  const draft = `${path}${DRAFT}`;
  try {
    await writeFile(draft, content);
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true });
    throw cause;
  }
}
