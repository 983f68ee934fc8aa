/**
 * The MQTT bus: what hubs and leaves say goes out, what other devices say comes in.
 *
 *   leaf, hub ──PublishReadings, PublishHeartbeat──▶ bus ──▶ broker
 *   zone ◀──AcceptReadings, AcceptOccupancy, …── bus ◀──office/#── broker
 *
 * Lives on the main thread, as the sockets do. The broker's absence blocks nothing: the newest of
 * each topic waits in its connection. A restart loses those, and says offline and online again at once,
 * since it asks the hubs whether they live.
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import { unreachable } from "../../runtime/invariant.ts";
import type { Listing } from "../../runtime/receptionist.ts";
import type { MailboxSpec } from "../../runtime/supervisor.ts";
import { shortestFloat32 } from "../../transports/frame/float32.ts";
import type { ConnectBus } from "../../transports/mqtt/bus-port.ts";
import type { DashboardCommand } from "../dashboard/messages.ts";
import type { HistorianCommand } from "../historian/messages.ts";
import {
  eventIds,
  type OfficeEvent,
  type ZoneCommand,
  type ZonesAnswer,
  type ZonesCommand,
} from "../zone/messages.ts";
import type { BusCounters } from "./bus-counters.ts";
import { type ForeignRefusal, PAYLOAD_BYTES_MAX, readForeign, type Trust } from "./foreign.ts";
import { HubConnections } from "./hub-connections.ts";
import { BEATING_HUBS, type BusCommand, type TellHeartbeat } from "./messages.ts";
import { OwnReports } from "./own-reports.ts";
import {
  heartbeatTopic,
  hubOfTopic,
  readingTopic,
  TOPIC_FILTER,
  taskReportTopic,
} from "./topics.ts";

export interface BusOptions {
  readonly node: string;
  /** Ids of the configured hubs: what they say on the bus is never taken for a foreign device's. */
  readonly hubs: readonly string[];
  /** Names of the configured zones; others become known when a leaf reports from them. */
  readonly zones: readonly string[];
  /**
   * Devices of the bus that are configured, by their ids in topics; what others say is a stranger's. The
   * node changes it while it runs.
   */
  readonly knownDevices?: ReadonlySet<string>;
  /** Where other devices are believed what they measure, as far as it is plausible. */
  readonly trustedZones?: ReadonlySet<string>;
  readonly zonesParent: ActorRef<ZonesCommand>;
  readonly dashboard: ActorRef<DashboardCommand>;
  readonly historian: ActorRef<HistorianCommand>;
  readonly connect: ConnectBus;
  readonly counters: BusCounters;
}

/** Four seconds of 2,000 reports; while the thread is that late, the newest matter. */
export const BUS_MAILBOX: MailboxSpec<BusCommand> = { capacity: 8_192, overflow: "dropOldest" };

/** A zone opens in milliseconds, once its thread has started, on a busy machine. */
const ZONE_ANSWER_MS_MAX = 30_000;
const SWEEP_MS = 60_000;
/** Of zones whose refs are kept, as many as can be. */
const ZONES_MAX = 1_024;

/** What the bus tells itself; nobody else can, since `bus` hides it from its type. */
type BusNote =
  | Listing<TellHeartbeat>
  | { readonly type: "ForeignSpoke"; readonly topic: string; readonly payload: Uint8Array }
  | { readonly type: "BrokerChanged"; readonly connected: boolean; readonly why: string }
  | { readonly type: "ZoneAnswered"; readonly zone: string; readonly answer?: ZonesAnswer }
  | { readonly type: "Sweep" };

export const bus = (options: BusOptions): Behavior<BusCommand> =>
  setup<BusCommand | BusNote>((ctx) => {
    const { node, zonesParent, dashboard, historian, connect, counters } = options;
    const nextId = eventIds(`bus-${node}`, ctx.random());
    const ownHubs = new Set(options.hubs);
    /** Undefined: asked for. At most `ZONES_MAX`. */
    const zoneRefs = new Map<string, ActorRef<ZoneCommand> | undefined>();
    const trust: Trust = {
      ...(options.knownDevices && { devices: options.knownDevices }),
      ...(options.trustedZones && { zones: options.trustedZones }),
    };
    const ownReports = new OwnReports();
    let areHubsAsked = false;
    let broker: "unknown" | "there" | "away" = "unknown";

    for (const zone of options.zones) learnZone(zone);
    const hubConnections = new HubConnections(node, connect);
    const main = connect({
      clientId: `mycel@${node}`,
      subscriptions: [TOPIC_FILTER],
      onMessage: hear,
      onStatus: (connected, why) => void ctx.self.tell({ type: "BrokerChanged", connected, why }),
    });
    ctx.startPeriodicTimer("sweep", { type: "Sweep" }, SWEEP_MS);
    ctx.receptionist.subscribe(BEATING_HUBS, ctx.self);

    return receive<BusCommand | BusNote>(onMessage, {
      onSignal: (signal) => {
        if (signal.type === "Terminated") {
          zoneEnded(signal.ref.path);
          return same;
        }
        hubConnections.closeAll();
        void main.close();
        return same;
      },
    });

    function onMessage(message: BusCommand | BusNote): Behavior<BusCommand | BusNote> {
      switch (message.type) {
        case "PublishReadings": {
          const { zone, hub, leaf, readings } = message;
          ownHubs.add(hub);
          learnZone(zone);
          const connection = hubConnections.get(hub) ?? main;
          for (const { channel, value } of readings) {
            const payload = `{"value":${shortestFloat32(Math.fround(value))}}`;
            connection.publish(readingTopic(zone, hub, leaf, channel), payload);
          }
          return same;
        }
        case "PublishHeartbeat": {
          const { zone, hub, uptimeS, leafCount } = message;
          ownHubs.add(hub);
          const payload = {
            status: "online",
            uptime_sec: uptimeS,
            device_id: hub,
            leaf_count: leafCount,
          };
          hubConnections
            .heard(hub, zone, ctx.nowMs())
            ?.publish(heartbeatTopic(zone, hub), JSON.stringify(payload));
          return same;
        }
        case "PublishAnswer": {
          // Whoever has waited in vain asks again: an answer is no news later on.
          const connection = hubConnections.get(message.hub) ?? main;
          connection.publishNow(message.topic, message.payload);
          return same;
        }
        case "PublishTaskReport": {
          const { zone, taskId, title, reportStatus, completionNote } = message;
          const topic = taskReportTopic(zone, taskId);
          const payload = JSON.stringify({
            task_id: Number(taskId),
            title,
            report_status: reportStatus,
            completion_note: completionNote,
            zone,
          });
          ownReports.said(topic, payload);
          main.publish(topic, payload);
          return same;
        }
        case "Listing":
          // Those that come later beat by themselves when they start.
          if (!areHubsAsked) for (const hub of message.refs) hub.tell({ type: "TellHeartbeat" });
          areHubsAsked = true;
          return same;
        case "ForeignSpoke":
          acceptForeign(message.topic, message.payload);
          return same;
        case "BrokerChanged":
          brokerChanged(message.connected, message.why);
          return same;
        case "ZoneAnswered":
          zoneAnswered(message.zone, message.answer);
          return same;
        case "Sweep":
          hubConnections.closeSilent(ctx.nowMs());
          for (const zone of options.zones) learnZone(zone);
          // Should a `BrokerChanged` have been pushed out of a full mailbox.
          if (broker !== "unknown") brokerChanged(main.isConnected(), "its connection is gone");
          return same;
        default:
          return unreachable(message);
      }
    }

    /** Called by the connection: drops what is not for us before it costs a place in the mailbox. */
    function hear(topic: string, payload: Uint8Array, retained: boolean): void {
      const hub = hubOfTopic(topic);
      if ((hub !== undefined && ownHubs.has(hub)) || ownReports.isOwn(topic, payload)) {
        counters.own += 1;
        return;
      }
      counters.received += 1;
      if (retained) counters.refused.retained += 1;
      else if (payload.length > PAYLOAD_BYTES_MAX) counters.refused.tooLarge += 1;
      else ctx.self.tell({ type: "ForeignSpoke", topic, payload });
    }

    function acceptForeign(topic: string, payload: Uint8Array): void {
      const refusal = pass(topic, payload);
      if (refusal !== undefined) counters.refused[refusal] += 1;
    }

    function pass(topic: string, payload: Uint8Array): ForeignRefusal | undefined {
      const read = readForeign(topic, payload, ctx.nowMs(), trust);
      if (!read.ok) return read.error;
      const zone = zoneRefs.get(read.value.zone);
      if (zone === undefined) return "unknownZone";
      return zone.tell(read.value.command) ? undefined : "zoneBusy";
    }

    /** Only zones that the configuration or a leaf speaks of: topics must not make zones. */
    function learnZone(zone: string): void {
      if (zoneRefs.has(zone) || zoneRefs.size >= ZONES_MAX) return;
      zoneRefs.set(zone, undefined);
      ctx.ask<ZonesCommand, ZonesAnswer>(
        zonesParent,
        (replyTo) => ({ type: "OpenZone", zone, replyTo }),
        ZONE_ANSWER_MS_MAX,
        (answer) => ({ type: "ZoneAnswered", zone, answer }),
        () => ({ type: "ZoneAnswered", zone }),
      );
    }

    function zoneAnswered(zone: string, answer: ZonesAnswer | undefined): void {
      // Nobody answered: it is asked for again with the next sweep or report.
      if (answer === undefined) zoneRefs.delete(zone);
      if (answer?.type !== "ZoneOpened") return;
      zoneRefs.set(zone, answer.ref);
      ctx.watch(answer.ref);
    }

    /** Its parent was started anew, and it with it. */
    function zoneEnded(path: string): void {
      for (const [zone, ref] of zoneRefs) {
        if (ref?.path !== path) continue;
        zoneRefs.delete(zone);
        learnZone(zone);
      }
    }

    function brokerChanged(connected: boolean, why: string): void {
      counters.isConnected = connected;
      const before = broker;
      broker = connected ? "there" : "away";
      if (broker === "away" && before !== "away") {
        raise("broker_lost", "warning", `The MQTT broker is away: ${why}.`);
      } else if (broker === "there" && before === "away") {
        raise("broker_returned", "info", "The MQTT broker is back.");
      }
    }

    function raise(
      kind: "broker_lost" | "broker_returned",
      severity: OfficeEvent["severity"],
      message: string,
    ): void {
      const atMs = ctx.nowMs();
      const nowhere = { zone: undefined, hub: undefined, leafId: undefined };
      const event = { id: nextId(atMs), atMs, kind, severity, ...nowhere, message, data: {} };
      dashboard.tell({ type: "EventRaised", event });
      historian.tell({ type: "RecordEvent", event });
    }
  }) as Behavior<BusCommand>;
