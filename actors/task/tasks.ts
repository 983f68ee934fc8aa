/**
 * The board of tasks: what people are asked to do, when they are asked, and what becomes of it.
 *
 *   agent, operator ──CreateTask──▶ ┌───────┐ ──TaskChanged──▶ agent, dashboard
 *   people ──AcceptTask, …────────▶ │ tasks │ ──ReserveBounty, PayBounty, ReleaseBounty──▶ treasury
 *   zones ──ZoneSituation─────────▶ └───────┘ ──AcceptTaskReport──▶ zone, PublishTaskReport ──▶ bus
 *
 * Each change is on disk before anyone is told. One commit at a time: what comes meanwhile is set aside.
 * A restart reads the store and goes on with each bounty where it stands; it loses what zones have said,
 * which they are asked for again, and who waited for an answer.
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import { unreachable } from "../../runtime/invariant.ts";
import type { StateStore } from "../../runtime/state/state-store.ts";
import type { MailboxSpec } from "../../runtime/supervisor.ts";
import type { DashboardCommand } from "../dashboard/messages.ts";
import type { PeopleCommand } from "../person/messages.ts";
import type { VoiceCommand } from "../voice/messages.ts";
import type { TreasuryCommand } from "../wallet/messages.ts";
import type { ZoneSituation } from "../zone/messages.ts";
import { Announcer, type AnnouncerNote } from "./announcer.ts";
import { type BookRules, type Now, TaskBook } from "./book.ts";
import { Bounties, type MoneyAnswered } from "./bounties.ts";
import { type CommitNote, Commits } from "./commits.ts";
import type { Spoken, Task, TaskAct, TaskChanged, TasksCommand } from "./messages.ts";
import { moneyStepOf } from "./money.ts";
import { Questions, type TaskQuestion } from "./questions.ts";
import { refusal } from "./refusals.ts";
import { REMINDERS_APART_MS, REMINDERS_MS, type ReminderRules, Reminders } from "./reminders.ts";
import { type ReportReaders, tellReport } from "./reports.ts";
import { ENDED_SHOWN_MAX, ENDED_SHOWN_MS, ShownTasks } from "./shown-tasks.ts";
import { isLive, openTaskTables, readTotals, type TaskRow } from "./tables.ts";
import type { Language } from "./texts.ts";
import { isEnded } from "./transitions.ts";
import { type CreateTask, isTaking, type PersonKnown, Wishes } from "./wishes.ts";
import { ZoneLooks } from "./zone-looks.ts";

export interface TasksOptions extends ReportReaders {
  readonly store: StateStore;
  readonly rules: BookRules & ReminderRules;
  readonly language: Language;
  readonly dashboard: ActorRef<DashboardCommand>;
  readonly treasury: ActorRef<TreasuryCommand>;
  readonly agent: () => ActorRef<TaskChanged>;
  /** Undefined: any positive id is a person. */
  readonly people?: ActorRef<PeopleCommand>;
  /** Undefined: plain texts, said by the page itself. */
  readonly voice?: ActorRef<VoiceCommand>;
}

/** Of each zone the newest situation; else a minute of what two hundred pages can ask. */
export const TASKS_MAILBOX: MailboxSpec<TasksCommand> = {
  capacity: 2_048,
  overflow: "conflate",
  conflateBy: "zone",
};
/** What comes during one commit; a hundred of them at a page's pace. */
export const TASKS_STASH = { capacity: 1_024 } as const;

/** How late a task may expire, or go out for want of a zone's news. */
const SWEEP_MS = 5_000;

/** What it tells itself. */
type Note =
  | { readonly type: "Recovered" }
  | { readonly type: "Sweep" }
  | { readonly type: "LookForReminders" }
  | { readonly type: "RemindNext" }
  | CommitNote
  | PersonKnown
  | MoneyAnswered
  | AnnouncerNote;

/** What may change the board: it waits until the change before it is on disk. */
type Step = Extract<
  TasksCommand | Note,
  {
    type:
      | CreateTask["type"]
      | TaskAct["type"]
      | "PersonKnown"
      | "MoneyAnswered"
      | "VoicesReady"
      | "LookForReminders"
      | "RemindNext";
  }
>;

const SWEEP: Note = { type: "Sweep" };

export const tasks = (options: TasksOptions): Behavior<TasksCommand> =>
  setup<TasksCommand | Note>((ctx) => {
    const { store, rules, dashboard, language } = options;
    const tables = openTaskTables(store);
    const book = new TaskBook(rules);
    const commits = new Commits({ ctx, store, tables });
    const questions = new Questions(book, tables);
    const bounties = new Bounties(ctx, options.treasury);
    const announcer = new Announcer({ ctx, language, dashboard, voice: options.voice });
    const reminders = new Reminders(rules);
    const shown = new ShownTasks(dashboard);
    const zones = new ZoneLooks(ctx.nowMs());
    const wishes = new Wishes({
      ...{ ctx, book, tables, commits, questions, bounties, announcer },
      people: options.people,
    });
    /** Before it every answer would be of an empty board. */
    let isRead = false;
    let isSweepDue = false;
    // What an earlier run of this actor gave to the store is on disk, or never will be, after this.
    const settled: Note = { type: "Recovered" };
    ctx.pipeToSelf(
      store.write(() => {}),
      () => settled,
      () => settled,
    );

    return receive((message) => {
      onMessage(message);
      return same;
    }) as Behavior<TasksCommand | Note>;

    function onMessage(message: TasksCommand | Note): void {
      switch (message.type) {
        case "Recovered":
          recover();
          return;
        case "Committed":
          committed(message);
          return;
        case "NotCommitted":
          notCommitted(message);
          return;
        case "ZoneSituation":
          hearZone(message);
          return;
        case "EventRaised":
          return;
        case "Sweep":
          sweep();
          return;
        case "ReminderReady":
          announcer.say(message.task, message.spoken);
          return;
        case "GetTasks":
        case "GetTaskPage":
        case "GetTask":
        case "GetTaskStats":
          if (isRead || !setAside(message)) questions.answer(message, ctx.nowMs());
          return;
        default:
          if (!isStep(message)) unreachable(message);
          else if (isTaking(message) && wishes.asksForPerson(message)) return;
          else if (!setAside(message)) step(message);
      }
    }

    function step(message: Step): void {
      switch (message.type) {
        case "CreateTask":
          wishes.create(message, now());
          return;
        case "AcceptTask":
        case "IgnoreTask":
        case "CompleteTask":
        case "DispatchTask":
        case "CancelTask":
        case "RemindTask":
          wishes.act(message);
          return;
        case "PersonKnown":
          wishes.personKnown(message);
          return;
        case "MoneyAnswered":
          moneyAnswered(message);
          return;
        case "VoicesReady":
          voicesReady(message);
          return;
        case "LookForReminders":
          reminders.look(book.open(), ctx.nowMs());
          remindNext();
          return;
        case "RemindNext":
          remindNext();
          return;
      }
    }

    /** Until the commit is through. What finds no room is refused, or comes again with the sweep. */
    function setAside(message: Step | TaskQuestion): boolean {
      if (!commits.isUnderWay) return false;
      if (ctx.stash(message)) return true;
      if (message.type === "MoneyAnswered") bounties.unheard(message.taskId);
      else if (message.type === "VoicesReady") announcer.prepared(message.taskId);
      else if (message.type === "PersonKnown") message.act.replyTo.tell(refusal("busy"));
      else if (isStep(message) && "replyTo" in message) message.replyTo.tell(refusal("busy"));
      return true;
    }

    // --- A change's way: planned, on disk, told

    function recover(): void {
      isRead = true;
      book.load(
        [...tables.live.range({})].map(({ value }) => value),
        readTotals(tables),
      );
      const nowMs = ctx.nowMs();
      for (const { task } of book.rows()) {
        shown.show(task, nowMs);
        if (task.state === "queued" && task.zone !== null) askZone(task.zone);
        // The report goes out with the state `paying`; whether it did before the end nobody knows.
        if (task.state === "paying") tellReport(task, nowMs, options);
      }
      for (const task of questions.endedSince(nowMs - ENDED_SHOWN_MS, ENDED_SHOWN_MAX)) {
        shown.show(task, nowMs);
      }
      ctx.startPeriodicTimer("sweep", SWEEP, SWEEP_MS);
      ctx.startPeriodicTimer("reminders", { type: "LookForReminders" }, REMINDERS_MS);
      commits.ended();
      sweep();
    }

    function committed({ commit }: Extract<Note, { type: "Committed" }>): void {
      const { rows } = commit.change;
      const before = rows.map(({ task }) => book.row(task.id));
      book.apply(commit.change, readTotals(tables));
      for (const [index, row] of rows.entries()) changed(before[index], row);
      commit.done();
      commits.ended();
      if (isSweepDue) sweep();
    }

    function notCommitted({ commit, cause }: Extract<Note, { type: "NotCommitted" }>): void {
      ctx.log.warn({ err: cause }, "the store did not take a change of the tasks");
      commit.failed();
      commits.ended();
    }

    /** What follows from a change that is on disk. */
    function changed(before: TaskRow | undefined, row: TaskRow): void {
      const { task } = row;
      const nowMs = ctx.nowMs();
      if (task !== before?.task) {
        shown.show(task, nowMs);
        options.agent().tell({ type: "TaskChanged", task });
      }
      if (task.state === "paying" && before?.task.state !== "paying") {
        tellReport(task, nowMs, options);
      }
      if (isAudible(task) && (before === undefined || !isAudible(before.task))) {
        announcer.say(task, task.announcement);
      }
      if (before === undefined && task.zone !== null && zones.get(task.zone) === undefined) {
        askZone(task.zone);
      }
      if (task.state === "queued" && before !== undefined) isSweepDue = true;
      if (isLive(row)) followUp(row);
      else bounties.settled(task);
    }

    /** The steps that are due for a live row; also after a restart, and again with each sweep. */
    function followUp({ task, money }: TaskRow): void {
      const isToBeHeard = task.completedAtMs === null && !isEnded(task.state);
      if (isToBeHeard && task.announcement === null) announcer.prepare(task);
      const due = moneyStepOf(task.state, money);
      if (due !== undefined) bounties.ask(due, task);
    }

    // --- Time and zones

    function sweep(): void {
      isSweepDue = commits.isUnderWay;
      if (commits.isUnderWay) return;
      shown.hideOld(ctx.nowMs());
      for (const row of book.rows()) followUp(row);
      commits.write(book.planSweep(now()));
    }

    function hearZone(situation: ZoneSituation): void {
      if (zones.hear(situation, ctx.nowMs()) && book.isQueuedIn(situation.zone)) sweep();
    }

    function askZone(zone: string): void {
      const replyTo = ctx.self as unknown as ActorRef<ZoneSituation>;
      options.zone(zone).tell({ type: "GetZone", replyTo });
    }

    function now(): Now {
      const atMs = ctx.nowMs();
      return { atMs, hour: new Date(atMs).getHours(), zones };
    }

    // --- Money, voice, reminders

    function moneyAnswered(note: MoneyAnswered): void {
      const { taskId, answer } = note;
      const nowMs = ctx.nowMs();
      if (!bounties.answered(note)) {
        const task = book.row(taskId)?.task;
        // It is reported done; the payment follows.
        if (task?.state === "paying") bounties.tell(task);
      } else if (answer?.type === "BountyReserved") {
        commits.write(book.planHeld(taskId, nowMs));
      } else if (answer?.type === "BountyPaid") {
        commits.write(book.planPaid(taskId, answer.paidMilli, nowMs));
      } else {
        commits.write(book.planReleased(taskId, nowMs));
      }
    }

    function voicesReady({ taskId, voices }: Extract<Note, { type: "VoicesReady" }>): void {
      announcer.prepared(taskId);
      const task = book.row(taskId)?.task;
      if (task === undefined || task.announcement !== null) return;
      commits.write(book.planVoices(taskId, announcer.voicesOf(task, voices), ctx.nowMs()));
    }

    function remindNext(): void {
      const id = reminders.next();
      if (id === undefined) return;
      commits.write(book.planReminded(id, ctx.nowMs()), () => {
        const task = book.row(id)?.task;
        if (task !== undefined) announcer.remind(task);
      });
      if (reminders.areLeft) ctx.startTimer("remind", { type: "RemindNext" }, REMINDERS_APART_MS);
    }
  }) as Behavior<TasksCommand>;

const STEPS: Readonly<Record<Step["type"], true>> = {
  CreateTask: true,
  AcceptTask: true,
  IgnoreTask: true,
  CompleteTask: true,
  DispatchTask: true,
  CancelTask: true,
  RemindTask: true,
  PersonKnown: true,
  MoneyAnswered: true,
  VoicesReady: true,
  LookForReminders: true,
  RemindNext: true,
};
const isStep = (message: TasksCommand | Note): message is Step => message.type in STEPS;

const isAudible = (task: Task): task is Task & { readonly announcement: Spoken } =>
  task.state === "open" && task.announcement !== null;
