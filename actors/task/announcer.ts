/**
 * What is heard of tasks: announcement and completion, prepared by the voice when a task is made, and
 * reminders. Where there is no voice, or it does not answer in time, plain sentences are said.
 *
 *   task made ──PrepareTask──▶ voice ──VoicesReady──▶ row         goes out ──Announce──▶ voice ──▶ pages
 */
import type { ActorContext } from "../../runtime/actor-context.ts";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import type { DashboardCommand } from "../dashboard/messages.ts";
import type { TaskVoices, Tone, VoiceAnswer, VoiceCommand } from "../voice/messages.ts";
import { eventIds } from "../zone/messages.ts";
import type { Spoken, Task } from "./messages.ts";
import { type Language, silent, textsOf } from "./texts.ts";

/** What comes to the board for this. */
export type AnnouncerNote =
  | {
      readonly type: "VoicesReady";
      readonly taskId: number;
      readonly voices: TaskVoices | undefined;
    }
  | { readonly type: "ReminderReady"; readonly task: Task; readonly spoken: Spoken };

export interface AnnouncerParts {
  readonly ctx: Pick<ActorContext<AnnouncerNote>, "ask" | "nowMs" | "random" | "self">;
  readonly language: Language;
  readonly dashboard: ActorRef<DashboardCommand>;
  /** Undefined: plain texts, said by the page itself. */
  readonly voice: ActorRef<VoiceCommand> | undefined;
}

/** Model and synthesis; a task that is announced later than this is announced in plain words. */
const VOICE_MS_MAX = 20_000;

export class Announcer {
  readonly #parts: AnnouncerParts;
  readonly #nextId: (atMs: number) => string;
  /** Of live tasks. */
  readonly #asked = new Set<number>();

  constructor(parts: AnnouncerParts) {
    this.#parts = parts;
    this.#nextId = eventIds("tasks", parts.ctx.random());
  }

  prepare({ id: taskId, title, description, zone, bounty, urgency }: Task): void {
    const { ctx, voice } = this.#parts;
    if (this.#asked.has(taskId)) return;
    this.#asked.add(taskId);
    const ready = (voices: TaskVoices | undefined) =>
      ({ type: "VoicesReady", taskId, voices }) as const;
    if (voice === undefined) {
      ctx.self.tell(ready(undefined));
      return;
    }
    const words = { taskId, title, description, zone, bounty, urgency };
    ctx.ask<VoiceCommand, TaskVoices>(
      voice,
      (replyTo) => ({ type: "PrepareTask", ...words, replyTo }),
      VOICE_MS_MAX,
      ready,
      () => ready(undefined),
    );
  }

  /** The note was heard, or found no room: it may be asked for again. */
  prepared(taskId: number): void {
    this.#asked.delete(taskId);
  }

  voicesOf(
    task: Task,
    voices: TaskVoices | undefined,
  ): { readonly announcement: Spoken; readonly completion: Spoken } {
    const texts = textsOf(task, this.#parts.language);
    return {
      announcement: voices?.announcement ?? silent(texts.announcement),
      completion: voices?.completion ?? silent(texts.completion),
    };
  }

  remind(task: Task): void {
    const { ctx, voice, language } = this.#parts;
    const { reminder: text } = textsOf(task, language);
    if (voice === undefined) {
      this.say(task, silent(text));
      return;
    }
    ctx.ask<VoiceCommand, VoiceAnswer>(
      voice,
      (replyTo) => ({ type: "Synthesize", text, tone: toneOf(task), replyTo }),
      VOICE_MS_MAX,
      (answer) => ({
        type: "ReminderReady",
        task,
        spoken: answer.type === "Spoken" ? answer.spoken : silent(text),
      }),
      () => ({ type: "ReminderReady", task, spoken: silent(text) }),
    );
  }

  say(task: Task, spoken: Spoken): void {
    const { ctx, voice, dashboard } = this.#parts;
    const event = {
      ...spoken,
      priority: 1 as const,
      zone: task.zone,
      tone: toneOf(task),
      taskId: task.id,
      causeId: `task:${task.id}`,
    };
    if (voice !== undefined) {
      voice.tell({ type: "Announce", event });
      return;
    }
    const atMs = ctx.nowMs();
    const id = this.#nextId(atMs);
    const value = { ...event, id, atMs };
    dashboard.tell({ type: "OfficeChanged", changes: [{ section: "voice", key: id, value }] });
  }
}

const toneOf = ({ urgency }: Task): Tone => (urgency >= 3 ? "alert" : "neutral");
