/** The office's part of the node's HTTP API, as the page uses it; the seed's routes and what we added. */
import type { AgentStateItem } from "../../transports/http/office/agent-contract.ts";
import type { Person, Role } from "../../transports/http/office/person-contract.ts";
import type { Spoken, TaskItem } from "../../transports/http/office/task-contract.ts";
import type {
  DeviceItem,
  FeeItem,
  RewardRateItem,
  SentItem,
  SupplyItem,
  WalletHistoryItem,
} from "../../transports/http/office/wallet-contract.ts";
import { type Answer, ask, posted, sent } from "./api.ts";
import { newId } from "./clock.ts";
import { store } from "./live/live.ts";

/** An answer to somebody's act that comes later than this is one's own words instead. */
export const FEEDBACK_MS_MAX = 2_500;
export const NOTE_CHARS_MAX = 500;

export type ReportStatus = NonNullable<TaskItem["reportStatus"]>;
export interface TaskReport {
  readonly status: ReportStatus;
  readonly note: string;
}
export type TaskActName = "accept" | "ignore" | "complete" | "dispatch" | "cancel" | "reminded";

/** The answer is shown before the feed brings it. */
export async function tellTask(
  id: number,
  act: TaskActName,
  body: Readonly<Record<string, unknown>>,
): Promise<Answer<TaskItem>> {
  const answer = await ask<TaskItem>(`api/tasks/${id}/${act}`, sent("PUT", body));
  if (answer.ok) putTask(answer.value);
  return answer;
}

const putTask = (task: TaskItem) =>
  store.putOffice({ section: "task", key: String(task.id), value: task });

export interface NewTask {
  readonly title: string;
  readonly description: string;
  readonly zone: string | null;
  readonly location: string | null;
  readonly bounty: number;
  readonly urgency: number;
  readonly taskType: string;
  readonly minutes: number;
  readonly people: number;
}

/** Where somebody asks for it already, that task is brought up to date instead. */
export async function createTask(
  task: NewTask,
): Promise<Answer<{ readonly id: number; readonly isDuplicate: boolean }>> {
  const answer = await ask<TaskItem>(
    "api/tasks/",
    posted({
      title: task.title,
      description: task.description,
      zone: task.zone,
      location: task.location,
      bounty_gold: task.bounty,
      urgency: task.urgency,
      task_type: [task.taskType],
      estimated_duration: task.minutes,
      min_people_required: task.people,
      request_id: newId(),
    }),
  );
  if (!answer.ok) return answer;
  putTask(answer.value);
  const { id } = answer.value;
  return { ...answer, value: { id, isDuplicate: answer.status !== 201 } };
}

export interface TaskStats {
  readonly total_xp: number;
  readonly tasks_completed: number;
  readonly tasks_created: number;
  readonly tasks_active: number;
  readonly tasks_queued: number;
  readonly tasks_completed_last_hour: number;
}
export const fetchTaskStats = (signal: AbortSignal) =>
  ask<TaskStats>("api/tasks/stats", { signal });

interface SpokenAnswer {
  readonly audio_url: string | null;
  readonly text_generated: string;
  readonly duration_seconds: number | null;
}

/** Undefined: this node says nothing of its own. */
export async function fetchFeedback(
  kind: "task_accepted" | "task_completed",
  title: string,
  signal: AbortSignal,
): Promise<Spoken | undefined> {
  const path = `api/voice/feedback/${kind}`;
  const answer = await ask<SpokenAnswer>(path, { ...posted({ title }), signal });
  return answer.ok ? spokenOf(answer.value) : undefined;
}

export async function fetchRejection(signal: AbortSignal): Promise<Spoken | undefined> {
  const answer = await ask<SpokenAnswer>("api/voice/rejection/random", { signal });
  return answer.ok ? spokenOf(answer.value) : undefined;
}

const spokenOf = (answer: SpokenAnswer): Spoken => ({
  text: answer.text_generated,
  audioUrl: answer.audio_url,
  durationS: answer.duration_seconds,
});

export const fetchZoneFactor = (zone: string) =>
  ask<{ multiplier: number }>(`api/wallet/devices/zone-multiplier/${encodeURIComponent(zone)}`);

export const fetchAgent = (signal: AbortSignal) => ask<AgentStateItem>("api/agent", { signal });
export const startCycle = (note: string) =>
  ask<{ atMs: number }>("api/agent/cycles", posted({ note }));

/** As the node has it. */
export const PASSWORD_CHARS_MIN = 8;

export interface NewPerson {
  readonly name: string;
  readonly displayName: string;
  readonly role: Role;
  /** Empty: cannot log in. */
  readonly password: string;
}

export const addPerson = ({ password, ...person }: NewPerson) =>
  put(ask<Person>("api/users", posted({ ...person, ...(password !== "" && { password }) })));

export const changeOwnPassword = (password: string, newPassword: string) =>
  ask<unknown>("api/me/password", sent("PUT", { password, newPassword }));

export const changePerson = (
  id: number,
  change: {
    readonly role?: Role;
    readonly isActive?: boolean;
    readonly displayName?: string;
    readonly password?: string;
  },
) => put(ask<Person>(`api/users/${id}`, sent("PUT", change)));

/** Shown before the feed brings it. */
async function put(asked: Promise<Answer<Person>>): Promise<Answer<Person>> {
  const answer = await asked;
  if (answer.ok) {
    const { id, name, displayName, role, isActive, createdAtMs } = answer.value;
    const value = { id, name, displayName, role, isActive, createdAtMs };
    store.putOffice({ section: "person", key: String(id), value });
  }
  return answer;
}

export const fetchWallet = (
  personId: number,
  page: { readonly limit: number; readonly offset: number },
  signal: AbortSignal,
) =>
  ask<WalletHistoryItem>(
    `api/wallet/wallets/${personId}/history?limit=${page.limit}&offset=${page.offset}`,
    { signal },
  );

export const fetchFee = (points: number, signal: AbortSignal) =>
  ask<FeeItem>(`api/wallet/transactions/transfer-fee?amount=${points}`, { signal });

export interface PointsToSend {
  /** Undefined: the session's own. */
  readonly from: number | undefined;
  readonly to: number;
  readonly points: number;
  readonly memo: string;
  /** A repeat of it is the same transfer. */
  readonly requestId: string;
}
export const sendPoints = ({ from, to, points, memo, requestId }: PointsToSend) =>
  ask<SentItem>(
    "api/wallet/transactions/p2p-transfer",
    posted({
      ...(from !== undefined && { from_user_id: from }),
      to_user_id: to,
      amount: points,
      description: memo,
      request_id: requestId,
    }),
  );

export const fetchDevices = (signal: AbortSignal) =>
  ask<readonly DeviceItem[]>("api/wallet/devices/", { signal });
export const fetchRates = (signal: AbortSignal) =>
  ask<readonly RewardRateItem[]>("api/wallet/reward-rates", { signal });
export const fetchSupply = (signal: AbortSignal) =>
  ask<SupplyItem>("api/wallet/supply", { signal });

/** A line of the chain from a reading to a payment; it belongs to the one above it that is less deep. */
export interface ChainLine {
  readonly depth: number;
  readonly kind:
    | "reading"
    | "event"
    | "cycle"
    | "saw"
    | "thought"
    | "call"
    | "task"
    | "step"
    | "transfer"
    | "voice"
    | "command"
    | "note";
  /** By which it can be asked for. */
  readonly id: string | null;
  readonly atMs: number | null;
  readonly tookMs: number | null;
  readonly text: string;
}
export const fetchExplanation = (id: string, signal: AbortSignal) =>
  ask<{ readonly id: string; readonly lines: readonly ChainLine[] }>(
    `api/explain/${encodeURIComponent(id)}`,
    { signal },
  );
