/**
 * VOICEVOX's engine over HTTP, and those that speak its protocol (AivisSpeech, COEIROINK's):
 *
 *   GET /speakers ──▶ numbers of voices, once
 *   POST /audio_query?text&speaker ──▶ query (JSON) ──▶ POST /synthesis?speaker ──▶ WAV, 24 kHz, mono, 16 bits
 */
import { z } from "zod";
import { err, ok, type Result } from "../../runtime/result.ts";
import { SPEECH_BYTES_MAX, TEXT_LENGTH_MAX } from "./speech-limits.ts";
import type { Speech, SpeechFault, SpeechPort } from "./speech-port.ts";
import { wavSeconds } from "./wav.ts";

export interface VoicevoxOptions {
  /** `http://127.0.0.1:50021` */
  readonly url: string;
  /** Each of the two requests; a sentence takes a second on a processor. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 15_000;
const QUERY_BYTES_MAX = 256 * 1024;
const GETS: readonly string[] = ["/version", "/speakers"];
const speakersSchema = z.array(z.object({ styles: z.array(z.object({ id: z.int() })) }));

export function voicevox({ url, timeoutMs = TIMEOUT_MS }: VoicevoxOptions): SpeechPort {
  const ask = async (
    path: string,
    bytesMax: number,
    signal: AbortSignal | undefined,
    body?: Uint8Array<ArrayBuffer>,
  ): Promise<Result<Uint8Array<ArrayBuffer>, SpeechFault>> => {
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(new URL(path, url), {
        method: GETS.includes(path) ? "GET" : "POST",
        redirect: "error",
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
        ...(body !== undefined && { body, headers: { "content-type": "application/json" } }),
      });
      if (!response.ok) {
        await response.body?.cancel();
        const code = response.status < 500 ? "badText" : "engineFailed";
        return err({ code, message: `VOICEVOX answered with status ${response.status}.` });
      }
      return await readAll(response, bytesMax);
    } catch (cause) {
      if (limit.aborted) {
        return err({ code: "timeout", message: `VOICEVOX did not answer in ${timeoutMs} ms.` });
      }
      const why = signal?.aborted ? "It was called off" : `VOICEVOX cannot be reached at ${url}`;
      return err({ code: "unreachable", message: `${why}: ${reasonOf(cause)}.` });
    }
  };

  /** None where it does not tell them. */
  let numbers: readonly number[] | undefined;

  /** The number itself where there is such a voice; else always the same one of those that there are. */
  const numberOf = async (
    speaker: number,
    signal: AbortSignal | undefined,
  ): Promise<Result<number, SpeechFault>> => {
    if (numbers === undefined) {
      const told = await ask("/speakers", QUERY_BYTES_MAX, signal);
      if (!told.ok && (told.error.code === "unreachable" || told.error.code === "timeout")) {
        return told;
      }
      // One that fails for once is asked again.
      if (!told.ok) return ok(speaker);
      numbers = numbersIn(told.value);
    }
    if (numbers.includes(speaker)) return ok(speaker);
    return ok(numbers[speaker % numbers.length] ?? speaker);
  };

  return {
    name: "voicevox",
    languages: ["ja"],
    async synthesize({ text, speaker }, signal) {
      const said = text.trim();
      if (said === "" || said.length > TEXT_LENGTH_MAX) {
        return err({ code: "badText", message: "The text is empty or too long." });
      }
      const number = await numberOf(speaker, signal);
      if (!number.ok) return number;
      const query = await ask(
        `/audio_query?${new URLSearchParams({ text: said, speaker: String(number.value) })}`,
        QUERY_BYTES_MAX,
        signal,
      );
      if (!query.ok) return query;
      const sound = await ask(
        `/synthesis?speaker=${number.value}`,
        SPEECH_BYTES_MAX,
        signal,
        query.value,
      );
      return sound.ok ? speechOf(sound.value) : sound;
    },
    async check(signal) {
      const version = await ask("/version", QUERY_BYTES_MAX, signal);
      return version.ok ? ok(undefined) : version;
    },
  };
}

function numbersIn(bytes: Uint8Array): readonly number[] {
  try {
    const speakers = speakersSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    return (speakers.data ?? []).flatMap(({ styles }) => styles.map(({ id }) => id));
  } catch {
    return [];
  }
}

/** The WAV as a speech, if it is one. */
export function speechOf(bytes: Uint8Array): Result<Speech, SpeechFault> {
  const durationS = wavSeconds(bytes);
  return durationS.ok
    ? ok({ bytes, mediaType: "audio/wav", durationS: durationS.value })
    : err({ code: "badAnswer", message: "The engine's answer is no WAV." });
}

async function readAll(
  response: Response,
  bytesMax: number,
): Promise<Result<Uint8Array<ArrayBuffer>, SpeechFault>> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > bytesMax) {
      return err({ code: "badAnswer", message: `VOICEVOX's answer exceeds ${bytesMax} bytes.` });
    }
    parts.push(part);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return ok(whole);
}

/** `fetch failed` says nothing; its cause does. */
const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
};
