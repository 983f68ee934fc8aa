/**
 * The voice as the API shows it. The routes of the seed have the seed's field names, its clients being what
 * they are for; the live feed has ours.
 */
import { z } from "zod";
import { spokenSchema } from "./task-contract.ts";

export const voiceEventSchema = spokenSchema.extend({
  id: z.string(),
  atMs: z.number(),
  /** 0 answers to a person's act, 1 announcements, 2 the agent's own words */
  priority: z.union([z.literal(0), z.literal(1), z.literal(2)]),
  zone: z.string().nullable(),
  tone: z.enum(["neutral", "caring", "humorous", "alert"]),
  taskId: z.number().int().nullable(),
  causeId: z.string().nullable(),
});

export type VoiceItem = z.infer<typeof voiceEventSchema>;

/** The longest text that is made sound. */
const text = z.string().min(1).max(500);
const urgency = z.number().int().min(0).max(4).default(2);

export const synthesizeSchema = z.object({
  text,
  tone: z.enum(["neutral", "caring", "humorous", "alert"]).default("neutral"),
});

/** `audio_url` null: the page's own speech is to say it. */
export const clipSchema = z.object({
  audio_url: z.string().nullable(),
  text_generated: z.string(),
  duration_seconds: z.number().nullable(),
});

/** The seed's task, as far as it is spoken of. */
const spokenTaskSchema = z.object({
  title: text,
  description: z.string().max(2_000).default(""),
  zone: z.string().max(64).nullish(),
  location: z.string().max(200).nullish(),
  bounty_gold: z.number().min(0).max(1_000_000).default(0),
  urgency,
});
/** The task itself, or in a field `task`, as the seed has it. */
export const announceSchema = z.union([
  z.object({ task: spokenTaskSchema }).transform(({ task }) => task),
  spokenTaskSchema,
]);
export const dualClipSchema = z.object({
  announcement_audio_url: z.string().nullable(),
  announcement_text: z.string(),
  announcement_duration: z.number().nullable(),
  completion_audio_url: z.string().nullable(),
  completion_text: z.string(),
  completion_duration: z.number().nullable(),
});

export const feedbackParamsSchema = z.object({ kind: z.enum(["task_accepted", "task_completed"]) });
export const feedbackSchema = z.object({ title: z.string().max(200).optional() }).default({});

export const rejectionStatusSchema = z.object({
  stock_count: z.number().int(),
  max_stock: z.number().int(),
  is_generating: z.boolean(),
  needs_refill: z.boolean(),
});

/** Something to be said on all pages. */
export const sayingSchema = synthesizeSchema.extend({ zone: z.string().max(64).nullish() });
export const voiceEventsSchema = z.object({ events: z.array(voiceEventSchema) });

/** Names of sound files, and nothing else of the disk. */
export const audioParamsSchema = z.object({
  file: z
    .string()
    .regex(/^(speak|feedback|task_announce|task_complete|rejection)_[0-9a-f]{24}\.wav$/),
});

export type Clip = z.infer<typeof clipSchema>;
export type DualClip = z.infer<typeof dualClipSchema>;
export type SpokenTask = z.infer<typeof announceSchema>;
export type RejectionStatusItem = z.infer<typeof rejectionStatusSchema>;
export type Saying = z.infer<typeof sayingSchema>;
