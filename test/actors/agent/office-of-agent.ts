/** An agent in a simulated office: its neighbours are probes that answer as told. */
import { agent } from "../../../actors/agent/agent.ts";
import { AGENT_MAILBOX, type AgentSettings } from "../../../actors/agent/agent-options.ts";
import type { AgentCommand, CycleRecord } from "../../../actors/agent/messages.ts";
import { openCycleStore } from "../../../actors/agent/records/cycle-store.ts";
import { makeGuard } from "../../../actors/agent/safety/guard.ts";
import type { Guard } from "../../../actors/agent/safety/guard-types.ts";
import { contextOf } from "../../../actors/agent/safety/warrants.ts";
import { Spending, type SpendingLimits } from "../../../actors/agent/spending.ts";
import { TOOLS } from "../../../actors/agent/tools.ts";
import type { DashboardCommand } from "../../../actors/dashboard/messages.ts";
import type { DeviceAnswer, DevicesCommand } from "../../../actors/device/messages.ts";
import { UNTOUCHED } from "../../../actors/task/draft.ts";
import type { Task, TasksCommand } from "../../../actors/task/messages.ts";
import type { VoiceCommand } from "../../../actors/voice/messages.ts";
import type { EventKind, OfficeEvent, ZoneSituation } from "../../../actors/zone/messages.ts";
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { type Behavior, receive, same } from "../../../runtime/behavior.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";
import { type Simulation, simulate } from "../../../runtime/testing/simulation.ts";
import { meteredModel } from "../../../transports/llm/metered.ts";
import type { ModelPort } from "../../../transports/llm/model-port.ts";
import { scripted } from "../../../transports/llm/scripted.ts";

export const SETTINGS: AgentSettings = {
  enabled: true,
  language: "en",
  batchDelayMs: 3_000,
  everyMs: 30_000,
  apartMs: 25_000,
  promptTokensMax: 6_000,
};

export interface AgentOffice {
  readonly sim: Simulation;
  readonly agent: ActorRef<AgentCommand>;
  readonly store: MemoryStore;
  readonly tasks: Task[];
  readonly created: Extract<TasksCommand, { type: "CreateTask" }>[];
  readonly said: Extract<VoiceCommand, { type: "Speak" }>[];
  readonly commanded: Extract<DevicesCommand, { type: "CallDevice" }>[];
  /** Newest state of each cycle that the page was told, in the order of their beginning. */
  readonly shown: Map<string, CycleRecord>;
  readonly tellings: { readonly atMs: number; readonly cycle: CycleRecord }[];
  cycles(): CycleRecord[];
  /** Lets time pass second by second, promises settling in between. */
  pass(ms: number): Promise<void>;
  situation(zone: string, values?: Readonly<Record<string, number>>, occupancy?: number): void;
  event(zone: string, kind: EventKind, more?: Partial<OfficeEvent>): OfficeEvent;
  ask<A>(request: (replyTo: ActorRef<A>) => AgentCommand): Promise<A>;
}

export interface AgentOfficeOptions {
  readonly seed?: number;
  readonly settings?: Partial<AgentSettings>;
  readonly model?: ModelPort;
  readonly limits?: SpendingLimits;
  readonly store?: MemoryStore;
  readonly guard?: () => Guard;
  readonly sim?: Simulation;
  /** Undefined: the device never answers. */
  readonly device?: (call: { readonly id: string }) => DeviceAnswer | undefined;
  readonly hubZones?: Readonly<Record<string, string>>;
  /** On the board from the start. */
  readonly tasks?: readonly Task[];
}

export const ZONE_EVENT_DATA = { origin: "sensor" } as const;

export async function agentOffice(options: AgentOfficeOptions = {}): Promise<AgentOffice> {
  const sim = options.sim ?? simulate({ seed: options.seed ?? 1 });
  const store = options.store ?? new MemoryStore();
  const settings = { ...SETTINGS, ...options.settings };
  const models = options.model ?? scripted({ language: settings.language });
  const spare = scripted({ language: settings.language });
  const spending = new Spending({
    ...{ store, limits: options.limits ?? {}, nowMs: () => sim.clock.nowMs() },
    ...{ onReached: () => {}, onUnrecorded: () => {} },
  });
  const tasks: Task[] = [...(options.tasks ?? [])];
  const created: AgentOffice["created"] = [];
  const said: AgentOffice["said"] = [];
  const commanded: AgentOffice["commanded"] = [];
  const shown: AgentOffice["shown"] = new Map();
  const tellings: AgentOffice["tellings"] = [];
  const spawn = <M>(id: string, onMessage: (message: M) => void): ActorRef<M> =>
    sim.system.spawn<M>({
      id,
      start: (): Behavior<M> =>
        receive((message) => {
          onMessage(message);
          return same;
        }),
      restart: "permanent",
      shutdownMs: 1_000,
    });

  const board = spawn<TasksCommand>("tasks", (message) => {
    if (message.type === "GetTasks" || message.type === "GetTaskPage") {
      message.replyTo.tell({ type: "TasksListed", tasks: [...tasks] });
    } else if (message.type === "CreateTask") {
      created.push(message);
      const task = taskOf(tasks.length + 1, message, sim.clock.nowMs());
      tasks.push(task);
      message.replyTo.tell({ type: "TaskAccepted", task, duplicate: false });
      ref.tell({ type: "TaskChanged", task });
    }
  });
  const devices = spawn<DevicesCommand>("devices", (message) => {
    if (message.type !== "CallDevice") return;
    commanded.push(message);
    const answer = options.device?.(message);
    if (answer !== undefined) message.replyTo.tell(answer);
  });
  const voice = spawn<VoiceCommand>("voice", (message) => {
    if (message.type !== "Speak") return;
    said.push(message);
    const spoken = { text: message.text, audioUrl: null, durationS: null };
    message.replyTo.tell({ type: "Spoken", spoken, event: null });
  });
  const dashboard = spawn<DashboardCommand>("dashboard", (message) => {
    if (message.type !== "OfficeChanged") return;
    for (const change of message.changes) {
      if (change.section !== "cycle" || change.value === null) continue;
      const cycle = change.value as CycleRecord;
      shown.set(change.key, cycle);
      tellings.push({ atMs: sim.clock.nowMs(), cycle });
    }
  });
  const ref = sim.system.spawn<AgentCommand>({
    id: "agent",
    start: () =>
      agent({
        name: "agent",
        settings,
        model: meteredModel({ models, spare, meter: spending }),
        budget: () => spending.budget(),
        // Four letters a token: the tokenizer's table takes longer to load than these tests run.
        loadTokens: async () => (text) => Math.ceil(text.length / 4),
        guard:
          options.guard ??
          (() =>
            makeGuard({
              devices: ["swarm_hub*", "light_01"],
              tools: TOOLS.map(({ name }) => name),
            })),
        contextOf,
        claimsOf: () => [],
        store: openCycleStore(store, { idleKept: 1_000, actingKept: 1_000 }),
        tasks: board,
        devices,
        voice,
        dashboard,
        hubZones: options.hubZones ?? { swarm_hub_01: "main" },
      }),
    restart: "permanent",
    shutdownMs: 1_000,
    mailbox: AGENT_MAILBOX,
  });
  await sim.settle();

  let events = 0;
  return {
    sim,
    agent: ref,
    store,
    tasks,
    created,
    said,
    commanded,
    shown,
    tellings,
    cycles: () => [...shown.values()],
    async pass(ms) {
      for (let left = ms; left > 0; left -= 1_000) {
        sim.advance(Math.min(left, 1_000));
        await sim.settle();
      }
    },
    situation(zone, values = {}, occupancy = 0) {
      ref.tell(situationOf(zone, sim.clock.nowMs(), values, occupancy));
    },
    event(zone, kind, more = {}) {
      events += 1;
      const event = eventOf(
        `event-${String(events).padStart(4, "0")}`,
        zone,
        kind,
        sim.clock.nowMs(),
        more,
      );
      ref.tell({ type: "EventRaised", event });
      return event;
    },
    async ask(request) {
      const answer = sim.system.ask<AgentCommand, never>(ref, request as never, 60_000);
      let value: unknown;
      let isDone = false;
      answer.then(
        (got) => {
          value = got;
          isDone = true;
        },
        (cause: unknown) => {
          value = cause;
          isDone = true;
        },
      );
      for (let seconds = 0; !isDone && seconds <= 61; seconds += 1) {
        await sim.settle();
        if (!isDone) sim.advance(1_000);
      }
      if (value instanceof Error) throw value;
      return value as never;
    },
  };
}

export const situationOf = (
  zone: string,
  atMs: number,
  values: Readonly<Record<string, number>> = {},
  occupancy = 0,
): ZoneSituation => ({
  type: "ZoneSituation",
  zone,
  atMs,
  occupancy,
  witness: "camera",
  air: undefined,
  readings: Object.fromEntries(
    Object.entries(values).map(([channel, value]) => [channel, { value, atMs, sources: 1 }]),
  ),
  events: [],
});

export const eventOf = (
  id: string,
  zone: string,
  kind: EventKind,
  atMs: number,
  more: Partial<OfficeEvent> = {},
): OfficeEvent => ({
  id,
  atMs,
  kind,
  severity: "warning",
  zone,
  hub: undefined,
  leafId: undefined,
  message: `${kind} in ${zone}.`,
  data: ZONE_EVENT_DATA,
  ...more,
});

export function taskOf(
  id: number,
  {
    draft,
    createdBy,
    causeId,
  }: Pick<Extract<TasksCommand, { type: "CreateTask" }>, "draft" | "createdBy" | "causeId">,
  nowMs: number,
): Task {
  return {
    ...draft,
    ...UNTOUCHED,
    id,
    state: "open",
    createdBy,
    causeId,
    bountyXp: 50,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + 3_600_000,
    dispatchedAtMs: nowMs,
    dispatchReason: "urgent",
  };
}
