/**
 * The node as HTTP and the live feed see it: reads the board and the store, and asks hubs for what an
 * operator wants done.
 */
import type { ActorRef } from "../runtime/actor-ref.ts";
import type { ActorSystem } from "../runtime/actor-system.ts";
import { MycelError } from "../runtime/errors.ts";
import { err, ok, type Result } from "../runtime/result.ts";
import type { StateStore } from "../runtime/state/state-store.ts";
import { frameFields, openedFields } from "../transports/frame/frame-fields.ts";
import { fromHex } from "../transports/frame/hex.ts";
import { channelCode } from "../transports/frame/names.ts";
import type {
  EventsQuery,
  HistoryAnswer,
  HistoryQuery,
  Leaf,
  LeafAct,
  LeavesQuery,
  SeenFrame,
} from "../transports/http/contract.ts";
import type { ActRefusal, NodeView } from "../transports/http/node-view.ts";
import { commandView } from "./command-view.ts";
import { type Board, eventOf } from "./dashboard/board.ts";
import { queryEvents } from "./historian/event-query.ts";
import { queryHistory } from "./historian/history-query.ts";
import type { TappedFrame } from "./hub/frame-tap.ts";
import type { HubAnswer, HubCommand, KeyAnswer, TappedFrames } from "./hub/messages.ts";
import { nodeHealth } from "./node-health.ts";
import { officeView } from "./office/office-view.ts";

/** A hub answers after a durable write; it gives up on its store after 5 s and says so. */
const ACT_MS_MAX = 8_000;

export interface NodeViewParts {
  readonly system: ActorSystem;
  readonly board: Board;
  /** For reading; the historian alone writes. */
  readonly store: StateStore;
  readonly hubNos: ReadonlyMap<string, number>;
  readonly hubRef: (hub: string) => ActorRef<HubCommand>;
  /** Where the voice keeps its sounds. */
  readonly soundsDir: string;
  /** What is asked of the office before reaches nobody. */
  readonly isOfficeUp: () => boolean;
  readonly metrics: () => Promise<string>;
  /** Of all that the node keeps, in a new directory. */
  readonly backup: (dir: string) => Promise<{ readonly bytes: number }>;
  /** Stages a backup and has the node start anew on it; throws `E_STORE_…` when it is no good. */
  readonly restore: (dir: string) => Promise<{ readonly bytes: number }>;
}

type KeyRequest = (replyTo: ActorRef<KeyAnswer>) => HubCommand;

export function nodeView(parts: NodeViewParts): NodeView {
  const { board, system, store, hubNos } = parts;

  const act = async (
    hub: string,
    leafId: number,
    request: (replyTo: ActorRef<HubAnswer>) => HubCommand,
  ): Promise<Result<Leaf, ActRefusal>> => {
    if (!hubNos.has(hub)) return err("hubUnknown");
    const ref = parts.hubRef(hub);
    const answer = await answered(system.ask<HubCommand, HubAnswer>(ref, request, ACT_MS_MAX));
    if (answer === undefined) return err("timeout");
    if (answer.type === "HubRefused") return err(answer.reason);
    const leaf = board.leaf(hub, leafId);
    if (leaf === undefined) return err("leafUnknown");
    return ok({
      ...leaf,
      name: answer.record.name,
      zone: answer.record.zone,
      standing: answer.record.standing,
      hardware: answer.record.hardware ?? null,
      capabilities: [...answer.record.capabilities],
      claimedHardware: answer.record.claimedHardware ?? null,
    });
  };

  const askKeys = async (
    hub: string,
    request: KeyRequest,
  ): Promise<Result<number | undefined, ActRefusal>> => {
    if (!hubNos.has(hub)) return err("hubUnknown");
    const ref = parts.hubRef(hub);
    const answer = await answered(system.ask<HubCommand, KeyAnswer>(ref, request, ACT_MS_MAX));
    if (answer === undefined) return err("timeout");
    return answer.type === "KeyAccepted" ? ok(answer.untilMs) : err(answer.reason);
  };

  return {
    state: () => ({
      nodes: [board.node],
      hubs: [...board.hubs],
      leaves: board.leaves(),
      zones: [...board.zones()],
      tree: [...board.tree],
      kernel: board.kernel,
    }),
    leaves: (query = {}) => leavesPage(board, query),
    zones: () => board.zones(),
    tree: ({ under } = {}) => ({
      actors:
        under === undefined
          ? [...board.tree]
          : board.actors.filter(({ path, parent }) => path === under || parent === under),
      ...board.kernel,
    }),
    findActor: (name) => board.findActor(name),
    trace: (path, onSeen) =>
      system.canTrace
        ? ok(
            system.trace(path, ({ hops, missed }) =>
              onSeen({ hops: hops.map(({ tracer: _own, ...hop }) => hop), missed }),
            ),
          )
        : err("tracersFull"),
    events: (query: EventsQuery) =>
      queryEvents(store, {
        zone: query.zone,
        kind: query.kind,
        sinceMs: query.sinceMs,
        limit: query.limit,
      }).map(eventOf),
    frames: async (hub, leafId, after) => {
      if (!hubNos.has(hub)) return err("hubUnknown");
      if (board.rowOf(hub, leafId) === undefined) return err("leafUnknown");
      const ref = parts.hubRef(hub);
      const answer = await answered(
        system.ask<HubCommand, TappedFrames>(
          ref,
          (replyTo) => ({ type: "TapFrames", leafId, after, replyTo }),
          ACT_MS_MAX,
        ),
      );
      if (answer === undefined) return err("timeout");
      return answer.frames === undefined ? err("busy") : ok(answer.frames.map(seenFrame));
    },
    history: async (query) => history(query, board, store, hubNos),
    health: () => nodeHealth(board, parts.isOfficeUp()),
    metrics: parts.metrics,
    actOnLeaf: (hub, leafId, request) =>
      act(hub, leafId, (replyTo) => commandOf(request, leafId, replyTo)),
    addLeaf: ({ hub, leafId, name, zone }) =>
      act(hub, leafId, (replyTo) => ({ type: "AddLeaf", leafId, name, zone, replyTo })),
    openPairing: async (hub, { forS, installCode: code, leafId }) => {
      const installCode = code === undefined ? undefined : fromHex(code);
      const opened = await askKeys(hub, (replyTo) => {
        return { type: "OpenPairing", forS, installCode, leafId, replyTo };
      });
      return opened.ok ? ok({ untilMs: opened.value ?? 0 }) : opened;
    },
    changeKey: async (hub, leafId, act) => {
      const type = act === "rotate" ? "RotateKey" : "ForgetKey";
      const acted = await askKeys(hub, (replyTo) => ({ type, leafId, replyTo }));
      return acted.ok ? ok(undefined) : acted;
    },
    ...commandView({ system, board, store, hubNos, hubRef: parts.hubRef }),
    backup: async (dir) => ok(await parts.backup(dir)),
    restore: async (dir) => ok(await parts.restore(dir)),
    live: board,
    office: officeView({
      system,
      soundsDir: parts.soundsDir,
      models: () => board.models(),
      history: { store, hubNos, leafId: (hub, name) => board.findLeaf(hub, name)?.leafId },
    }),
  };
}

function leavesPage(board: Board, { hub, zone, after, limit }: Partial<LeavesQuery>): Leaf[] {
  const cut = after?.lastIndexOf("/") ?? -1;
  const from = after && board.rowOf(after.slice(0, cut), Number(after.slice(cut + 1)));
  const page: Leaf[] = [];
  for (const leaf of board.leaves(typeof from === "number" ? from : -1)) {
    if (page.length === limit) break;
    if (hub !== undefined && leaf.hub !== hub) continue;
    if (zone === undefined || leaf.zone === zone) page.push(leaf);
  }
  return page;
}

/** Undefined when none came in time. */
async function answered<A>(asked: Promise<A>): Promise<A | undefined> {
  try {
    return await asked;
  } catch (error) {
    const code = error instanceof MycelError ? error.code : undefined;
    if (code === "E_ASK_TIMEOUT" || code === "E_ASK_REFUSED") return undefined;
    throw error;
  }
}

const seenFrame = ({ no, atMs, hex, openedHex, refusal }: TappedFrame): SeenFrame => {
  const bytes = fromHex(hex) ?? new Uint8Array();
  const opened = openedHex === undefined ? undefined : fromHex(openedHex);
  return {
    ...{ no, atMs, hex, openedHex: openedHex ?? null, refusal: refusal ?? null },
    fields: frameFields(bytes),
    openedFields: opened === undefined ? [] : openedFields(opened),
  };
};

function commandOf(act: LeafAct, leafId: number, replyTo: ActorRef<HubAnswer>): HubCommand {
  switch (act.act) {
    case "rename":
      return { type: "RenameLeaf", leafId, name: act.name, replyTo };
    case "move":
      return { type: "MoveLeaf", leafId, zone: act.zone, replyTo };
    case "adopt":
      return { type: "AdoptLeaf", leafId, replyTo };
    case "agreeHardware":
      return { type: "AgreeHardware", leafId, replyTo };
    case "keepHardware":
      return { type: "KeepHardware", leafId, replyTo };
    case "sleep": {
      const wakeVia = act.wakeVia ?? undefined;
      return { type: "SetSleep", leafId, sleeps: act.sleeps, wakeVia, replyTo };
    }
    case "configure":
      return { type: "ConfigureLeaf", leafId, settings: act.settings, replyTo };
    case "limit":
      return {
        type: "LimitLeaf",
        leafId,
        framesPerSecondMax: act.framesPerSecondMax,
        replyTo,
      };
  }
}

function history(
  query: HistoryQuery,
  board: Board,
  store: StateStore,
  hubNos: ReadonlyMap<string, number>,
): Result<HistoryAnswer, "leafUnknown" | "channelUnknown"> {
  const leaf = board.findLeaf(query.hub, query.leaf);
  const hubNo = hubNos.get(query.hub);
  if (leaf === undefined || hubNo === undefined) return err("leafUnknown");
  const channel = channelCode(query.channel);
  if (channel === undefined) return err("channelUnknown");
  const { leafId } = leaf;
  // One row more than asked for tells whether there are more.
  const rows = queryHistory(store, {
    hubNo,
    leafId,
    channel,
    fromMs: query.fromMs ?? 0,
    toMs: query.toMs ?? Number.MAX_SAFE_INTEGER,
    stepMs: query.stepMs,
    limit: query.limit + 1,
  });
  return ok({
    hub: query.hub,
    leafId,
    channel: query.channel,
    rows: rows.slice(0, query.limit),
    more: rows.length > query.limit,
  });
}
