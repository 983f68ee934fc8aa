/**
 * The agent: hears the zones and the task board, thinks in cycles, acts through tools.
 *
 *   zones ──ZoneSituation, EventRaised──▶ ┌───────┐
 *   tasks ──TaskChanged─────────────────▶ │ world │
 *   operator ──StartCycle──▶ planner      └───┬───┘
 *                               │ due         │ known
 *                               ▼             ▼
 *                             begin ──prompt──▶ think ──▶ model ──▶ heard ──▶ follow
 *                                                 ▲                             │
 *                                                 └── toolEnded ◀── tools ◀── act, or ended ──▶ record
 *   MCP, HTTP ──CallTool──────────────────────────────────────────────▶ follow
 *
 * One cycle at a time, 25 s apart. A tool that acts is run once the record of its call is on disk. A
 * restart ends the running cycle as `failed: restarted`; what was done stands in the records and is told
 * to the guard again, so that an hour's tasks and the voice's cooldowns are not forgotten.
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import { invariant, unreachable } from "../../runtime/invariant.ts";
import type { Result } from "../../runtime/result.ts";
import type { ChatAnswer, ChatRequest, ModelFault } from "../../transports/llm/model-port.ts";
import type { TasksListed } from "../task/messages.ts";
import { eventIds, type OfficeEvent } from "../zone/messages.ts";
import type { AgentContext, AgentNote } from "./agent-notes.ts";
import { type AgentOptions, ANSWER_TOKENS_MAX, TEMPERATURE } from "./agent-options.ts";
import { Counts } from "./counts.ts";
import { type CycleEnd, type CycleStep, cut, type ReadyCall } from "./cycle/cycle.ts";
import { ROUNDS_MAX, THOUGHT_CHARS_MAX } from "./cycle/limits.ts";
import { Planner } from "./cycle/planner.ts";
import { recall } from "./cycle/recall.ts";
import { Run, type RunParts } from "./cycle/run.ts";
import { ToolRunner } from "./cycle/tool-runner.ts";
import { eventClass } from "./inbox/event-class.ts";
import { EVENT_MS_MAX } from "./inbox/event-store.ts";
import { World } from "./inbox/world.ts";
import type { AgentCommand, AgentState } from "./messages.ts";
import { OutsideCalls } from "./outside-calls.ts";
import { NOTES_CHARS_MAX } from "./prompt/context.ts";
import { newsText } from "./prompt/news.ts";
import { Prompter } from "./prompt/prompter.ts";
import { afterCrash } from "./records/cycle-store.ts";
import { RecordKeeper } from "./records/record-keeper.ts";
import type { Trigger } from "./schedule.ts";
import type { ToolOutcome } from "./tool-step.ts";

/** How often the page is told of a cycle that grows. */
const SHOW_EVERY_MS = 250;
/** How late the agent hears of a task or a report that it was not told, since it or the board was away. */
export const TASKS_EVERY_MS = 60_000;
/** All that may be open, 500, and a day's reports among the newest that are done. */
const TASKS_ASKED_MAX = 700;

const CYCLE_DUE: AgentNote = { type: "CycleDue" };
const SHOW_CYCLE: AgentNote = { type: "ShowCycle" };
const ASK_TASKS: AgentNote = { type: "AskTasks" };

export const agent = (options: AgentOptions): Behavior<AgentCommand> =>
  setup<AgentCommand | AgentNote>((ctx: AgentContext) => {
    const { settings, store, name, hubZones } = options;
    const guard = options.guard();
    const world = new World(store.isReportTold);
    const counts = new Counts();
    const records = new RecordKeeper(ctx, options);
    const tools = new ToolRunner({ ctx, options, guard, world, records });
    const outside = new OutsideCalls();
    const nextId = eventIds(name, ctx.random());
    const begunAtMs = recall({ store, guard, world, nowMs: ctx.nowMs(), hubZones });
    const planner = new Planner(settings, world, ctx.nowMs(), begunAtMs);
    /** Undefined until the tokenizer is loaded: before that no cycle begins. */
    let prompter: Prompter | undefined;
    /** The cycle that thinks. */
    let current: Run | undefined;
    let note: string | undefined;
    let notedAtMs = 0;
    start();

    return receive<AgentCommand | AgentNote>(onMessage, {
      onSignal(signal) {
        if (signal.type !== "Terminated") current?.abort.abort();
        return same;
      },
    });

    function start(): void {
      for (const cycle of store.unended()) records.save(afterCrash(cycle, ctx.nowMs()));
      askTasks();
      ctx.startPeriodicTimer("tasks", ASK_TASKS, TASKS_EVERY_MS);
      if (!settings.enabled) return;
      ctx.pipeToSelf(
        options.loadTokens(),
        (loaded) => ({ type: "TokensLoaded", count: loaded }),
        (cause) => {
          throw cause;
        },
      );
    }

    function onMessage(message: AgentCommand | AgentNote): Behavior<AgentCommand | AgentNote> {
      switch (message.type) {
        case "ZoneSituation":
          world.accept(message);
          return same;
        case "EventRaised":
          raised(message.event);
          return same;
        case "TaskChanged":
          world.acceptTask(message.task);
          return same;
        case "AskTasks":
          askTasks();
          return same;
        case "TasksListed":
          world.acceptTasks(message.tasks);
          return same;
        case "StartCycle":
          if (!settings.enabled) {
            message.replyTo.tell({ type: "CycleRefused", reason: "agentOff" });
            return same;
          }
          noted(message.note);
          planner.wish(ctx.nowMs());
          plan();
          message.replyTo.tell({ type: "CycleDue", atMs: planner.nextAtMs });
          return same;
        case "CallTool":
          callFromOutside(message);
          return same;
        case "GetAgent":
          message.replyTo.tell(state());
          return same;
        case "GetCycles": {
          const { limit, before } = message;
          const cycles = store.list({ limit, ...(before !== undefined && { before }) });
          message.replyTo.tell({ type: "CyclesListed", cycles });
          return same;
        }
        case "GetCycle": {
          const cycle = runOf(message.id)?.record() ?? store.get(message.id);
          message.replyTo.tell({ type: "CycleFound", cycle });
          return same;
        }
        case "TokensLoaded":
          prompter = new Prompter(settings, message.count, (fault) => {
            ctx.log.warn({ fault }, "the agent's prompt file cannot be used as it is");
          });
          plan();
          return same;
        case "CycleDue":
          beginIfDue();
          return same;
        case "ShowCycle":
          if (current?.isNews === true) records.show(current.record());
          if (current !== undefined) current.isNews = false;
          return same;
        case "ModelAnswered":
          if (current?.id === message.runId) heard(current, message.result);
          else counts.lateAnswers += 1;
          return same;
        case "CallRecorded": {
          const run = runOf(message.runId);
          if (run === undefined) counts.lateAnswers += 1;
          else toolEnded(run, message.call, tools.perform(run, message.call));
          return same;
        }
        case "ToolEnded": {
          const run = runOf(message.runId);
          if (run === undefined) counts.lateAnswers += 1;
          else toolEnded(run, message.call, message.outcome);
          return same;
        }
        case "RecordSaved":
          return same;
        case "RecordLost":
          ctx.log.error({ cycle: message.runId, err: message.cause }, "a cycle was not recorded");
          return same;
        default:
          return unreachable(message);
      }
    }

    // --- The loop: think, act, observe

    function plan(): void {
      if (prompter === undefined || current !== undefined) return;
      ctx.startTimer("cycle", CYCLE_DUE, Math.max(planner.nextAtMs - ctx.nowMs(), 0));
    }

    function beginIfDue(): void {
      const trigger = current === undefined ? planner.due(ctx.nowMs()) : undefined;
      if (trigger !== undefined && prompter !== undefined) begin(trigger, prompter);
      plan();
    }

    function begin(trigger: Trigger, asking: Prompter): void {
      const nowMs = ctx.nowMs();
      const id = `cycle-${nextId(nowMs)}`;
      const { messages, tokens, seen, context } = asking.first(id, world, note, nowMs);
      world.looked();
      current = new Run({
        ...runParts(id),
        note,
        trigger,
        startedAtMs: nowMs,
        prompt: messages,
        promptTokens: tokens,
        seen,
        eventIds: context.events.map((event) => event.id),
        reportIds: context.reports.map((task) => task.id),
        context: options.contextOf(context),
      });
      note = undefined;
      ctx.startPeriodicTimer("show", SHOW_CYCLE, SHOW_EVERY_MS);
      records.save(current.record());
      records.show(current.record());
      think(current);
    }

    function think(run: Run): void {
      invariant(prompter !== undefined, "no cycle begins before the tokenizer is loaded");
      const tokens = run.requestTokens(prompter.count, settings.promptTokensMax);
      if (!tokens.ok) {
        ended(run, { do: "end", outcome: "stopped", reason: "promptFull" });
        return;
      }
      run.thought = "";
      run.askedAtMs = ctx.nowMs();
      counts.rounds += 1;
      const request: ChatRequest = {
        messages: [...run.cycle.messages],
        tools: prompter.specs,
        temperature: TEMPERATURE,
        tokensMax: ANSWER_TOKENS_MAX,
      };
      const onDelta = (text: string): void => {
        if (run.thought.length >= THOUGHT_CHARS_MAX) return;
        run.thought = cut(run.thought + text, THOUGHT_CHARS_MAX);
        run.isNews = true;
      };
      const onRestart = (): void => {
        run.thought = "";
        run.isNews = true;
      };
      ctx.pipeToSelf<Result<ChatAnswer, ModelFault>>(
        options.model.chat(request, { signal: run.abort.signal, onDelta, onRestart }),
        (result) => ({ type: "ModelAnswered", runId: run.id, result }),
        (cause) => {
          const error: ModelFault = { code: "badAnswer", message: String(cause) };
          return { type: "ModelAnswered", runId: run.id, result: { ok: false, error } };
        },
      );
    }

    function heard(run: Run, result: Result<ChatAnswer, ModelFault>): void {
      const nowMs = ctx.nowMs();
      run.thought = "";
      if (!result.ok) {
        follow(run, run.cycle.modelFailed(result.error));
        return;
      }
      counts.used(result.value.usage);
      world.toldReports(run.options.reportIds);
      world.toldEvents(run.options.eventIds);
      const step = run.cycle.answered(result.value, nowMs - run.askedAtMs, nowMs);
      follow(run, step);
    }

    function follow(run: Run, step: CycleStep): void {
      run.isNews = true;
      switch (step.do) {
        case "think":
          if (run === current) {
            tellNews(run);
            think(run);
          } else ended(run, { do: "end", outcome: "done", reason: null });
          return;
        case "act":
          toolEnded(run, step.call, tools.act(run, step.call));
          return;
        case "end":
          if (step.reason === "noCalls" && goesOn(run)) think(run);
          else ended(run, step);
          return;
        default:
          unreachable(step);
      }
    }

    /**
     * What has become urgent since the last round need not wait for the next cycle. The next prompt has it all the same, so
     * that nothing is missed where this cycle makes nothing of it.
     */
    function tellNews(run: Run): boolean {
      const events = run.news.splice(0);
      if (events.length === 0 || prompter === undefined) return false;
      const zones = new Set(events.map(({ zone }) => zone));
      const situations = [...zones].flatMap((zone) => world.situations.get(zone ?? "") ?? []);
      const seen = { situations, events, reports: [], tasks: [], note: undefined };
      const news = {
        ...newsText(events, situations, settings.language),
        eventIds: events.map(({ id }) => id),
        context: options.contextOf({ ...seen, cycleId: run.id, nowMs: ctx.nowMs() }),
      };
      return run.told(news, prompter.count, settings.promptTokensMax);
    }

    /** Once a cycle, so that an event which comes each few seconds does not have it run to its bound. */
    function goesOn(run: Run): boolean {
      if (run !== current || run.hasGoneOn || run.cycle.round >= ROUNDS_MAX) return false;
      run.hasGoneOn = tellNews(run);
      return run.hasGoneOn;
    }

    /** Undefined: not yet. */
    function toolEnded(run: Run, call: ReadyCall, outcome: ToolOutcome | undefined): void {
      if (outcome !== undefined) follow(run, tools.ended(run, call, outcome));
    }

    function ended(run: Run, end: CycleEnd): void {
      const last = run.cycle.thoughts.at(-1) ?? "";
      const record = run.record(end, options.claimsOf(last, run.cycle.calls));
      counts.ended(record);
      records.show(record);
      if (run === current) {
        current = undefined;
        const unread = record.models.length === 0 ? run.options.note : undefined;
        if (unread !== undefined) noteAgain(unread);
        ctx.cancelTimer("show");
        records.save(record);
        plan();
        return;
      }
      outside.end(run);
      const { replyTo } = run.options;
      const [call] = record.calls;
      if (replyTo !== undefined && call !== undefined) records.saveThenTell(record, call, replyTo);
    }

    // --- What comes meanwhile

    function raised(event: OfficeEvent): void {
      const nowMs = ctx.nowMs();
      if (!world.events.put(event, nowMs)) return;
      planner.event(nowMs);
      if (current !== undefined && eventClass(event) === "urgent") current.urgent(event);
      plan();
    }

    function noted(text: string): void {
      if (text.trim() === "") return;
      notedAtMs = ctx.nowMs();
      note = together(note, text.trim());
    }

    /** No model has read it: the next cycle is told, for as long as events are. */
    function noteAgain(unread: string): void {
      if (ctx.nowMs() - notedAtMs > EVENT_MS_MAX) return;
      note = together(unread, note);
      planner.wish(ctx.nowMs());
    }

    // --- Questions

    function callFromOutside(message: AgentCommand & { readonly type: "CallTool" }): void {
      const nowMs = ctx.nowMs();
      const cycleId = `cycle-${nextId(nowMs)}`;
      const events = world.events.inOrder().map(({ event }) => event);
      const seen = { ...world.known(nowMs), cycleId, nowMs, events, note: undefined };
      const begun = outside.begin(message, options.contextOf(seen), runParts(cycleId));
      if (begun === undefined) return;
      const { run, answer } = begun;
      follow(run, run.cycle.answered(answer, 0, run.options.startedAtMs));
    }

    /** Told, not asked: so that the answer comes in order with what the board tells by itself. */
    function askTasks(): void {
      const replyTo = ctx.self as unknown as ActorRef<TasksListed>;
      options.tasks.tell({ type: "GetTaskPage", skip: 0, limit: TASKS_ASKED_MAX, replyTo });
    }

    function runParts(id: string): RunParts {
      return {
        ...{ id, agent: name, guard, nowMs: () => ctx.nowMs() },
        deviceZone: (agentId) => (Object.hasOwn(hubZones, agentId) ? hubZones[agentId] : undefined),
      };
    }

    function runOf(id: string): Run | undefined {
      return current?.id === id ? current : outside.get(id);
    }

    function state(): AgentState {
      return {
        type: "AgentState",
        isEnabled: settings.enabled,
        running: current?.id ?? null,
        nextCycleAtMs: prompter === undefined ? null : planner.nextAtMs,
        counts: counts.all(world, planner.quiet),
        budget: options.budget(),
      };
    }
  }) as Behavior<AgentCommand>;

/** One that waits already is not forgotten for the next. */
const together = (first: string | undefined, second: string | undefined): string =>
  [first, second]
    .filter((each) => each !== undefined)
    .join("\n")
    .slice(-NOTES_CHARS_MAX);
