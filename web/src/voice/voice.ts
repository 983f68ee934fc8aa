/**
 * What this page says: the office's voices from the feed, where this tab is the one that speaks, and answers to
 * what somebody does here, always.
 *
 *   feed ──voice items──▶ not heard, not older than a minute ──▶ queue ──▶ player
 *   a person's act ──▶ answer ─────────────────────────────────────┘
 */
import { useSyncExternalStore } from "react";
import { newId, nodeNowMs } from "../clock.ts";
import { store } from "../live/live.ts";
import type { VoiceItem } from "../live/office-items.ts";
import { createTopics } from "../live/topics.ts";
import { createAudioQueue, FRESH_MS, PRIORITY, type QueueState } from "./audio-queue.ts";
import { player } from "./player.ts";

const LOCK = "mycel.voice";
/** Held by a tab that nobody has touched yet: a screen on the wall, which shows what it may not say. */
const LOCK_OF_UNTOUCHED = "mycel.voice.untouched";
const HEARD = "mycel.heard";
/** Twice what the feed tells of, so that nothing it still tells is forgotten. */
const HEARD_MAX = 100;

const topics = createTopics();
const held = new Set<string>();
const asked = new Set<string>();
let isSpeaker = false;
let heard: readonly string[] = [];

export const queue = createAudioQueue(
  {
    async play(utterance, signal) {
      const outcome = await player.play(utterance, signal);
      if (outcome === "said") remember(utterance.id);
      return outcome;
    },
  },
  nodeNowMs,
);
export const useQueue = (): QueueState => useSyncExternalStore(queue.subscribe, queue.state);

/** Whether this tab is the one that speaks for the office. */
export const useIsSpeaker = (): boolean => useSyncExternalStore(subscribeSpeaker, () => isSpeaker);
const subscribeSpeaker = (listener: () => void) => topics.subscribe("speaker", listener);

export function startVoice(): void {
  store.subscribe("voices", () => void takeVoices());
  for (const event of ["click", "keydown"] as const) {
    addEventListener(event, onGesture, { capture: true });
  }
  askFor(LOCK_OF_UNTOUCHED);
  if (navigator.userActivation?.hasBeenActive) onGesture();
  void takeVoices();
}

/** Something to be said at once, such as the answer to an act. */
export function say(text: string, audioUrl: string | null = null): void {
  const priority = PRIORITY.userAction;
  queue.enqueue({ id: newId(), priority, text, audioUrl, atMs: nodeNowMs() });
}

/** The browser lets a page speak once somebody has done something on it. */
function onGesture(): void {
  queue.unblock();
  askFor(LOCK);
}

/** Whoever asked first holds it until its tab is closed; then the next one. */
function askFor(lock: string): void {
  if (asked.has(lock)) return;
  asked.add(lock);
  if (!("locks" in navigator)) return;
  void navigator.locks.request(lock, () => {
    held.add(lock);
    void takeVoices();
    return new Promise<never>(() => {});
  });
}

/** Not on plain HTTP from another machine: there each tab speaks for itself. */
async function maySpeak(): Promise<boolean> {
  if (!("locks" in navigator) || held.has(LOCK)) return true;
  if (!held.has(LOCK_OF_UNTOUCHED)) return false;
  const { held: others = [] } = await navigator.locks.query();
  return !others.some(({ name }) => name === LOCK);
}

async function takeVoices(): Promise<void> {
  const before = isSpeaker;
  isSpeaker = await maySpeak();
  if (isSpeaker !== before) topics.publish(new Set(["speaker"]));
  if (!isSpeaker) return queue.clear(PRIORITY.announcement);
  for (const voice of newVoices(store.office.voices(), recalled(), nodeNowMs())) {
    const { id, priority, text, audioUrl, atMs } = voice;
    queue.enqueue({ id, priority, text, audioUrl, atMs });
  }
}

/** Those not heard in this browser that are still news, oldest first. */
export const newVoices = (
  voices: readonly VoiceItem[],
  known: readonly string[],
  nowMs: number,
): VoiceItem[] => voices.filter(({ id, atMs }) => nowMs - atMs <= FRESH_MS && !known.includes(id));

/** Shared by the tabs, so that one that takes over says nothing twice. */
function recalled(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(HEARD) ?? "[]");
    return Array.isArray(kept) ? [...heard, ...kept.map(String)] : heard;
  } catch {
    return heard;
  }
}

function remember(id: string): void {
  heard = [...new Set([...recalled(), id])].slice(-HEARD_MAX);
  try {
    localStorage.setItem(HEARD, JSON.stringify(heard));
  } catch {
    // Storage may be forbidden: each tab then remembers for itself.
  }
}
