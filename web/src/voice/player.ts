/**
 * Says one thing with what this browser has: a sound file of the node, else the browser's own speech, else, muted
 * or without a voice, as a caption for as long as it takes to read.
 */
import { after } from "../clock.ts";
import type { Player, Utterance } from "./audio-queue.ts";
import { voiceSettings } from "./settings.ts";

/** To read a caption, ms: to notice it, and a character each, as fast as people read Japanese aloud. */
const READ_MS_MIN = 1_500;
const READ_MS_PER_CHAR = 60;
const READ_MS_MAX = 8_000;
/** Speech that has not begun by then never will: browsers without a voice say nothing, not even an error. */
const BEGIN_MS_MAX = 4_000;
/** Nothing that is said here takes longer; a stuck engine must not silence the page for good. */
const SAY_MS_MAX = 45_000;

export const player: Player = {
  async play(utterance, signal) {
    const { isMuted } = voiceSettings();
    if (isMuted) return shown(utterance, signal);
    if (utterance.audioUrl !== null) {
      const outcome = await played(utterance.audioUrl, signal);
      if (outcome !== "failed") return outcome;
    }
    const outcome = await spoken(utterance.text, signal);
    return outcome === "failed" ? shown(utterance, signal) : outcome;
  },
};

type Outcome = "said" | "blocked" | "failed";

function played(url: string, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve) => {
    const audio = new Audio(new URL(url, document.baseURI).href);
    audio.volume = voiceSettings().volume;
    const giveUp = after(SAY_MS_MAX, () => end("said"));
    const stop = () => {
      audio.pause();
      end("said");
    };
    const end = (outcome: Outcome) => {
      giveUp();
      signal.removeEventListener("abort", stop);
      resolve(outcome);
    };
    signal.addEventListener("abort", stop);
    audio.onended = () => end("said");
    audio.onerror = () => end("failed");
    audio.play().catch((error: DOMException) => {
      end(error.name === "NotAllowedError" ? "blocked" : "failed");
    });
  });
}

function spoken(text: string, signal: AbortSignal): Promise<Outcome> {
  if (!("speechSynthesis" in window)) return Promise.resolve("failed");
  // Chromium would swallow it without a word.
  if (navigator.userActivation?.hasBeenActive === false) return Promise.resolve("blocked");
  return new Promise((resolve) => {
    const speech = new SpeechSynthesisUtterance(text);
    speech.lang = languageOf(text);
    const voice = voiceFor(speech.lang);
    if (voice !== undefined) speech.voice = voice;
    speech.volume = voiceSettings().volume;
    let giveUp = after(BEGIN_MS_MAX, () => stop("failed"));
    const stop = (outcome: Outcome) => {
      end(outcome);
      speechSynthesis.cancel();
    };
    const onAbort = () => stop("said");
    const end = (outcome: Outcome) => {
      giveUp();
      signal.removeEventListener("abort", onAbort);
      resolve(outcome);
    };
    signal.addEventListener("abort", onAbort);
    speech.onstart = () => {
      giveUp();
      giveUp = after(SAY_MS_MAX, () => stop("said"));
    };
    speech.onend = () => end("said");
    speech.onerror = ({ error }) => end(error === "not-allowed" ? "blocked" : "failed");
    speechSynthesis.speak(speech);
  });
}

function shown({ text }: Utterance, signal: AbortSignal): Promise<"said"> {
  const readMs = Math.min(READ_MS_MAX, READ_MS_MIN + READ_MS_PER_CHAR * text.length);
  return new Promise((resolve) => {
    const cancel = after(readMs, () => resolve("said"));
    signal.addEventListener("abort", () => {
      cancel();
      resolve("said");
    });
  });
}

/** Kana and Han are Japanese here; everything else is read as English. */
export const languageOf = (text: string): "ja-JP" | "en-US" =>
  /[\u3040-\u30ff\u3400-\u9fff]/.test(text) ? "ja-JP" : "en-US";

/** One of this machine before one that sends the text away. */
export function voiceFor(tag: string): SpeechSynthesisVoice | undefined {
  const fitting = speechSynthesis
    .getVoices()
    .filter(({ lang }) => lang.slice(0, 2) === tag.slice(0, 2));
  return fitting.find(({ localService }) => localService) ?? fitting[0];
}
