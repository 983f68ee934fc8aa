/**
 * The voice: makes words (model) and sound (engine) of what is to be said, and tells the pages.
 *
 *   Speak, Announce ──▶ event ──on disk──▶ dashboard
 *   PrepareTask, GiveFeedback, Synthesize ──▶ jobs ──words──▶ engine ──▶ clip ──▶ asker
 *   idle ──▶ jobs ──▶ stock of rejections
 *
 * Where there is no engine, or it fails, a text goes without sound and the page's own speech says it. A restart
 * loses what was under way: askers run into their time limits and use plain words.
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import { unreachable } from "../../runtime/invariant.ts";
import type { StateStore } from "../../runtime/state/state-store.ts";
import type { MailboxSpec } from "../../runtime/supervisor.ts";
import type { ModelPort } from "../../transports/llm/model-port.ts";
import type { Language, SpeechPort } from "../../transports/speech/speech-port.ts";
import type { DashboardCommand } from "../dashboard/messages.ts";
import type { Spoken } from "../task/messages.ts";
import { eventIds } from "../zone/messages.ts";
import { type ClipPrefix, Clips, type RejectionEntry } from "./clips.ts";
import { Jobs } from "./jobs.ts";
import type {
  RejectionStatus,
  TaskWords,
  Tone,
  VoiceAnswer,
  VoiceCommand,
  VoiceEvent,
} from "./messages.ts";
import { speakerOf, speakerOfTone } from "./speakers.ts";
import { RejectionStock, STOCK_MAX, STOCK_WARM_UP_MS } from "./stock.ts";
import { plainWords, type Utterance, wordsFor } from "./words.ts";

export interface VoiceOptions {
  readonly node: string;
  /** Of sound files. */
  readonly dir: string;
  readonly language: Language;
  readonly store: StateStore;
  readonly model: ModelPort;
  /** Words for the stock, which nobody waits for. */
  readonly stockModel: ModelPort;
  /** Undefined: pages speak for themselves. */
  readonly engine: SpeechPort | undefined;
  readonly dashboard: ActorRef<DashboardCommand>;
}

/** Twice the jobs that may wait. */
export const VOICE_MAILBOX: MailboxSpec<VoiceCommand> = { capacity: 128, overflow: "refuse" };

/** What the agent may say; the sanitizer asks for 70, people through the API may be longer. */
const TEXT_LENGTH_MAX = 500;
/** Kept for `mycel explain`; a few days of an eager office. */
const EVENTS_MAX = 1_000;
/** A page that opens shows them, and plays those that are young. */
const EVENTS_TOLD = 50;

/** What the voice tells itself. */
type VoiceNote =
  | { readonly type: "StockRead"; readonly entries: readonly RejectionEntry[] }
  | { readonly type: "StockDue" }
  | { readonly type: "RejectionMade"; readonly entry: RejectionEntry | undefined }
  | {
      readonly type: "SoundMade";
      readonly spoken: Spoken;
      /** For all pages; null: for the asker alone. */
      readonly heardBy: Pick<VoiceEvent, "zone" | "tone" | "causeId"> | null;
      readonly replyTo: ActorRef<VoiceAnswer>;
    }
  /** Or not, on a full disk: it is heard all the same, and `mycel explain` will not know of it. */
  | { readonly type: "EventSaved"; readonly event: VoiceEvent };

export const voice = (options: VoiceOptions): Behavior<VoiceCommand> =>
  setup<VoiceCommand | VoiceNote>((ctx) => {
    const { language, store, model, stockModel, dashboard } = options;
    const engine = options.engine?.languages.includes(language) ? options.engine : undefined;
    const events = store.table<string, VoiceEvent>({ name: "voice", value: "object" });
    const nextId = eventIds(`voice-${options.node}`, ctx.random());
    const clips = new Clips(options.dir);
    /** A stock in another language, or by another engine, is none. */
    const stockVoice = `${language} ${engine?.name ?? "page"}`;
    const jobs = new Jobs();
    let stock = new RejectionStock([]);
    let isMaking = false;
    /** So that a hundred orders of the same get a hundred sentences. */
    let seed = Math.floor(ctx.random() * 1_000_000);
    let eventCount = 0;

    const newest: VoiceEvent[] = [];
    for (const { value } of events.range({ reverse: true, limit: EVENTS_TOLD })) newest.push(value);
    for (const event of newest.reverse()) show(event);
    for (const _ of events.range({})) eventCount += 1;

    ctx.pipeToSelf(
      clips.readRejections(stockVoice),
      (entries) => ({ type: "StockRead", entries }),
      () => ({ type: "StockRead", entries: [] }),
    );

    return receive<VoiceCommand | VoiceNote>((message) => {
      switch (message.type) {
        case "Speak": {
          const { text, zone, tone, causeId, replyTo } = message;
          makeSound(text, tone, { zone, tone, causeId }, replyTo);
          return same;
        }
        case "Announce":
          utter(message.event);
          return same;
        case "Synthesize": {
          makeSound(message.text, message.tone, null, message.replyTo);
          return same;
        }
        case "SoundMade": {
          const { spoken, heardBy, replyTo } = message;
          const event = heardBy && utter({ ...spoken, ...heardBy, priority: 2, taskId: null });
          replyTo.tell({ type: "Spoken", spoken, event });
          return same;
        }
        case "PrepareTask": {
          const { taskId, replyTo } = message;
          const answer = (announcement: Spoken, completion: Spoken): void => {
            replyTo.tell({ type: "TaskVoices", taskId, announcement, completion });
          };
          const announce = saying("announcement", "task_announce_", message);
          const complete = saying("completion", "task_complete_", message);
          const isTaken = jobs.add(async () => answer(await announce(), await complete()));
          if (!isTaken) {
            answer(
              silent(plainWords("announcement", language, message)),
              silent(plainWords("completion", language, message)),
            );
          }
          return same;
        }
        case "GiveFeedback": {
          const { kind, title, replyTo } = message;
          const answer = (spoken: Spoken): void => {
            replyTo.tell({ type: "Spoken", spoken, event: null });
          };
          const task = title === null ? {} : { title };
          const say = saying(kind, "feedback_", task);
          const isTaken = jobs.add(async () => answer(await say()));
          if (!isTaken) answer(silent(plainWords(kind, language, task)));
          return same;
        }
        case "TakeRejection": {
          const entry = stock.take(ctx.random());
          const spoken =
            entry === undefined
              ? silent(plainWords("rejection", language, {}))
              : {
                  text: entry.text,
                  audioUrl: entry.file === null ? null : `/audio/rejections/${entry.file}`,
                  durationS: entry.durationS,
                };
          message.replyTo.tell({ type: "Spoken", spoken, event: null });
          return same;
        }
        case "GetRejections":
          message.replyTo.tell(stockStatus());
          return same;
        case "ClearRejections":
          stock.clear();
          keepStock();
          message.replyTo.tell(stockStatus());
          return same;
        case "GetVoiceEvents": {
          const { sinceMs, replyTo } = message;
          const found: VoiceEvent[] = [];
          for (const { value } of events.range({ reverse: true, limit: EVENTS_TOLD })) {
            if (value.atMs >= sinceMs) found.push(value);
          }
          replyTo.tell({ type: "VoiceEvents", events: found });
          return same;
        }
        case "StockRead":
          stock = new RejectionStock(message.entries);
          ctx.startTimer("stock", { type: "StockDue" }, STOCK_WARM_UP_MS);
          return same;
        case "StockDue":
          refill();
          return same;
        case "RejectionMade":
          isMaking = false;
          if (message.entry !== undefined && stock.add(message.entry)) keepStock();
          else stock.madeInVain();
          return same;
        case "EventSaved":
          show(message.event);
          return same;
        default:
          return unreachable(message);
      }
    });

    function makeSound(
      given: string,
      tone: Tone,
      heardBy: Extract<VoiceNote, { type: "SoundMade" }>["heardBy"],
      replyTo: ActorRef<VoiceAnswer>,
    ): void {
      const text = given.trim();
      if (text === "" || text.length > TEXT_LENGTH_MAX) {
        replyTo.tell({ type: "VoiceRefused", reason: "badText" });
        return;
      }
      const isTaken = jobs.add(async () => {
        const spoken = await sounding("speak_", text, speakerOfTone(tone));
        ctx.self.tell({ type: "SoundMade", spoken, heardBy, replyTo });
      });
      if (!isTaken) replyTo.tell({ type: "VoiceRefused", reason: "busy" });
    }

    /** A job: words for it, then their sound. */
    function saying(
      utterance: Utterance,
      prefix: ClipPrefix,
      task: Partial<TaskWords>,
    ): () => Promise<Spoken> {
      const speaker = speakerOf(utterance, ctx.random());
      const ownSeed = seed++;
      return async () => {
        const text = await wordsFor(model, utterance, language, task, ownSeed);
        return sounding(prefix, text, speaker);
      };
    }

    async function sounding(prefix: ClipPrefix, text: string, speaker: number): Promise<Spoken> {
      const { file: _, ...spoken } = await clip(prefix, text, speaker);
      return spoken;
    }

    async function clip(
      prefix: ClipPrefix,
      text: string,
      speaker: number,
    ): Promise<Spoken & { readonly file: string | null }> {
      if (engine === undefined) return { ...silent(text), file: null };
      try {
        return await clips.of(prefix, `${engine.name} ${speaker}`, text, async () => {
          const speech = await engine.synthesize({ text, language, speaker });
          if (speech.ok) return speech.value;
          ctx.log.warn({ engine: engine.name, fault: speech.error }, "no sound made");
          return undefined;
        });
      } catch (cause) {
        ctx.log.warn({ err: cause }, "no sound kept"); // the disk is full, say
        return { ...silent(text), file: null };
      }
    }

    /** Saved first, so that what was heard can be explained. */
    function utter(draft: Omit<VoiceEvent, "id" | "atMs">): VoiceEvent {
      const atMs = ctx.nowMs();
      const event = { ...draft, id: nextId(atMs), atMs };
      const saved = (): VoiceNote => ({ type: "EventSaved", event });
      ctx.pipeToSelf(
        store.write(() => {
          events.put(event.id, event);
          if (eventCount++ < EVENTS_MAX) return;
          for (const { key } of events.range({ limit: 1 })) events.remove(key);
        }),
        saved,
        saved,
      );
      return event;
    }

    function show(value: VoiceEvent): void {
      const change = { section: "voice", key: value.id, value } as const;
      dashboard.tell({ type: "OfficeChanged", changes: [change] });
    }

    function refill(): void {
      const isIdle = jobs.isIdle;
      if (stock.isRefilling && isIdle && !isMaking) {
        isMaking = true;
        const speaker = speakerOf("rejection", ctx.random());
        ctx.pipeToSelf(makeRejection(speaker, seed++), made, () => made(undefined));
      }
      ctx.startTimer("stock", { type: "StockDue" }, stock.waitMs(isIdle));
    }

    /** Undefined where the engine made no sound: it may be back later, and a stock is to be heard. */
    async function makeRejection(
      speaker: number,
      ownSeed: number,
    ): Promise<RejectionEntry | undefined> {
      const text = await wordsFor(stockModel, "rejection", language, {}, ownSeed);
      const spoken = await clip("rejection_", text, speaker);
      if (engine !== undefined && spoken.file === null) return undefined;
      return { text, file: spoken.file, durationS: spoken.durationS };
    }

    function keepStock(): void {
      clips
        .writeRejections(stockVoice, stock.entries)
        .catch((cause: unknown) => ctx.log.warn({ err: cause }, "the stock is not kept"));
    }

    function stockStatus(): RejectionStatus {
      return {
        type: "RejectionStatus",
        stockCount: stock.entries.length,
        stockMax: STOCK_MAX,
        isGenerating: isMaking,
        needsRefill: stock.needsRefill,
      };
    }
  }) as Behavior<VoiceCommand>;

const made = (entry: RejectionEntry | undefined): VoiceNote => ({ type: "RejectionMade", entry });

const silent = (text: string): Spoken => ({ text, audioUrl: null, durationS: null });
