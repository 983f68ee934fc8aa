/** The seed's voice service: words and sounds for tasks, people and the agent. */
import { z } from "zod";
import { ok } from "../../../runtime/result.ts";
import { type Route, route } from "../route.ts";
import {
  announceSchema,
  audioParamsSchema,
  clipSchema,
  dualClipSchema,
  feedbackParamsSchema,
  feedbackSchema,
  rejectionStatusSchema,
  sayingSchema,
  synthesizeSchema,
  voiceEventSchema,
  voiceEventsSchema,
} from "./voice-contract.ts";

/** Two sentences by a model and two sounds, on a machine that does nothing fast. */
const VOICE_TIMEOUT_MS = 90_000;
/** What the seed's page asks for. */
const RECENT_MS = 60_000;

const recentQuerySchema = z.object({
  seconds: z.coerce
    .number()
    .int()
    .min(1)
    .max(86_400)
    .default(RECENT_MS / 1_000),
});

export const VOICE_ROUTES: readonly Route[] = [
  route({
    method: "POST",
    url: "/api/voice/synthesize",
    summary: "Make sound of a text",
    body: synthesizeSchema,
    answer: clipSchema,
    role: "member",
    timeoutMs: VOICE_TIMEOUT_MS,
    run: ({ view }, { body }) => view.office.voice.synthesize(body),
  }),
  route({
    method: "POST",
    url: "/api/voice/announce",
    summary: "Words and sound for a task's announcement",
    body: announceSchema,
    answer: clipSchema,
    role: "member",
    timeoutMs: VOICE_TIMEOUT_MS,
    run: async ({ view }, { body }) => {
      const voices = await view.office.voice.announce(body);
      if (!voices.ok) return voices;
      const { announcement_audio_url, announcement_text, announcement_duration } = voices.value;
      return ok({
        audio_url: announcement_audio_url,
        text_generated: announcement_text,
        duration_seconds: announcement_duration,
      });
    },
  }),
  route({
    method: "POST",
    url: "/api/voice/announce_with_completion",
    summary: "Words and sound for a task's announcement and for its completion",
    body: announceSchema,
    answer: dualClipSchema,
    role: "member",
    timeoutMs: VOICE_TIMEOUT_MS,
    run: ({ view }, { body }) => view.office.voice.announce(body),
  }),
  route({
    method: "POST",
    url: "/api/voice/feedback/:kind",
    summary: "Words and sound for who has accepted or completed a task",
    params: feedbackParamsSchema,
    body: feedbackSchema,
    answer: clipSchema,
    role: "member",
    timeoutMs: VOICE_TIMEOUT_MS,
    run: ({ view }, { params, body }) =>
      view.office.voice.feedback(params.kind, body.title ?? null),
  }),
  route({
    method: "GET",
    url: "/api/voice/rejection/random",
    summary: "An answer to who ignores a task, out of the stock; it is gone from there",
    answer: clipSchema,
    role: "member",
    run: ({ view }) => view.office.voice.rejection(),
  }),
  route({
    method: "GET",
    url: "/api/voice/rejection/status",
    summary: "How many answers are in stock",
    answer: rejectionStatusSchema,
    run: ({ view }) => view.office.voice.rejectionStatus(),
  }),
  route({
    method: "POST",
    url: "/api/voice/rejection/clear",
    summary: "Empty the stock; it is filled anew",
    answer: rejectionStatusSchema,
    run: ({ view }) => view.office.voice.clearRejections(),
  }),
  route({
    method: "POST",
    url: "/api/voice-events/",
    summary: "Say something on all pages",
    body: sayingSchema,
    answer: voiceEventSchema,
    statuses: [201],
    timeoutMs: VOICE_TIMEOUT_MS,
    run: async ({ view }, { body }) => {
      const event = await view.office.voice.say(body);
      return event.ok ? { ...event, status: 201 } : event;
    },
  }),
  route({
    method: "GET",
    url: "/api/voice-events/recent",
    summary: "What was said on all pages, newest first; of the last minute unless told",
    query: recentQuerySchema,
    answer: voiceEventsSchema,
    run: async ({ view }, { query }) => {
      const events = await view.office.voice.events(query.seconds * 1_000);
      return events.ok ? ok({ events: events.value }) : events;
    },
  }),
  route({
    method: "GET",
    url: "/audio/:file",
    summary: "A sound",
    params: audioParamsSchema,
    answer: "wav",
    run: ({ view }, { params }) => view.office.voice.audio("", params.file),
  }),
  route({
    method: "GET",
    url: "/audio/rejections/:file",
    summary: "A sound out of the stock",
    params: audioParamsSchema,
    answer: "wav",
    run: ({ view }, { params }) => view.office.voice.audio("rejections", params.file),
  }),
];
