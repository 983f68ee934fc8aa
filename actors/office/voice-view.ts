/** The voice as HTTP sees it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { systemClock } from "../../runtime/clock.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import type { Clip } from "../../transports/http/office/voice-contract.ts";
import type { VoiceProblem, VoiceView } from "../../transports/http/office/voice-view.ts";
import type { Spoken } from "../task/messages.ts";
import type {
  RejectionStatus,
  TaskVoices,
  VoiceAnswer,
  VoiceCommand,
  VoiceEvents,
} from "../voice/messages.ts";
import type { AskOffice } from "./ask-office.ts";

/** Below the 90 s of the routes: two sentences by a model, two sounds, and those before them. */
const VOICE_MS_MAX = 85_000;
/** Of a task that is on no board. */
const NO_TASK = 0;

/** `dir`: where the sounds are. */
export function voiceView(ask: AskOffice, dir: string): VoiceView {
  const answered = async <T>(
    request: (replyTo: ActorRef<VoiceAnswer>) => VoiceCommand,
    pick: (answer: Extract<VoiceAnswer, { type: "Spoken" }>) => T,
  ): Promise<Result<T, VoiceProblem>> => {
    const answer = await ask<VoiceCommand, VoiceAnswer>("voice", request, VOICE_MS_MAX);
    if (!answer.ok) return answer;
    return answer.value.type === "Spoken" ? ok(pick(answer.value)) : err(answer.value.reason);
  };
  const statusOf = async (
    type: "GetRejections" | "ClearRejections",
  ): ReturnType<VoiceView["rejectionStatus"]> => {
    const status = await ask<VoiceCommand, RejectionStatus>("voice", (replyTo) => ({
      type,
      replyTo,
    }));
    if (!status.ok) return status;
    const { stockCount, stockMax, isGenerating, needsRefill } = status.value;
    return ok({
      stock_count: stockCount,
      max_stock: stockMax,
      is_generating: isGenerating,
      needs_refill: needsRefill,
    });
  };

  return {
    synthesize: ({ text, tone }) =>
      answered((replyTo) => ({ type: "Synthesize", text, tone, replyTo }), clipOf),
    announce: async ({ title, description, zone, location, bounty_gold: bounty, urgency }) => {
      const voices = await ask<VoiceCommand, TaskVoices>(
        "voice",
        (replyTo) => ({
          type: "PrepareTask",
          ...{ taskId: NO_TASK, title, description, zone: zone ?? location ?? null },
          ...{ bounty, urgency, replyTo },
        }),
        VOICE_MS_MAX,
      );
      if (!voices.ok) return voices;
      const { announcement, completion } = voices.value;
      return ok({
        announcement_audio_url: announcement.audioUrl,
        announcement_text: announcement.text,
        announcement_duration: announcement.durationS,
        completion_audio_url: completion.audioUrl,
        completion_text: completion.text,
        completion_duration: completion.durationS,
      });
    },
    feedback: (kind, title) =>
      answered((replyTo) => ({ type: "GiveFeedback", kind, title, replyTo }), clipOf),
    rejection: () => answered((replyTo) => ({ type: "TakeRejection", replyTo }), clipOf),
    rejectionStatus: () => statusOf("GetRejections"),
    clearRejections: () => statusOf("ClearRejections"),
    say: async ({ text, tone, zone = null }) => {
      const event = await answered(
        (replyTo) => ({ type: "Speak", text, tone, zone, causeId: null, replyTo }),
        (answer) => answer.event,
      );
      if (!event.ok) return event;
      return event.value === null ? err("busy") : ok(event.value);
    },
    events: async (sinceMs) => {
      const events = await ask<VoiceCommand, VoiceEvents>("voice", (replyTo) => ({
        type: "GetVoiceEvents",
        sinceMs: systemClock.nowMs() - sinceMs,
        replyTo,
      }));
      return events.ok ? ok(events.value.events) : events;
    },
    audio: async (folder, file) => {
      try {
        return ok(await readFile(join(dir, folder, file)));
      } catch {
        return err("notFound");
      }
    },
  };
}

const clipOf = ({ spoken }: { readonly spoken: Spoken }): Clip => ({
  audio_url: spoken.audioUrl,
  text_generated: spoken.text,
  duration_seconds: spoken.durationS,
});
