/**
 * What the voice accepts: sentences to be said in the office, texts to be made sound, and the stock of
 * answers to whoever ignores a task.
 *
 *   agent ──Speak──▶ voice ──VoiceEvent──▶ dashboard ──▶ pages, each with its own queue
 *   tasks ──PrepareTask, Announce──▶ │ ──model──▶ words ──engine──▶ sound, a file of the data folder
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { Spoken } from "../task/messages.ts";

export const TONES = ["neutral", "caring", "humorous", "alert"] as const;
export type Tone = (typeof TONES)[number];

/** What a task is told with. */
export interface TaskWords {
  readonly title: string;
  readonly description: string;
  readonly zone: string | null;
  readonly bounty: number;
  readonly urgency: number;
}

export const FEEDBACKS = ["task_accepted", "task_completed"] as const;
export type FeedbackKind = (typeof FEEDBACKS)[number];

export type VoiceCommand =
  /** Says it on all pages. */
  | {
      readonly type: "Speak";
      readonly text: string;
      readonly zone: string | null;
      readonly tone: Tone;
      readonly causeId: string | null;
      readonly replyTo: ActorRef<VoiceAnswer>;
    }
  /** The same with words and sound that were made before. */
  | { readonly type: "Announce"; readonly event: Omit<VoiceEvent, "id" | "atMs"> }
  /** Sound for whoever asks, heard by nobody else. */
  | {
      readonly type: "Synthesize";
      readonly text: string;
      readonly tone: Tone;
      readonly replyTo: ActorRef<VoiceAnswer>;
    }
  /** Announcement and completion of a task at once; answered in any case, with plain words at worst. */
  | ({
      readonly type: "PrepareTask";
      readonly taskId: number;
      readonly replyTo: ActorRef<TaskVoices>;
    } & TaskWords)
  /** Words for who has just accepted or completed a task. */
  | {
      readonly type: "GiveFeedback";
      readonly kind: FeedbackKind;
      readonly title: string | null;
      readonly replyTo: ActorRef<VoiceAnswer>;
    }
  /** One of the stock, at once; made up from plain words when there is none. */
  | { readonly type: "TakeRejection"; readonly replyTo: ActorRef<VoiceAnswer> }
  | { readonly type: "GetRejections"; readonly replyTo: ActorRef<RejectionStatus> }
  | { readonly type: "ClearRejections"; readonly replyTo: ActorRef<RejectionStatus> }
  | {
      readonly type: "GetVoiceEvents";
      readonly sinceMs: number;
      readonly replyTo: ActorRef<VoiceEvents>;
    };

/** `event` null: it was for the asker alone. */
export type VoiceAnswer =
  | { readonly type: "Spoken"; readonly spoken: Spoken; readonly event: VoiceEvent | null }
  | { readonly type: "VoiceRefused"; readonly reason: "badText" | "busy" };

export interface TaskVoices {
  readonly type: "TaskVoices";
  readonly taskId: number;
  readonly announcement: Spoken;
  readonly completion: Spoken;
}

/** Something to be heard on the pages; the page's queue orders it. */
export interface VoiceEvent extends Spoken {
  readonly id: string;
  readonly atMs: number;
  /** 0 answers to a person's act, 1 announcements, 2 the agent's own words */
  readonly priority: 0 | 1 | 2;
  readonly zone: string | null;
  readonly tone: Tone;
  readonly taskId: number | null;
  readonly causeId: string | null;
}

export interface VoiceEvents {
  readonly type: "VoiceEvents";
  /** Newest first. */
  readonly events: readonly VoiceEvent[];
}

export interface RejectionStatus {
  readonly type: "RejectionStatus";
  readonly stockCount: number;
  readonly stockMax: number;
  readonly isGenerating: boolean;
  readonly needsRefill: boolean;
}
