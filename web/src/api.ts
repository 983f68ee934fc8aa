/** The node's HTTP API as the page uses it: every refusal comes back as a sentence to show. */
import type {
  Actor,
  ActorDetail,
  Command,
  CommandRequest,
  Event,
  Health,
  HistoryAnswer,
  KeyAct,
  Leaf,
  LeafAct,
  LiveInfo,
  Pairing,
  SeenFrame,
} from "../../transports/http/contract.ts";
import { learnClock } from "./clock.ts";
import { formatAge } from "./format.ts";
import { createTopics } from "./live/topics.ts";
import { language, t, wordOf } from "./strings.ts";

export type Answer<T> =
  | { readonly ok: true; readonly value: T; readonly status: number }
  | { readonly ok: false; readonly error: string; readonly message: string };

export interface HistoryRange {
  readonly hub: string;
  readonly leafId: number;
  readonly channel: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Undefined asks for every sample. */
  readonly stepMs: number | undefined;
}

export const fetchHistory = (range: HistoryRange, signal?: AbortSignal) =>
  ask<HistoryAnswer>(
    `api/history?${new URLSearchParams({
      hub: range.hub,
      leaf: String(range.leafId),
      channel: range.channel,
      fromMs: String(Math.floor(range.fromMs)),
      toMs: String(Math.ceil(range.toMs)),
      ...(range.stepMs === undefined ? {} : { stepMs: String(range.stepMs) }),
    })}`,
    signal === undefined ? {} : { signal },
  );

export const fetchEvents = (
  query: { readonly zone?: string; readonly kind?: string; readonly limit: number },
  signal: AbortSignal,
) =>
  ask<{ events: readonly Event[] }>(
    `api/events?${new URLSearchParams({ ...query, limit: String(query.limit) })}`,
    { signal },
  );

export const fetchActor = (path: string, signal: AbortSignal) =>
  ask<ActorDetail>(`api/actor?${new URLSearchParams({ name: path })}`, { signal });

export const fetchLiveInfo = (signal: AbortSignal) => ask<LiveInfo>("api/live-info", { signal });

/** Health is an answer even where it is bad news: the node says 503 then. */
export const fetchHealth = (signal: AbortSignal) => ask<Health>("healthz", { signal }, [503]);

export const fetchLeaves = (query: { readonly zone: string; readonly limit: number }) =>
  ask<readonly Leaf[]>(
    `api/leaves?${new URLSearchParams({ zone: query.zone, limit: String(query.limit) })}`,
    {},
  );

export const actOnLeaf = (hub: string, leafId: number, act: LeafAct) =>
  ask<Leaf>(`api/leaves/${leafPath(hub, leafId)}`, posted(act));

const leafPath = (hub: string, leafId: number) => `${encodeURIComponent(hub)}/${leafId}`;

/** The hub goes on keeping the leaf's frames for a while after each look. */
export const fetchFrames = (hub: string, leafId: number, after: number, signal: AbortSignal) =>
  ask<{ frames: readonly SeenFrame[] }>(
    `api/leaves/${leafPath(hub, leafId)}/frames?after=${after}`,
    { signal },
  );

const commandsPath = (hub: string, leafId: number) =>
  `api/hubs/${encodeURIComponent(hub)}/leaves/${leafId}/commands`;

export const fetchCommands = (hub: string, leafId: number, signal: AbortSignal) =>
  ask<{ commands: readonly Command[] }>(commandsPath(hub, leafId), { signal });

export const sendCommand = (hub: string, leafId: number, request: CommandRequest) =>
  ask<Command>(commandsPath(hub, leafId), posted(request));

export const cancelCommand = (hub: string, leafId: number, id: string) =>
  ask<Command>(`${commandsPath(hub, leafId)}/${encodeURIComponent(id)}`, { method: "DELETE" });

export const openPairing = (hub: string, pairing: Pairing) =>
  ask<{ untilMs: number }>(`api/hubs/${encodeURIComponent(hub)}/pairing`, posted(pairing));

export const changeKey = (hub: string, leafId: number, act: KeyAct) =>
  ask<unknown>(`api/hubs/${encodeURIComponent(hub)}/keys/${leafId}`, posted({ act }));

export const posted = (body: unknown): RequestInit => sent("POST", body);

export const sent = (method: "POST" | "PUT", body: unknown): RequestInit => ({
  method,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

/** All actors right below one, of those that the feed counts only. */
export const fetchActorsUnder = (path: string, signal: AbortSignal) =>
  ask<{ actors: readonly Actor[] }>(`api/tree?${new URLSearchParams({ under: path })}`, { signal });

const topics = createTopics();

/** Wakes when an answer says that nobody is logged in (any more). */
export const subscribeLoggedOut = (listener: () => void): (() => void) =>
  topics.subscribe("loggedOut", listener);

export async function ask<T>(
  path: string,
  init: RequestInit = {},
  alsoFine: readonly number[] = [],
): Promise<Answer<T>> {
  let response: Response;
  let body: unknown;
  try {
    const headers = new Headers(init.headers);
    // A page that asks by itself: the node then answers 401 without the browser's own password window.
    headers.set("X-Mycel", "page");
    response = await fetch(new URL(path, document.baseURI), { ...init, headers });
    learnClock(response.headers.get("date"));
    body = await response.json().catch(() => undefined);
  } catch {
    return { ok: false, error: "unreachable", message: t("api.unreachable") };
  }
  if ((response.ok || alsoFine.includes(response.status)) && body !== undefined) {
    return { ok: true, value: body as T, status: response.status };
  }
  const problem = (body ?? {}) as { error?: string; message?: string };
  const error = problem.error ?? `http${response.status}`;
  if (response.status === 401 && error === "unauthorized") topics.publish(new Set(["loggedOut"]));
  return {
    ok: false,
    error,
    message: inTime(
      refusalMessage(error, problem.message, response.status),
      Number(response.headers.get("retry-after")),
    ),
  };
}

/** A refusal that time mends, with how long that takes. */
const inTime = (words: string, retryAfterS: number): string =>
  retryAfterS > 0 ? t("api.again", { words, age: formatAge(retryAfterS * 1_000) }) : words;

/** Of these the node says which field does not fit, in English. */
const DETAILED: ReadonlySet<string> = new Set(["badRequest", "badTask"]);

function refusalMessage(error: string, told: string | undefined, status: number): string {
  const words = wordOf("refusal", error);
  if (words === undefined) return told ?? t("api.refused", { status });
  return told !== undefined && language() === "en" && DETAILED.has(error)
    ? `${words} ${told}`
    : words;
}
