/**
 * Keeps the board: the newest situation of each zone, events and leaf records as other actors tell
 * them, and once a second the counters of hubs and node; the tree more seldom when it is large. A restart loses nothing, since the
 * board belongs to the node.
 */
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import { unreachable } from "../../runtime/invariant.ts";
import type { Hub, NodeInfo } from "../../transports/http/contract.ts";
import type { HistorianStatus } from "../historian/messages.ts";
import type { EventKind } from "../zone/messages.ts";
import type { Board } from "./board.ts";
import type { KernelReading } from "./kernel-view.ts";
import type { DashboardCommand } from "./messages.ts";

/** Counters move all the time: once a second is as fast as a person reads them. */
const REFRESH_MS = 1_000;
/**
 * The tree goes whole to every page, some 400 bytes an actor: with this no page gets more than 400 kB/s
 * of it, and 5 000 leaves are looked at each 5 s.
 */
const TREE_MS_PER_ACTOR = 1;

export interface DashboardOptions {
  readonly board: Board;
  readonly hubs: () => readonly Hub[];
  readonly node: () => NodeInfo;
  readonly kernel: () => Promise<KernelReading>;
  /** Rejects where the historian does not answer in time. */
  readonly historian: () => Promise<HistorianStatus>;
  /** A sentence for the person who started the node. */
  readonly say: (sentence: string) => void;
}

/** What that person has to know: how the node's own parts are, not its leaves and zones. */
const SAID: ReadonlySet<EventKind> = new Set([
  "store_full",
  "store_recovered",
  "broker_lost",
  "broker_returned",
  "link_failed",
  "link_recovered",
]);

interface Refresh {
  readonly type: "Refresh";
}
interface KernelRead {
  readonly type: "KernelRead";
  readonly reading: KernelReading | undefined;
}
interface HistorianRead {
  readonly type: "HistorianRead";
  readonly status: HistorianStatus | undefined;
}

export const dashboard = (options: DashboardOptions): Behavior<DashboardCommand> =>
  setup<DashboardCommand | Refresh | KernelRead | HistorianRead>((ctx) => {
    const { board } = options;
    /** One question at a time to a historian that may be busy for seconds. */
    let isHistorianAsked = false;
    let kernelAskedAtMs = -Infinity;
    /** Of the last look; the board tells fewer of a large node. */
    let actors = 0;
    ctx.startPeriodicTimer("refresh", { type: "Refresh" }, REFRESH_MS);

    return receive((message) => {
      switch (message.type) {
        case "ZoneSituation":
          board.setZone(message);
          return same;
        case "EventRaised":
          board.addEvent(message.event);
          if (SAID.has(message.event.kind)) options.say(message.event.message);
          return same;
        case "CommandChanged":
          board.setCommand(message.command);
          return same;
        case "LeafRecordChanged":
          board.setRecord(message.row, message.record);
          return same;
        case "OfficeChanged":
          board.setOffice(message.changes);
          return same;
        case "LinkStatus":
          board.setLink(message);
          return same;
        case "Refresh":
          board.setHubs(options.hubs());
          board.setNode(options.node());
          askKernel();
          askHistorian();
          return same;
        case "KernelRead":
          if (message.reading !== undefined) {
            actors = message.reading.actors.length;
            board.setKernel(message.reading);
          }
          return same;
        case "HistorianRead":
          isHistorianAsked = false;
          board.setHistorian(message.status);
          return same;
        default:
          return unreachable(message);
      }
    });

    function askKernel(): void {
      const nowMs = ctx.nowMs();
      if (nowMs - kernelAskedAtMs < actors * TREE_MS_PER_ACTOR) return;
      kernelAskedAtMs = nowMs;
      ctx.pipeToSelf(
        options.kernel(),
        (reading) => ({ type: "KernelRead", reading }),
        () => ({ type: "KernelRead", reading: undefined }),
      );
    }

    function askHistorian(): void {
      if (isHistorianAsked) return;
      isHistorianAsked = true;
      ctx.pipeToSelf(
        options.historian(),
        (status) => ({ type: "HistorianRead", status }),
        () => ({ type: "HistorianRead", status: undefined }),
      );
    }
  }) as Behavior<DashboardCommand>;
