/**
 * The board of tasks under simulation: the real actor, virtual time, a store in memory with its knobs, and
 * a treasury that books like the real one, by the task's id.
 */
import type { BusCommand } from "../../../actors/bus/messages.ts";
import type { DashboardCommand } from "../../../actors/dashboard/messages.ts";
import { ledger } from "../../../actors/ledger/ledger.ts";
import type { AccountId, Balance, LedgerCommand } from "../../../actors/ledger/messages.ts";
import type {
  Task,
  TaskAct,
  TaskAnswer,
  TaskChanged,
  TaskDraft,
  TaskStats,
  TasksCommand,
  TasksListed,
} from "../../../actors/task/messages.ts";
import {
  TASKS_MAILBOX,
  TASKS_STASH,
  type TasksOptions,
  tasks,
} from "../../../actors/task/tasks.ts";
import type { BountyAnswer, TreasuryCommand } from "../../../actors/wallet/messages.ts";
import { treasury } from "../../../actors/wallet/treasury.ts";
import type { ZoneCommand, ZoneSituation } from "../../../actors/zone/messages.ts";
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import type { ActorSystem } from "../../../runtime/actor-system.ts";
import { receive, same } from "../../../runtime/behavior.ts";
import { MemoryStore } from "../../../runtime/state/memory-store.ts";
import { createProbe } from "../../../runtime/testing/probe.ts";
import { simulate } from "../../../runtime/testing/simulation.ts";
import type { VirtualClock } from "../../../runtime/testing/virtual-clock.ts";

export const RULES: TasksOptions["rules"] = {
  openMax: 20,
  bountyMax: 5_000,
  bountyXp: 50,
  quietBeforeHour: 7,
  quietAfterHour: 22,
  remindAfterMs: 3_600_000,
  remindEveryMs: 1_800_000,
};

export const DRAFT: TaskDraft = {
  title: "Open the window",
  description: "It is 30.5 °C.",
  location: null,
  zone: "main",
  bounty: 1_500,
  urgency: 3,
  taskTypes: ["environment"],
  minPeople: 1,
  estimatedMinutes: 10,
  expiresAtMs: null,
};

/** What the treasury has on disk: it outlives the board and the node. */
export class Vault {
  /** Task → what is held for it; in milli points. */
  readonly held = new Map<number, number>();
  readonly paid: { readonly taskId: number; readonly personId: number; readonly milli: number }[] =
    [];
  readonly released = new Set<number>();
  /** Of commands: booked and never answered, or refused for want of a disk. */
  mood: "answers" | "silent" | "refuses" = "answers";
  /** Before and after each booking; true: the node is dead. */
  point: (() => boolean) | undefined;

  accept(message: TreasuryCommand): void {
    const { taskId } = message;
    if (this.mood === "refuses") {
      message.replyTo.tell({ type: "BountyRefused", taskId, reason: "storeUnavailable" });
      return;
    }
    if (this.point?.() === true) return;
    const answer = this.#book(message);
    if (this.point?.() === true) return;
    if (this.mood === "answers") message.replyTo.tell(answer);
  }

  #book(message: TreasuryCommand): BountyAnswer {
    const { taskId } = message;
    const before = this.paid.find((one) => one.taskId === taskId);
    switch (message.type) {
      case "RewardTask":
        return { type: "BountyRefused", taskId, reason: "holdUnknown" };
      case "ReserveBounty":
        if (before === undefined && !this.released.has(taskId)) {
          this.held.set(taskId, message.bountyMilli);
        }
        return { type: "BountyReserved", taskId };
      case "PayBounty": {
        const { personId } = message;
        const milli = before?.milli ?? this.held.get(taskId);
        if (milli === undefined) return { type: "BountyRefused", taskId, reason: "holdUnknown" };
        if (before === undefined) this.paid.push({ taskId, personId, milli });
        this.held.delete(taskId);
        const transferId = `task-reward:${taskId}`;
        return {
          type: "BountyPaid",
          taskId,
          personId,
          paidMilli: milli,
          multiplier: 1,
          transferId,
        };
      }
      case "ReleaseBounty":
        if (before !== undefined) return { type: "BountyRefused", taskId, reason: "holdEnded" };
        this.held.delete(taskId);
        this.released.add(taskId);
        return { type: "BountyReleased", taskId };
    }
  }
}

export interface BoardOptions extends Partial<TasksOptions> {
  readonly seed?: number;
  readonly vault?: Vault;
  readonly clock?: VirtualClock;
  readonly memory?: MemoryStore;
  /** The real treasury and ledger, on the same store, instead of the vault. */
  readonly money?: "vault" | "ledger";
}

/** Noon in the local time of whoever runs the test, so that no hour is quiet. */
const NOON = new Date(2026, 10, 20, 12).getTime();

/** `others`: actors that the board is to know, as the voice. */
export async function startBoard(
  options: BoardOptions = {},
  others: (system: ActorSystem) => Partial<TasksOptions> = () => ({}),
) {
  const {
    seed = 1,
    vault = new Vault(),
    clock,
    memory = new MemoryStore(),
    money = "vault",
    ...given
  } = options;
  const sim = simulate({ seed, ...(clock !== undefined && { clock }) });
  if (clock === undefined) sim.clock.goTo(NOON - sim.clock.nowMs() + sim.clock.monotonicMs());
  const { system } = sim;
  const dashboard = createProbe<DashboardCommand>(system, "dashboard");
  const agent = createProbe<TaskChanged>(system, "agent");
  const bus = createProbe<BusCommand>(system, "bus");
  const zone = createProbe<ZoneCommand>(system, "zone");
  const ledgerRef = system.spawn<LedgerCommand>({
    id: "ledger",
    start: () => ledger({ store: memory, dashboard: dashboard.ref }),
    restart: "permanent",
    shutdownMs: 100,
  });
  const treasuryRef = system.spawn<TreasuryCommand>({
    id: "treasury",
    start: () =>
      money === "ledger"
        ? treasury({ store: memory, ledger: ledgerRef })
        : receive((message) => {
            vault.accept(message);
            return same;
          }),
    restart: "permanent",
    shutdownMs: 100,
  });
  const known = others(system);
  const ref = system.spawn<TasksCommand>({
    id: "tasks",
    start: () =>
      tasks({
        store: memory,
        rules: RULES,
        language: "en",
        dashboard: dashboard.ref,
        treasury: treasuryRef,
        agent: () => agent.ref,
        bus: () => bus.ref,
        zone: () => zone.ref,
        ...given,
        ...known,
      }),
    restart: "permanent",
    shutdownMs: 1_000,
    mailbox: TASKS_MAILBOX,
    stash: TASKS_STASH,
  });
  await sim.settle();

  /** Told, without waiting. */
  const tell = <A>(request: (replyTo: ActorRef<A>) => TasksCommand) => {
    const asker = createProbe<A>(system);
    ref.tell(request(asker.ref));
    return asker;
  };
  const ask = async <A>(
    request: (replyTo: ActorRef<A>) => TasksCommand,
  ): Promise<A | undefined> => {
    const asker = tell(request);
    await sim.settle();
    return asker.messages[0];
  };
  let requests = 0;
  const createMessage =
    (draft: Partial<TaskDraft>, requestId = `request-${++requests}`) =>
    (replyTo: ActorRef<TaskAnswer>): TasksCommand => ({
      type: "CreateTask",
      requestId,
      draft: { ...DRAFT, ...draft },
      createdBy: "model",
      causeId: "cycle-1",
      replyTo,
    });
  const actMessage =
    (type: TaskAct["type"], taskId: number, personId: number | null = 2) =>
    (replyTo: ActorRef<TaskAnswer>): TasksCommand =>
      type === "CompleteTask"
        ? {
            ...{ type, taskId, personId, doneBy: personId ?? 1 },
            ...{ reportStatus: "resolved", completionNote: "done", replyTo },
          }
        : { type, taskId, personId, replyTo };

  return {
    sim,
    system,
    ref,
    ledger: ledgerRef,
    vault,
    memory,
    dashboard,
    agent,
    bus,
    zone,
    tell,
    ask,
    createMessage,
    actMessage,
    create: (draft: Partial<TaskDraft> = {}, requestId?: string) =>
      ask(createMessage(draft, requestId)),
    act: (type: TaskAct["type"], taskId: number, personId?: number | null) =>
      ask(actMessage(type, taskId, personId)),
    async tasks(): Promise<readonly Task[]> {
      return (await ask<TasksListed>((replyTo) => ({ type: "GetTasks", replyTo })))?.tasks ?? [];
    },
    stats: () => ask<TaskStats>((replyTo) => ({ type: "GetTaskStats", replyTo })),
    task: (taskId: number) => ask<TaskAnswer>((replyTo) => ({ type: "GetTask", taskId, replyTo })),
    async hear(zoneName: string, occupancy: number, activity?: string): Promise<void> {
      ref.tell(situation(zoneName, occupancy, activity));
      await sim.settle();
    },
    /** A situation that says something else, as which sensors there are. */
    async hearOf(fields: Partial<ZoneSituation>): Promise<void> {
      ref.tell({ ...situation("main", 0), ...fields });
      await sim.settle();
    },
    async balance(account: AccountId): Promise<number | undefined> {
      const asker = createProbe<Balance>(system);
      ledgerRef.tell({ type: "GetBalance", account, replyTo: asker.ref });
      await sim.settle();
      return asker.messages[0]?.balanceMilli;
    },
    /** Time passes in steps, with what the store and others answer in between. */
    async pass(ms: number, stepMs = 5_000): Promise<void> {
      for (let left = ms; left > 0; left -= stepMs) {
        sim.advance(Math.min(left, stepMs));
        await sim.settle();
      }
    },
    /** What the page has of each task; null: taken away. */
    shown: () =>
      new Map(
        dashboard.messages.flatMap((message) =>
          message.type === "OfficeChanged"
            ? message.changes.flatMap((one) =>
                one.section === "task" ? [[one.key, one.value] as const] : [],
              )
            : [],
        ),
      ),
    said: () =>
      dashboard.messages.flatMap((message) =>
        message.type === "OfficeChanged"
          ? message.changes.flatMap((one) =>
              one.section === "voice" && one.value !== null ? [one.value.text] : [],
            )
          : [],
      ),
  };
}

export const situation = (zone: string, occupancy: number, activity?: string): ZoneSituation => ({
  type: "ZoneSituation",
  zone,
  atMs: 0,
  occupancy,
  witness: "camera",
  air: undefined,
  ...(activity !== undefined && { activity: { class: activity, posture: "changing" } }),
  readings: {},
  events: [],
});

export const taskIn = (answer: TaskAnswer | undefined): Task => {
  if (answer?.type !== "TaskAccepted") throw new Error(`refused: ${JSON.stringify(answer)}`);
  return answer.task;
};
export const reasonOf = (answer: TaskAnswer | undefined): string | undefined =>
  answer?.type === "TaskRefused" ? answer.reason : undefined;
