/**
 * Tools of devices, one door for whoever wants one called.
 *
 *   agent ──CallDevice──▶ devices ──┬─ own hub ──▶ HubTools ──CommandLeaf──▶ hub
 *                                   └─ other ────▶ mcp/{agent}/request/call_tool ──▶ bus
 *   mcp/{agent}/response/{id} ──▶ devices ──DeviceAnswered, DeviceFailed──▶ agent, once, within 10 s
 *   mcp/{hub}/request/call_tool ──▶ devices ──PublishAnswer──▶ bus
 *
 * Lives on the main thread, as the sockets do. A restart ends the calls under way: their askers are told,
 * and what a device answers after that belongs to nobody.
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import { unreachable } from "../../runtime/invariant.ts";
import { uuidFrom } from "../../runtime/random.ts";
import type { MailboxSpec } from "../../runtime/supervisor.ts";
import { RPC_BYTES_MAX } from "../../transports/mcp/frames/json-rpc.ts";
import {
  REQUESTS_FILTER,
  RESPONSES_FILTER,
  readSeedTopic,
  type SeedTopic,
} from "../../transports/mcp/frames/seed.ts";
import type { McpServers } from "../../transports/mcp/mcp-servers.ts";
import type { ConnectBus } from "../../transports/mqtt/bus-port.ts";
import type { BusCommand } from "../bus/messages.ts";
import type { HubCommand } from "../hub/messages.ts";
import type { CommandAccepted, CommandEnded } from "../hub/outbox/messages.ts";
import { type BusPolicy, BusRequests } from "./bus-requests.ts";
import { CallTable } from "./call-table.ts";
import type { DeviceCounters, McpRefusal } from "./device-counters.ts";
import { ForeignCalls } from "./foreign-calls.ts";
import { HUB_TOOLS, HubTools } from "./hub-tools.ts";
import type { Device, DeviceAnswer, DevicesCommand } from "./messages.ts";
import { failed, type Outcome, type TellOutcome } from "./outcome.ts";
import { type ServerAnswered, ServerCalls } from "./server-calls.ts";
import type { Swarm } from "./swarm.ts";

export interface DevicesOptions {
  readonly node: string;
  /** Ids of our own hubs. */
  readonly hubs: readonly string[];
  readonly hub: (hub: string) => ActorRef<HubCommand>;
  readonly swarm: Swarm;
  /** What others may ask of our hubs over the bus. */
  readonly policy: BusPolicy;
  readonly connect: ConnectBus;
  readonly counters: DeviceCounters;
  /** Foreign MCP servers over MQTT 5, where there is a broker that speaks it. */
  readonly servers?: McpServers | undefined;
}

/** What devices tells itself; nobody else can, since `devices` hides it from its type. */
type DevicesNote =
  | CommandAccepted
  | CommandEnded
  | { readonly type: "AnswerHeard"; readonly topic: string; readonly payload: Uint8Array }
  | { readonly type: "RequestHeard"; readonly hub: string; readonly payload: Uint8Array }
  | { readonly type: "CallDue"; readonly id: string }
  | ServerAnswered
  | { readonly type: "CommandDue"; readonly key: string };

/**
 * Two seconds of 500 answers. What is heard on the bus gives way to newer; calls and their ends pass it
 * by, or a device that floods would keep an asker waiting.
 */
export const DEVICES_MAILBOX: MailboxSpec<DevicesCommand> = {
  capacity: 1_024,
  overflow: "dropOldest",
  isControl: [
    "CallDevice",
    "GetDevices",
    "CommandAccepted",
    "CommandEnded",
    "CallDue",
    "ServerAnswered",
    "CommandDue",
  ],
};

export const devices = (options: DevicesOptions): Behavior<DevicesCommand> =>
  setup<DevicesCommand | DevicesNote>((ctx) => {
    const { node, counters, swarm, connect, policy, servers } = options;
    const bus = ctx.refAt<BusCommand>(`mycel://${node}/user/bus`);
    const ownHubs = new Set(options.hubs);
    const calls = new CallTable<TellOutcome>();
    const newId = (): string => uuidFrom(() => ctx.random());
    const hubTools = new HubTools({
      swarm,
      nowMs: () => ctx.nowMs(),
      hub: options.hub,
      answers: ctx.self,
      startTimer: (key, ms) => ctx.startTimer(`command ${key}`, { type: "CommandDue", key }, ms),
      stopTimer: (key) => ctx.cancelTimer(`command ${key}`),
    });
    const requests = new BusRequests({
      ...{ policy, counters, newId },
      nowMs: () => ctx.nowMs(),
      call: (...call) => hubTools.call(...call),
      publish: (hub, topic, payload) =>
        void bus.tell({ type: "PublishAnswer", hub, topic, payload }),
    });
    const foreign = new ForeignCalls({
      ...{ calls, counters, newId, log: ctx.log },
      nowMs: () => ctx.nowMs(),
      publishNow: (topic, payload) => connection.publishNow(topic, payload),
      startTimer: (id, ms) => ctx.startTimer(`call ${id}`, { type: "CallDue", id }, ms),
      stopTimer: (id) => ctx.cancelTimer(`call ${id}`),
    });
    const serverCalls: ServerCalls | undefined =
      servers === undefined
        ? undefined
        : new ServerCalls({
            ...{ servers, calls, newId },
            nowMs: () => ctx.nowMs(),
            pipe: (...promise) => ctx.pipeToSelf(...promise),
          });
    const connection = connect({
      clientId: `devices@${node}`,
      subscriptions: policy === "off" ? [RESPONSES_FILTER] : [RESPONSES_FILTER, REQUESTS_FILTER],
      onMessage: hear,
    });

    return receive<DevicesCommand | DevicesNote>(onMessage, {
      onSignal: (signal) => {
        if (signal.type === "Terminated") return same;
        const message = "The node stopped waiting; it may have been done all the same.";
        for (const call of calls.takeAll()) call.asker(failed("timeout", message));
        hubTools.abandon();
        void connection.close();
        return same;
      },
    });

    function onMessage(
      message: DevicesCommand | DevicesNote,
    ): Behavior<DevicesCommand | DevicesNote> {
      switch (message.type) {
        case "CallDevice": {
          const { id, agentId, tool, args, replyTo } = message;
          const tell: TellOutcome = (outcome) => {
            counters.calls[outcome.ok ? "answered" : outcome.reason] += 1;
            replyTo.tell(answerOf(id, outcome));
          };
          if (ownHubs.has(agentId)) hubTools.call(agentId, tool, args, id, tell);
          else if (serverCalls?.has(agentId)) serverCalls.ask(agentId, tool, args, tell);
          else foreign.call(agentId, tool, args, tell);
          return same;
        }
        case "GetDevices":
          message.replyTo.tell({ type: "DevicesListed", devices: listed() });
          return same;
        case "CommandAccepted":
          hubTools.accepted(message);
          return same;
        case "CommandEnded":
          hubTools.ended(message);
          return same;
        case "CommandDue":
          hubTools.due(message.key);
          return same;
        case "CallDue":
          foreign.due(message.id);
          return same;
        case "ServerAnswered":
          serverCalls?.answered(message);
          return same;
        case "AnswerHeard":
          foreign.answered(message.topic, message.payload);
          return same;
        case "RequestHeard":
          requests.serve(message.hub, message.payload);
          return same;
        default:
          return unreachable(message);
      }
    }

    /** Called by the connection: drops what is not for us before it costs a place in the mailbox. */
    function hear(topic: string, payload: Uint8Array, retained: boolean): void {
      const place = readSeedTopic(topic);
      // Our hubs' answers to others, and our own requests, as an external broker sends them back.
      if (place !== undefined && (place.kind === "response") === ownHubs.has(place.agent)) return;
      const refusal = place === undefined ? "badTopic" : refusalOf(place, payload.length, retained);
      if (refusal !== undefined) counters.refused[refusal] += 1;
      else if (place?.kind === "request") {
        ctx.self.tell({ type: "RequestHeard", hub: place.agent, payload });
      } else {
        ctx.self.tell({ type: "AnswerHeard", topic, payload });
      }
    }

    function refusalOf(
      { kind, agent }: SeedTopic,
      bytes: number,
      retained: boolean,
    ): McpRefusal | undefined {
      if (retained) return "retained";
      if (bytes > RPC_BYTES_MAX) return "tooLarge";
      if (kind === "request") return requests.hasRoom() ? undefined : "flood";
      return calls.concerns(agent) ? undefined : "unknownId";
    }

    function listed(): Device[] {
      const hubs = options.hubs.map((agentId): Device => {
        return { agentId, tools: HUB_TOOLS, via: "hub" };
      });
      const found = (servers?.list() ?? []).map(({ serverName, tools }): Device => {
        return { agentId: serverName, tools, via: "mcp" };
      });
      return [...hubs, ...found, ...foreign.list()];
    }
  }) as Behavior<DevicesCommand>;

function answerOf(id: string, outcome: Outcome): DeviceAnswer {
  if (!outcome.ok) {
    return { type: "DeviceFailed", id, reason: outcome.reason, message: outcome.message };
  }
  return { type: "DeviceAnswered", id, result: outcome.result, made: outcome.made };
}
