/** What a task may be like, until when it is asked for, and what a new one has not come to yet. */
import { isName } from "../zone/messages.ts";
import type { Task, TaskDraft } from "./messages.ts";

/** A line on a card. */
export const TITLE_LENGTH_MAX = 200;
/** A page of text: more is not read standing. */
export const DESCRIPTION_LENGTH_MAX = 2_000;
export const LOCATION_LENGTH_MAX = 200;
export const TYPES_MAX = 8;
/** A crowd; more than a building's people are a mistake. */
export const PEOPLE_MAX = 1_000;
/** A week's work. */
export const ESTIMATE_MINUTES_MAX = 10_080;
export const URGENCY_MAX = 4;
/** Twice the bounty's usual bound: a total that stays exact. */
export const XP_MAX = 10_000;
/** A year. */
export const LIFE_MS_MAX = 365 * 86_400_000;

const TYPE = /^[a-z0-9][a-z0-9_-]{0,31}$/;

/** Undefined: it is in order. Else what is wrong with it, as a clause. */
export function faultOf(draft: TaskDraft, nowMs: number, bountyMax: number): string | undefined {
  const { title, description, location, zone, taskTypes, expiresAtMs } = draft;
  if (title.trim() === "" || title.length > TITLE_LENGTH_MAX || !isLine(title)) return "title";
  if (description.length > DESCRIPTION_LENGTH_MAX || !isText(description)) return "description";
  if (location !== null && (location.length > LOCATION_LENGTH_MAX || !isLine(location))) {
    return "location";
  }
  if (zone !== null && !isName(zone)) return "zone";
  if (!isWithin(draft.bounty, 0, bountyMax)) return "bounty";
  if (!isWithin(draft.bountyXp ?? 0, 0, XP_MAX)) return "bountyXp";
  if (!isWithin(draft.urgency, 0, URGENCY_MAX)) return "urgency";
  if (taskTypes.length > TYPES_MAX || !taskTypes.every((type) => TYPE.test(type))) {
    return "taskTypes";
  }
  if (!isWithin(draft.minPeople, 1, PEOPLE_MAX)) return "minPeople";
  if (!isWithin(draft.estimatedMinutes, 1, ESTIMATE_MINUTES_MAX)) return "estimatedMinutes";
  if (expiresAtMs !== null && !isWithin(expiresAtMs, nowMs + 1, nowMs + LIFE_MS_MAX)) {
    return "expiresAtMs";
  }
  return undefined;
}

/** It is shown on a card, said aloud and printed on terminals; half a character would be stored as another one. */
const isLine = (text: string): boolean => !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(text);
/** The same with line breaks and tabs. */
const isText = (text: string): boolean => !/(?![\n\r\t])[\p{Cc}\p{Cs}]/u.test(text);

const isWithin = (value: number, min: number, max: number): boolean =>
  Number.isInteger(value) && value >= min && value <= max;

const MINUTE_MS = 60_000;
const EXPIRY_MINUTES = 1_440;
const ENVIRONMENT_EXPIRY_MINUTES = 60;
const SUPPLY_EXPIRY_MINUTES = 10_080;
const URGENT_EXPIRY_MINUTES = 30;

/**
 * The seed's: a day; at most an hour where the air is bad; a week for supplies, whatever else it is;
 * and half an hour at most for what is urgent.
 */
export function expiryOf(
  draft: Pick<TaskDraft, "taskTypes" | "expiresAtMs">,
  nowMs: number,
): number {
  if (draft.expiresAtMs !== null) return draft.expiresAtMs;
  let minutes = EXPIRY_MINUTES;
  if (draft.taskTypes.includes("environment"))
    minutes = Math.min(minutes, ENVIRONMENT_EXPIRY_MINUTES);
  if (draft.taskTypes.includes("supply")) minutes = SUPPLY_EXPIRY_MINUTES;
  if (draft.taskTypes.includes("urgent")) minutes = Math.min(minutes, URGENT_EXPIRY_MINUTES);
  return nowMs + minutes * MINUTE_MS;
}

/** Of a new task: what people and the voice have yet to do about it. */
export const UNTOUCHED = {
  acceptedAtMs: null,
  assignedTo: null,
  completedAtMs: null,
  reportStatus: null,
  completionNote: "",
  paidMilli: null,
  lastRemindedAtMs: null,
  ignoredBy: [],
  announcement: null,
  completion: null,
} as const satisfies Partial<Task>;
