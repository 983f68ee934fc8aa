/**
 * Engines that are programs of this machine: they read a text file and write a WAV.
 *
 *   text ──file──▶ flite | open_jtalk ──file──▶ WAV
 *
 * Files of its own in a directory of its own, since flite writes its header last and open_jtalk reads no pipe.
 */
import { execFile } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { err, ok, type Result } from "../../runtime/result.ts";
import { SPEECH_BYTES_MAX, TEXT_LENGTH_MAX } from "./speech-limits.ts";
import type { Language, Speech, SpeechFault, SpeechPort } from "./speech-port.ts";
import { speechOf } from "./voicevox.ts";

export interface ProgramEngine {
  readonly name: string;
  readonly program: string;
  readonly languages: readonly Language[];
  /** Its arguments; `undefined` entries are left out. */
  readonly args: (textFile: string, soundFile: string) => readonly string[];
}

const run = promisify(execFile);
/** A sentence takes 0.4 s on one core; this is for a machine that is busy. */
const PROGRAM_MS_MAX = 10_000;
const CHECK_MS_MAX = 2_000;

/** Debian's `flite`: English, a voice that is built in. */
export const flite = (voice = "slt"): ProgramEngine => ({
  name: "flite",
  program: "flite",
  languages: ["en"],
  args: (textFile, soundFile) => ["-voice", voice, "-f", textFile, "-o", soundFile],
});

const DICTIONARY = "/var/lib/mecab/dic/open-jtalk/naist-jdic";
const VOICES = "/usr/share/hts-voice/**/*.htsvoice";

/** Debian's `open-jtalk` with its dictionary: Japanese. A voice (`.htsvoice`) is a file of its own. */
export const openJtalk = (voiceFile = firstVoice(), dictionary = DICTIONARY): ProgramEngine => ({
  name: "open-jtalk",
  program: "open_jtalk",
  languages: ["ja"],
  args: (textFile, soundFile) => [
    ...["-x", dictionary],
    ...["-m", voiceFile ?? ""],
    ...["-ow", soundFile, textFile],
  ],
});

const firstVoice = (): string | undefined => globSync(VOICES).sort()[0];

export function programEngine({ name, program, languages, args }: ProgramEngine): SpeechPort {
  const failed = (message: string): Result<never, SpeechFault> =>
    err({ code: "engineFailed", message });

  const speak = async (
    text: string,
    signal: AbortSignal | undefined,
  ): Promise<Result<Speech, SpeechFault>> => {
    const dir = await mkdtemp(join(tmpdir(), "mycel-speech-"));
    try {
      const textFile = join(dir, "text.txt");
      const soundFile = join(dir, "sound.wav");
      await writeFile(textFile, `${text}\n`);
      const options = { timeout: PROGRAM_MS_MAX, killSignal: "SIGKILL" as const };
      await run(program, args(textFile, soundFile), { ...options, ...(signal && { signal }) });
      if (!existsSync(soundFile)) return failed(`${name} wrote no sound.`);
      if ((await stat(soundFile)).size > SPEECH_BYTES_MAX) return failed(`${name} does not end.`);
      return speechOf(await readFile(soundFile));
    } catch (error) {
      return err(faultOf(name, program, error));
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  };

  return {
    name,
    languages,
    async synthesize({ text }, signal) {
      // Control characters have no sound, and programs end a text at them.
      const said = text.replaceAll(/\p{Cc}+/gu, " ").trim();
      if (said === "" || said.length > TEXT_LENGTH_MAX) {
        return err({ code: "badText", message: "The text is empty or too long." });
      }
      return speak(said, signal);
    },
    async check(signal) {
      const spoken = await speak(
        languages[0] === "ja" ? "はい" : "yes",
        AbortSignal.any([signal, AbortSignal.timeout(CHECK_MS_MAX)]),
      );
      return spoken.ok ? ok(undefined) : spoken;
    },
  };
}

function faultOf(name: string, program: string, error: unknown): SpeechFault {
  const { code, killed, stderr } = error as { code?: unknown; killed?: boolean; stderr?: string };
  if (code === "ENOENT") {
    return { code: "unreachable", message: `There is no ${program}: apt-get install ${name}.` };
  }
  if (killed === true || code === "ABORT_ERR") {
    return { code: "timeout", message: `${name} took too long.` };
  }
  const last = stderr?.trim().split("\n").at(-1) ?? "";
  return { code: "engineFailed", message: `${name} failed${last === "" ? "" : `: ${last}`}.` };
}
