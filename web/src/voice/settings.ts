/** Whether and how loud this browser speaks, kept in it. */
import { useSyncExternalStore } from "react";

export interface VoiceSettings {
  readonly isMuted: boolean;
  /** 0 … 1 */
  readonly volume: number;
}

const REMEMBERED = "mycel.voice";
const listeners = new Set<() => void>();
let settings: VoiceSettings = remembered();

export const voiceSettings = (): VoiceSettings => settings;
export const useVoiceSettings = (): VoiceSettings => useSyncExternalStore(subscribe, voiceSettings);

export function changeVoice(change: Partial<VoiceSettings>): void {
  settings = { ...settings, ...change };
  try {
    localStorage.setItem(REMEMBERED, JSON.stringify(settings));
  } catch {
    // Storage may be forbidden: the choice then lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

function remembered(): VoiceSettings {
  try {
    const kept = JSON.parse(localStorage.getItem(REMEMBERED) ?? "{}") as Partial<VoiceSettings>;
    const { isMuted = false, volume = 1 } = kept;
    return { isMuted: isMuted === true, volume: Math.min(1, Math.max(0, Number(volume) || 0)) };
  } catch {
    return { isMuted: false, volume: 1 };
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
