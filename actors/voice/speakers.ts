/** VOICEVOX's numbers of one character's voices, and which is used for what. */
import type { Tone } from "./messages.ts";
import type { Utterance } from "./words.ts";

/** Nurse Robo Type T: https://voicevox.hiroshiba.jp, speaker list of the engine. */
export const SPEAKER = { normal: 47, happy: 48, cool: 46, whisper: 49 } as const;

const POOLS: Readonly<Record<Utterance, readonly number[]>> = {
  announcement: [SPEAKER.normal],
  rejection: [SPEAKER.normal, SPEAKER.cool],
  completion: [SPEAKER.normal, SPEAKER.happy],
  task_accepted: [SPEAKER.normal, SPEAKER.happy],
  task_completed: [SPEAKER.normal, SPEAKER.happy],
};

const TONES: Readonly<Record<Tone, number>> = {
  neutral: SPEAKER.normal,
  caring: SPEAKER.whisper,
  humorous: SPEAKER.happy,
  alert: SPEAKER.cool,
};

/** `random` in [0, 1). */
export function speakerOf(utterance: Utterance, random: number): number {
  const pool = POOLS[utterance];
  return pool[Math.floor(random * pool.length)] ?? SPEAKER.normal;
}

export const speakerOfTone = (tone: Tone): number => TONES[tone];
