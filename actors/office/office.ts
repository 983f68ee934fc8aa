/**
 * The office's subtree, on one worker thread around one store:
 *
 *   /user/office (oneForOne)
 *   ├── ledger     transfers of points, durable before the answer
 *   ├── treasury   holds bounties of tasks, pays or releases them
 *   ├── wallets    a child each person and device
 *   ├── people     who may log in, and what as
 *   ├── voice      what is said, by which engine
 *   ├── tasks      the board: what people are asked to do
 *   ├── agent      watches the zones, thinks, acts
 *   └── explainer  reads it all for `mycel explain`
 *
 * The store is a second LMDB environment beside the historian's, so that money never waits behind
 * telemetry. All state that matters is in it; a restart of the office reads it back.
 */
import type { OfficeSettings } from "../../config/office.ts";
import type { ActorContext } from "../../runtime/actor-context.ts";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import { systemClock } from "../../runtime/clock.ts";
import { seededRandom } from "../../runtime/random.ts";
import { openLmdbStore } from "../../runtime/state/lmdb-store.ts";
import type { StateStore } from "../../runtime/state/state-store.ts";
import { meteredModel } from "../../transports/llm/metered.ts";
import type { ModelPort } from "../../transports/llm/model-port.ts";
import { scripted } from "../../transports/llm/scripted.ts";
import { agent } from "../agent/agent.ts";
import { AGENT_MAILBOX } from "../agent/agent-options.ts";
import type { AgentCommand } from "../agent/messages.ts";
import { loadTokenCounter } from "../agent/prompt/tokens.ts";
import { openCycleStore } from "../agent/records/cycle-store.ts";
import { unfoundedClaims } from "../agent/safety/claims.ts";
import { makeGuard } from "../agent/safety/guard.ts";
import { contextOf } from "../agent/safety/warrants.ts";
import { Spending } from "../agent/spending.ts";
import { TOOLS } from "../agent/tools.ts";
import { LEDGER_MAILBOX, ledger } from "../ledger/ledger.ts";
import type { LedgerCommand } from "../ledger/messages.ts";
import type { PeopleCommand } from "../person/messages.ts";
import { PEOPLE_MAILBOX, people } from "../person/people.ts";
import type { TasksCommand } from "../task/messages.ts";
import { TASKS_MAILBOX, TASKS_STASH, type TasksOptions, tasks } from "../task/tasks.ts";
import type { VoiceCommand } from "../voice/messages.ts";
import { VOICE_MAILBOX, voice } from "../voice/voice.ts";
import type { TreasuryCommand, WalletsCommand } from "../wallet/messages.ts";
import { TREASURY_MAILBOX, treasury } from "../wallet/treasury.ts";
import { WALLETS_MAILBOX, wallets } from "../wallet/wallets.ts";
import type { ZoneNews } from "../zone/messages.ts";
import { EXPLAINER_MAILBOX, explainer } from "./explain/explainer.ts";
import type { GetChain } from "./explain/messages.ts";
import { officeModels } from "./models.ts";
import type { OfficeOptions } from "./office-options.ts";
import { openEngine } from "./open-engine.ts";

/** All that matters is on disk before it is answered for. */
const SHUTDOWN_MS = 2_000;
/** Of a day's ceiling, for the voice's stock: a hundred sentences that nobody waits for must not end the agent's thinking. */
const STOCK_SHARE = 0.5;

/** Zones tell it their news, since they start before all of its children are there. */
export const office = (options: OfficeOptions): Behavior<ZoneNews> =>
  setup((ctx) => {
    const store = openLmdbStore({ dir: options.dir, reserveBytes: options.reserveMb * 2 ** 20 });
    const models = officeModels({
      settings: options.settings.models,
      dashboard: options.dashboard,
      clock: systemClock,
      random: seededRandom(Math.floor(ctx.random() * 0x1_0000_0000)),
      log: ctx.log,
    });
    const observers = startOffice(ctx, store, { ...options, models });
    const onNews = (news: ZoneNews): Behavior<ZoneNews> => {
      for (const observer of observers) observer.tell(news);
      return same;
    };
    return receive(onNews, {
      onSignal: (signal) => {
        if (signal.type === "Terminated") return same;
        void models.close();
        void store.close();
        return same;
      },
    });
  });

/** With any store, as a simulation has it in memory. Returns who is told what zones say. */
export function startOffice(
  ctx: ActorContext<never>,
  store: StateStore,
  {
    node,
    settings,
    hubZones,
    dashboard,
    soundsDir,
    models,
  }: Omit<OfficeOptions, "dir" | "reserveMb"> & {
    /** What the agent thinks with, and the voice. */
    readonly models: ModelPort;
  },
): readonly ActorRef<ZoneNews>[] {
  const at = <C>(path: string): ActorRef<C> => ctx.refAt<C>(`mycel://${node}/user/${path}`);
  const spec = { restart: "permanent", shutdownMs: SHUTDOWN_MS } as const;
  const spending = new Spending({
    store,
    limits: settings.agent,
    nowMs: () => ctx.nowMs(),
    onReached: (budget) =>
      ctx.log.warn(budget, "the models took what a day may take; rules answer until midnight"),
    onUnrecorded: (err) => ctx.log.warn({ err }, "what a model took could not be recorded"),
  });
  const metered = (share = 1): ModelPort => {
    const spare = scripted({ language: settings.agent.language });
    return meteredModel({ models, spare, meter: spending, share });
  };
  const ledgerRef = ctx.spawn<LedgerCommand>({
    ...spec,
    id: "ledger",
    start: () => ledger({ store, dashboard }),
    mailbox: LEDGER_MAILBOX,
  });
  const treasuryRef = ctx.spawn<TreasuryCommand>({
    ...spec,
    id: "treasury",
    start: () => treasury({ store, ledger: ledgerRef }),
    mailbox: TREASURY_MAILBOX,
  });
  ctx.spawn<WalletsCommand>({
    ...spec,
    id: "wallets",
    start: () =>
      wallets({
        store,
        ledger: ledgerRef,
        people: at<PeopleCommand>("office/people"),
        demurrage: settings.money.demurrage,
      }),
    mailbox: WALLETS_MAILBOX,
  });
  const peopleRef = ctx.spawn<PeopleCommand>({
    ...spec,
    id: "people",
    start: () => people({ store, dashboard }),
    mailbox: PEOPLE_MAILBOX,
  });
  const voiceRef = ctx.spawn<VoiceCommand>({
    ...spec,
    id: "voice",
    start: () =>
      voice({
        node,
        dir: soundsDir,
        language: settings.agent.language,
        store,
        model: metered(),
        stockModel: metered(STOCK_SHARE),
        engine: openEngine(settings.voice),
        dashboard,
      }),
    mailbox: VOICE_MAILBOX,
  });
  const tasksRef = ctx.spawn<TasksCommand>({
    ...spec,
    id: "tasks",
    start: () =>
      tasks({
        store,
        rules: taskRules(settings.tasks),
        language: settings.agent.language,
        dashboard,
        treasury: treasuryRef,
        people: peopleRef,
        voice: voiceRef,
        agent: () => at("office/agent"),
        bus: () => at("bus"),
        zone: (zone) => at(`zones/${zone}`),
      }),
    mailbox: TASKS_MAILBOX,
    stash: TASKS_STASH,
  });
  const agentRef = ctx.spawn<AgentCommand>({
    ...spec,
    id: "agent",
    start: () =>
      agent({
        name: "agent",
        settings: settings.agent,
        model: metered(),
        budget: () => spending.budget(),
        loadTokens: loadTokenCounter,
        guard: () =>
          makeGuard({ devices: settings.agent.devices, tools: TOOLS.map(({ name }) => name) }),
        contextOf,
        claimsOf: unfoundedClaims,
        store: openCycleStore(store, {
          idleKept: settings.agent.idleCyclesKept,
          actingKept: settings.agent.actingCyclesKept,
        }),
        tasks: tasksRef,
        devices: at("devices"),
        voice: voiceRef,
        dashboard,
        hubZones,
      }),
    mailbox: AGENT_MAILBOX,
  });
  ctx.spawn<GetChain>({
    ...spec,
    id: "explainer",
    start: () => explainer(store),
    mailbox: EXPLAINER_MAILBOX,
  });
  return [tasksRef, agentRef];
}

const MINUTE_MS = 60_000;
const taskRules = ({
  remindAfterMin,
  remindEveryMin,
  ...rules
}: OfficeSettings["tasks"]): TasksOptions["rules"] => ({
  ...rules,
  remindAfterMs: remindAfterMin * MINUTE_MS,
  remindEveryMs: remindEveryMin * MINUTE_MS,
});
