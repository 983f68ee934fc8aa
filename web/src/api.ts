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
import { t } from "./strings.ts";

export type Answer<T> =
  | { readonly ok: true; readonly value: T }
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

const posted = (body: unknown): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

/** All actors right below one, of those that the feed counts only. */
export const fetchActorsUnder = (path: string, signal: AbortSignal) =>
  ask<{ actors: readonly Actor[] }>(`api/tree?${new URLSearchParams({ under: path })}`, { signal });

async function ask<T>(
  path: string,
  init: RequestInit,
  alsoFine: readonly number[] = [],
): Promise<Answer<T>> {
  let response: Response;
  let body: unknown;
  try {
    response = await fetch(new URL(path, document.baseURI), init);
    learnClock(response.headers.get("date"));
    body = await response.json().catch(() => undefined);
  } catch {
    return { ok: false, error: "unreachable", message: t("api.unreachable") };
  }
  if ((response.ok || alsoFine.includes(response.status)) && body !== undefined) {
    return { ok: true, value: body as T };
  }
  const problem = (body ?? {}) as { error?: string; message?: string };
  return {
    ok: false,
    error: problem.error ?? `http${response.status}`,
    message: problem.message ?? t("api.refused", { status: response.status }),
  };
}
