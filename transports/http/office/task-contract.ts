/**
 * Tasks as the API and the page see them; times are ms since the epoch, bounties whole points. The routes
 * under /api/tasks/ answer them with the first system's field names beside ours, and take those in bodies.
 */
import { z } from "zod";

export const spokenSchema = z.object({
  text: z.string(),
  /** Null: the page's own speech says it. */
  audioUrl: z.string().nullable(),
  durationS: z.number().nullable(),
});

export const taskSchema = z.object({
  id: z.number().int(),
  title: z.string(),
  description: z.string(),
  location: z.string().nullable(),
  zone: z.string().nullable(),
  bounty: z.number().int(),
  bountyXp: z.number().int(),
  urgency: z.number().int(),
  taskTypes: z.array(z.string()).readonly(),
  minPeople: z.number().int(),
  estimatedMinutes: z.number().int(),
  state: z.enum(["queued", "open", "accepted", "paying", "completed", "expired", "cancelled"]),
  createdBy: z.enum(["operator", "sensor", "person", "device", "model", "stranger"]),
  causeId: z.string().nullable(),
  createdAtMs: z.number(),
  expiresAtMs: z.number(),
  dispatchedAtMs: z.number().nullable(),
  dispatchReason: z.string(),
  acceptedAtMs: z.number().nullable(),
  assignedTo: z.number().int().nullable(),
  completedAtMs: z.number().nullable(),
  reportStatus: z.enum(["no_issue", "resolved", "needs_followup", "cannot_resolve"]).nullable(),
  completionNote: z.string(),
  paidMilli: z.number().int().nullable(),
  lastRemindedAtMs: z.number().nullable(),
  ignoredBy: z.array(z.number().int()).readonly(),
  announcement: spokenSchema.nullable(),
  completion: spokenSchema.nullable(),
});

const isoTime = z.iso.datetime().nullable();

/** A task as /api/tasks/ answers it: ours, and what clients of the first system read. */
export const taskAnswerSchema = taskSchema.extend({
  bounty_gold: z.number().int(),
  bounty_xp: z.number().int(),
  task_type: z.array(z.string()).readonly(),
  min_people_required: z.number().int(),
  estimated_duration: z.number().int(),
  is_completed: z.boolean(),
  is_queued: z.boolean(),
  created_at: isoTime,
  expires_at: isoTime,
  dispatched_at: isoTime,
  accepted_at: isoTime,
  completed_at: isoTime,
  last_reminded_at: isoTime,
  assigned_to: z.number().int().nullable(),
  report_status: taskSchema.shape.reportStatus,
  completion_note: z.string(),
  announcement_audio_url: z.string().nullable(),
  announcement_text: z.string().nullable(),
  completion_audio_url: z.string().nullable(),
  completion_text: z.string().nullable(),
});

const count = z.number().int();
const personId = z.number().int().min(1).nullish();

/** `["supply"]`, or that as a text, or `supply, urgent`. */
const typesSchema = z.union([z.array(z.string()), z.string()]).nullish();

/** Some minutes of speech. */
const SPOKEN_CHARS_MAX = 1_000;
const spokenText = z.string().max(SPOKEN_CHARS_MAX).nullish();
/** Of this node: the page plays no other's. */
const audioUrl = z
  .string()
  .regex(/^\/audio\/[\w-]+(\/[\w-]+)?\.[a-z0-9]+$/)
  .nullish();

export const createTaskSchema = z.object({
  title: z.string(),
  description: z.string().nullish(),
  location: z.string().nullish(),
  zone: z.string().nullish(),
  bounty_gold: count.optional(),
  bounty: count.optional(),
  bounty_xp: count.optional(),
  urgency: count.default(2),
  task_type: typesSchema,
  min_people_required: count.default(1),
  estimated_duration: count.default(10),
  /** Without an offset it is UTC, as the first system wrote it. */
  expires_at: z.union([z.iso.datetime({ offset: true, local: true }), z.number()]).nullish(),
  /** The asker's own: a repeat gets the first answer. */
  request_id: z
    .string()
    .min(1)
    .max(128)
    .refine((id) => !/[\p{Cc}\p{Cs}]/u.test(id), "has control or half characters")
    .optional(),
  /** From `/api/voice/announce_with_completion`; without both texts the office's voice finds its own. */
  announcement_text: spokenText,
  announcement_audio_url: audioUrl,
  completion_text: spokenText,
  completion_audio_url: audioUrl,
});

export const takeTaskSchema = z.object({ user_id: personId }).nullish();

export const completeTaskSchema = z
  .object({
    user_id: personId,
    report_status: taskSchema.shape.reportStatus.unwrap().nullish(),
    completion_note: z.string().nullish(),
  })
  .nullish();

/** As many as may be open at once. */
const PAGE_TASKS_MAX = 500;
export const taskPageSchema = z.object({
  skip: z.coerce.number().int().min(0).max(1_000_000).default(0),
  /** Clients of the first system ask for 1,000 and mean all: they get as many as there are on a page. */
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .overwrite((limit) => Math.min(limit, PAGE_TASKS_MAX))
    .default(100),
});

export const taskStatsSchema = z.object({
  total_xp: count,
  tasks_created: count,
  tasks_completed: count,
  tasks_active: count,
  tasks_queued: count,
  tasks_completed_last_hour: count,
});

export type TaskAnswerItem = z.infer<typeof taskAnswerSchema>;
export type CreateTaskBody = z.output<typeof createTaskSchema>;
export type TakeTaskBody = z.output<typeof takeTaskSchema>;
export type CompleteTaskBody = z.output<typeof completeTaskSchema>;
export type TaskStatsItem = z.infer<typeof taskStatsSchema>;
export type Spoken = z.infer<typeof spokenSchema>;
export type TaskItem = z.infer<typeof taskSchema>;
