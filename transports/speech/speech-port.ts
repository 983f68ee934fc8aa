/** An engine that makes sound of text, whatever it is: VOICEVOX over HTTP, a program on this machine. */
import type { Result } from "../../runtime/result.ts";

export interface SpeechPort {
  readonly name: string;
  readonly languages: readonly Language[];
  /** Never throws; bounded in time. */
  synthesize(order: SpeechOrder, signal?: AbortSignal): Promise<Result<Speech, SpeechFault>>;
  check(signal: AbortSignal): Promise<Result<void, SpeechFault>>;
}

export type Language = "ja" | "en";

export interface SpeechOrder {
  readonly text: string;
  readonly language: Language;
  /** VOICEVOX's number of a voice; engines with one voice pay no heed. */
  readonly speaker: number;
}

export interface Speech {
  readonly bytes: Uint8Array;
  readonly mediaType: "audio/wav" | "audio/mpeg";
  readonly durationS: number;
}

export interface SpeechFault {
  readonly code: "unreachable" | "timeout" | "badText" | "badAnswer" | "engineFailed";
  readonly message: string;
}
