/**
 * An office of zones in virtual time, so that cycles 25 s apart take no 25 s: real zones fed by leaves'
 * readings, events in bursts, a real agent with a model that answers at once or after seconds. What
 * it costs is the CPU time that the process took for so many virtual seconds.
 *
 *   leaves ──readings──▶ zones ──situations──▶ agent ──▶ model
 *   bursts of doors, now and then heat ──events──▶ agent
 */
import { agent } from "../../actors/agent/agent.ts";
import { AGENT_MAILBOX } from "../../actors/agent/agent-options.ts";
import type { AgentCommand, AgentState, CycleRecord } from "../../actors/agent/messages.ts";
import type { CountTokens } from "../../actors/agent/prompt/tokens.ts";
import { openCycleStore } from "../../actors/agent/records/cycle-store.ts";
import { makeGuard } from "../../actors/agent/safety/guard.ts";
import { contextOf } from "../../actors/agent/safety/warrants.ts";
import { TOOLS } from "../../actors/agent/tools.ts";
import type { DashboardCommand } from "../../actors/dashboard/messages.ts";
import { UNTOUCHED } from "../../actors/task/draft.ts";
import type { Task, TasksCommand } from "../../actors/task/messages.ts";
import {
  type EventKind,
  eventIds,
  type OfficeEvent,
  type ZoneCommand,
  type ZoneNews,
} from "../../actors/zone/messages.ts";
import { zone } from "../../actors/zone/zone.ts";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { receive, same } from "../../runtime/behavior.ts";
import { MemoryStore } from "../../runtime/state/memory-store.ts";
import { type Simulation, simulate } from "../../runtime/testing/simulation.ts";
import { channelCode } from "../../transports/frame/names.ts";
import type { ModelPort } from "../../transports/llm/model-port.ts";
import { scripted } from "../../transports/llm/scripted.ts";

export interface AgentLoad {
  readonly zones: number;
  readonly leaves: number;
  readonly seconds: number;
  readonly promptTokensMax: number;
  /** How long the model thinks, ms. */
  readonly modelMs: number;
  /** Whether the agent hears of it: without, what the zones cost alone. */
  readonly withAgent: boolean;
  readonly count: CountTokens;
}

export interface AgentLoadFound {
  readonly cycles: readonly CycleRecord[];
  readonly inboxMax: number;
  readonly eventsKeptMax: number;
  readonly state: AgentState | undefined;
  /** From an event to the first prompt that shows it, ms; of those that one showed. */
  readonly urgentMs: readonly number[];
  readonly ordinaryMs: readonly number[];
  readonly urgentRaised: number;
  readonly eventsRaised: number;
  readonly readings: number;
  readonly cpuMs: number;
}

const NO_CEILING: AgentState["budget"] = {
  ...{ tokens: 0, tokensMax: null, cost: 0, costMax: null, isReached: false, renewsAtMs: 0 },
};
const TICK_MS = 250;
const REPORT_EVERY_MS = 10_000;
/** A fire drill: everyone passes every door within a moment. */
const BURST_EVERY_MS = 20_000;
const BURST_EVENTS_OF_ZONE = 3;
const HEAT_EVERY_MS = 30_000;
const CHANNELS = ["temperature", "humidity", "co2"].map((name) => channelCode(name) as number);
const READING_BYTES = 5;

export async function runAgentLoad(load: AgentLoad): Promise<AgentLoadFound> {
  const sim = simulate({ seed: 1, order: "fifo" });
  const spawn = <M>(id: string, onMessage: (message: M) => void): ActorRef<M> =>
    sim.system.spawn<M>({
      id,
      start: () =>
        receive((message) => {
          onMessage(message);
          return same;
        }),
      restart: "permanent",
      shutdownMs: 1_000,
    });
  const cycles = new Map<string, CycleRecord>();
  const firstShown = new Map<string, number>();
  const dashboard = spawn<DashboardCommand>("dashboard", (message) => {
    if (message.type !== "OfficeChanged") return;
    for (const { key, value } of message.changes) {
      const cycle = value as CycleRecord;
      cycles.set(key, cycle);
      // Told at its beginning, or in the midst of it.
      for (const id of cycle.eventIds)
        if (!firstShown.has(id)) firstShown.set(id, sim.clock.nowMs());
    }
  });
  let tasksMade = 0;
  const silent = spawn<unknown>("silent", () => {});
  const tasks = spawn<TasksCommand>("tasks", (message) => {
    if (message.type === "GetTaskPage" || message.type === "GetTasks")
      message.replyTo.tell({ type: "TasksListed", tasks: [] });
    if (message.type === "CreateTask") {
      const { draft, createdBy, causeId } = message;
      const atMs = sim.clock.nowMs();
      tasksMade += 1;
      const task: Task = {
        ...{
          ...UNTOUCHED,
          ...draft,
          id: tasksMade,
          state: "open",
          createdBy,
          causeId,
          bountyXp: 0,
        },
        ...{ createdAtMs: atMs, expiresAtMs: atMs + 3_600_000, dispatchedAtMs: atMs },
        dispatchReason: "urgent",
      };
      message.replyTo.tell({ type: "TaskAccepted", task, duplicate: false });
    }
  });
  const agentRef = sim.system.spawn<AgentCommand>({
    id: "agent",
    start: () =>
      agent({
        name: "agent",
        settings: {
          enabled: load.withAgent,
          language: "en",
          batchDelayMs: 3_000,
          everyMs: 30_000,
          apartMs: 25_000,
          promptTokensMax: load.promptTokensMax,
        },
        model: slowed(scripted({ language: "en" }), load.modelMs, sim),
        budget: () => NO_CEILING,
        loadTokens: async () => load.count,
        guard: () => makeGuard({ devices: [], tools: TOOLS.map(({ name }) => name) }),
        contextOf,
        claimsOf: () => [],
        store: openCycleStore(new MemoryStore(), { idleKept: 1_000, actingKept: 1_000 }),
        tasks,
        devices: silent,
        voice: silent,
        dashboard,
        hubZones: {},
      }),
    restart: "permanent",
    shutdownMs: 1_000,
    mailbox: AGENT_MAILBOX,
  });
  const observers: ActorRef<ZoneNews>[] = load.withAgent ? [agentRef] : [silent];
  const names = Array.from({ length: load.zones }, (_, i) => `zone_${String(i).padStart(3, "0")}`);
  const zones = names.map((name) =>
    sim.system.spawn<ZoneCommand>({
      id: name,
      start: () => zone({ zone: name, observers, historian: silent }),
      restart: "permanent",
      shutdownMs: 1_000,
      mailbox: { capacity: 4_096, overflow: "dropOldest" },
    }),
  );
  for (let leaf = 0; leaf < load.leaves; leaf += 1) {
    const source = `hub_${leaf >> 8}.leaf_${leaf & 255}`;
    zones[leaf % zones.length]?.tell({ type: "NameSource", number: leaf, source });
  }
  await sim.settle();

  const nextId = eventIds("bench", 0);
  const raised = new Map<string, { readonly atMs: number; readonly isUrgent: boolean }>();
  const raise = (zoneName: string, kind: EventKind, severity: OfficeEvent["severity"]): void => {
    const atMs = sim.clock.nowMs();
    const id = nextId(atMs);
    raised.set(id, { atMs, isUrgent: kind === "high_temperature" });
    const message = `${kind} in ${zoneName}.`;
    const data = { origin: "sensor" };
    const event = {
      id,
      atMs,
      kind,
      severity,
      zone: zoneName,
      hub: undefined,
      leafId: undefined,
      message,
      data,
    };
    if (load.withAgent) agentRef.tell({ type: "EventRaised", event });
  };

  let inboxMax = 0;
  let eventsKeptMax = 0;
  let readings = 0;
  let state: AgentState | undefined;
  const report = new Uint8Array(READING_BYTES * CHANNELS.length);
  const view = new DataView(report.buffer);
  const ticks = (load.seconds * 1_000) / TICK_MS;
  const ticksOfReport = REPORT_EVERY_MS / TICK_MS;
  const cpu = process.cpuUsage();
  for (let tick = 0; tick < ticks; tick += 1) {
    const nowMs = sim.clock.nowMs();
    for (let leaf = tick % ticksOfReport; leaf < load.leaves; leaf += ticksOfReport) {
      const wave = Math.sin(leaf + tick / 40);
      // One zone in twenty is too warm; people breathe.
      const warm = (leaf % load.zones) % 20 === 7 ? 28 : 22;
      for (const [i, value] of [warm + wave, 45 + 5 * wave, 600 + 200 * wave].entries()) {
        report[i * READING_BYTES] = CHANNELS[i] as number;
        view.setFloat32(i * READING_BYTES + 1, value, true);
      }
      zones[leaf % zones.length]?.tellBytes(report, 0, report.length, leaf, nowMs);
      readings += CHANNELS.length;
    }
    if ((tick * TICK_MS) % BURST_EVERY_MS === BURST_EVERY_MS / 2) {
      for (const name of names) {
        for (let i = 0; i < BURST_EVENTS_OF_ZONE; i += 1) raise(name, "door_opened", "info");
      }
    }
    if ((tick * TICK_MS) % HEAT_EVERY_MS === 7_000) {
      raise(names[(tick * 7) % names.length] as string, "high_temperature", "warning");
    }
    while (!sim.isIdle) {
      const info = sim.system.tree().find(({ path }) => path.endsWith("/agent"));
      inboxMax = Math.max(inboxMax, info?.mailboxDepth ?? 0);
      sim.run(1);
    }
    sim.advance(TICK_MS);
    await sim.promises();
    sim.run();
    if (tick % 4 === 0 || tick === ticks - 1) {
      const asked = sim.system.ask<AgentCommand, AgentState>(
        agentRef,
        (replyTo) => ({ type: "GetAgent", replyTo }),
        60_000,
      );
      sim.run();
      state = await asked;
      eventsKeptMax = Math.max(eventsKeptMax, state.counts.eventsKept);
    }
  }
  const { user, system } = process.cpuUsage(cpu);

  const inOrder = [...cycles.values()].sort((a, b) => a.startedAtMs - b.startedAtMs);
  const waits = (isUrgent: boolean): number[] =>
    [...raised].flatMap(([id, event]) => {
      const shownAtMs = firstShown.get(id);
      return event.isUrgent === isUrgent && shownAtMs !== undefined ? [shownAtMs - event.atMs] : [];
    });
  return {
    cycles: inOrder,
    inboxMax,
    eventsKeptMax,
    state,
    urgentMs: waits(true),
    ordinaryMs: waits(false),
    urgentRaised: [...raised.values()].filter(({ isUrgent }) => isUrgent).length,
    eventsRaised: raised.size,
    readings,
    cpuMs: (user + system) / 1_000,
  };
}

const slowed = (model: ModelPort, ms: number, sim: Simulation): ModelPort => ({
  ...model,
  chat: async (request, options) => {
    if (ms > 0) await new Promise<void>((resolve) => sim.clock.after(ms, resolve));
    return model.chat(request, options);
  },
});
