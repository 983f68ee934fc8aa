/**
 * A zone: what many sources say about one part of the building, made into one situation, and the
 * events that follow from it.
 *
 *   leaf ──bytes, bus ──AcceptReadings──▶ fusion · motion · doors ──every 250 ms──▶ ZoneSituation ──▶ observers
 *                                            └──▶ EventRaised ──▶ observers, historian
 *
 * A restart loses readings, occupancy and door states, which the sources' next reports bring back
 * (a door's first report is silent). Cooldowns, the last events and the names of leaves are kept by the parent; the
 * last two are lost with the thread or the node. What the room has learned about its air is stored each hour.
 */

import { FRAME } from "../../firmware/wire/frame-types.ts";
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import { unreachable } from "../../runtime/invariant.ts";
import { readingChannel, readingValue } from "../../transports/frame/decode.ts";
import { channelName } from "../../transports/frame/names.ts";
import type { HistorianCommand, RoomLoaded } from "../historian/messages.ts";
import { AIR_CHANNELS, type AirReadings } from "./air/features.ts";
import { type Cause, causeAbove, causeOf, causeOfStep, isLessTrusted, UNKNOWN } from "./causes.ts";
import { Doors } from "./doors.ts";
import { eventRules, ZONE_SETTINGS, type ZoneSettings } from "./event-rules.ts";
import { type EventDraft, type EventMemory, emptyEventMemory, ZoneEvents } from "./events.ts";
import { Fusion, isAnalog } from "./fusion.ts";
import type { RoomMemory, ZoneNews } from "./messages.ts";
import {
  type Activity,
  eventIds,
  type FusedValue,
  type OfficeEvent,
  type Origin,
  shortFloat32,
  type ZoneCommand,
  type ZoneSituation,
} from "./messages.ts";
import { Motion } from "./motion.ts";
import { Occupants } from "./occupancy.ts";
import { SourceNames, Sources } from "./sources.ts";

export interface ZoneOptions {
  readonly zone: string;
  readonly settings?: Partial<ZoneSettings>;
  readonly observers: readonly ActorRef<ZoneNews>[];
  readonly historian: ActorRef<HistorianCommand>;
}

/** Readings of a moment become one situation: four a second is what the page shows. */
export const SITUATION_EVERY_MS = 250;
/** Finds what has ended without a message: motion, a camera's count, old readings. */
const SWEEP_EVERY_MS = 5_000;
/** The step of the recording that the air's model was trained on. */
const AIR_EVERY_MS = 60_000;
/** A store that answers later has other worries; the room learns anew. */
const ROOM_ANSWER_MS_MAX = 10_000;
/** What is lost of a room's learning with the node, at most; a kilobyte a room and hour. */
const ROOM_SAVED_EVERY_MS = 3_600_000;

/** Twenty missed words of an activity monitor's 3 s: it sees nobody any more. */
const ACTIVITY_AGE_MS_MAX = 60_000;

const READING_BYTES = FRAME.readingBytes;

/** What a zone sends itself; nobody else can, since `zone` hides it from its type. */
type ZoneNote =
  | { readonly type: "Evaluate" }
  | { readonly type: "Sweep" }
  | { readonly type: "Breathe" }
  | { readonly type: "SaveRoom" }
  | RoomLoaded;
const EVALUATE: ZoneNote = { type: "Evaluate" };
const SWEEP: ZoneNote = { type: "Sweep" };
const BREATHE: ZoneNote = { type: "Breathe" };
const SAVE_ROOM: ZoneNote = { type: "SaveRoom" };

/** `memory` and `names` are what the parent keeps for this zone over its restarts. */
export const zone = (
  options: ZoneOptions,
  memory: EventMemory = emptyEventMemory(),
  names: SourceNames = new SourceNames(),
): Behavior<ZoneCommand> =>
  setup<ZoneCommand | ZoneNote>((ctx) => {
    const settings = { ...ZONE_SETTINGS, ...options.settings };
    const rules = eventRules(settings);
    const events = new ZoneEvents(options.zone, rules, memory);
    const nextId = eventIds(options.zone, ctx.random());
    const sources = new Sources();
    const fusion = new Fusion((source) => sources.originOf(source));
    const motion = new Motion();
    const doors = new Doors();
    const occupants = new Occupants(motion, settings.airPresence);
    let people = 0;
    let activity: (Activity & { readonly atMs: number }) | undefined;
    let saved: RoomMemory | undefined;
    let isEvaluationDue = false;
    let sourcesDropped = 0;
    let readingsRefused = 0;
    let told = situation(ctx.nowMs());

    ctx.startPeriodicTimer("sweep", SWEEP, SWEEP_EVERY_MS);
    tellObservers(told);
    if (settings.airPresence) {
      ctx.startPeriodicTimer("breathe", BREATHE, AIR_EVERY_MS);
      ctx.startPeriodicTimer("saveRoom", SAVE_ROOM, ROOM_SAVED_EVERY_MS);
      loadRoom();
    }

    return receive(onMessage, {
      onBytes(bytes, start, end, number, atMs) {
        acceptBytes(bytes, start, end, number, atMs);
        return same;
      },
      onSignal(signal) {
        if (signal.type === "PostStop") saveRoom();
        return same;
      },
    });

    function onMessage(message: ZoneCommand | ZoneNote): Behavior<ZoneCommand | ZoneNote> {
      switch (message.type) {
        case "NameSource":
          hear(message.source);
          names.name(message.number, message.source);
          return same;
        case "AcceptReadings":
          hear(message.source, message.origin ?? "stranger");
          for (const { channel, value } of message.readings) {
            accept(message.source, message.atMs, channel, value);
          }
          evaluateSoon();
          return same;
        case "AcceptOccupancy":
          hear(message.source, message.origin ?? "stranger");
          occupants.vision.accept(
            message.source,
            Math.max(0, Math.trunc(message.personCount)),
            message.atMs,
          );
          evaluateSoon();
          return same;
        case "AcceptActivity":
          hear(message.source, message.origin ?? "stranger");
          activity = {
            class: message.activityClass,
            posture: message.postureStatus,
            atMs: message.atMs,
          };
          evaluateSoon();
          raise(
            events.onPosture(
              message.personCount,
              message.postureStatus,
              message.postureDurationS,
              ctx.nowMs(),
            ),
            () => said(message.source, "posture_duration", message.postureDurationS, message.atMs),
          );
          return same;
        case "AcceptTaskReport":
          raise(
            events.onTaskReport(
              message.taskId,
              message.title,
              message.reportStatus,
              message.completionNote,
            ),
            () => ({
              ...UNKNOWN,
              origin: message.origin ?? "stranger",
              source: message.source ?? "",
              measuredAtMs: message.atMs,
            }),
          );
          return same;
        case "ForgetSource":
          forget(message.source);
          evaluateSoon();
          return same;
        case "GetZone":
          message.replyTo.tell(situation(ctx.nowMs()));
          return same;
        case "Evaluate":
          isEvaluationDue = false;
          evaluate();
          return same;
        case "Sweep":
          evaluate();
          logLosses();
          return same;
        case "Breathe":
          breathe();
          return same;
        case "SaveRoom":
          saveRoom();
          return same;
        case "RoomLoaded":
          if (message.memory !== undefined) occupants.recall(message.memory);
          return same;
        default:
          return unreachable(message);
      }
    }

    /** A leaf's, a byte of channel and a float32 each: of a number without a name nothing can be said. */
    function acceptBytes(
      bytes: Uint8Array,
      start: number,
      end: number,
      number: number,
      atMs: number,
    ): void {
      const source = names.of(number);
      if (source === undefined) {
        readingsRefused += (end - start) / READING_BYTES;
        return;
      }
      hear(source);
      for (let at = start; at < end; at += READING_BYTES) {
        const channel = channelName(readingChannel(bytes, at));
        accept(source, atMs, channel, shortFloat32(readingValue(bytes, at)));
      }
      evaluateSoon();
    }

    function accept(source: string, atMs: number, channel: string, value: number): void {
      // A leaf's frame has been checked; a foreign device may send anything. Float32 is enough for all.
      if (!Number.isFinite(Math.fround(value))) {
        readingsRefused += 1;
      } else if (channel === "motion") {
        motion.accept(source, value !== 0, atMs);
      } else if (channel === "door") {
        const change = doors.accept(source, value !== 0, atMs);
        if (change !== undefined)
          raise(events.onDoor(source, change, ctx.nowMs()), () =>
            said(source, channel, value, atMs),
          );
      } else if (isAnalog(channel)) {
        if (!fusion.accept(source, channel, value, atMs)) readingsRefused += 1;
        else
          raise(events.onReading(source, channel, value, atMs), () =>
            said(source, channel, value, atMs),
          );
      }
    }

    /** Once a minute, so that trends are those that the model was trained on. */
    function breathe(): void {
      const nowMs = ctx.nowMs();
      const readings = AIR_CHANNELS.map((channel) => [channel, fusion.fuse(channel, nowMs)?.value]);
      occupants.observe(nowMs, Object.fromEntries(readings) as AirReadings);
      evaluateSoon();
    }

    function loadRoom(): void {
      ctx.ask<HistorianCommand, RoomLoaded>(
        options.historian,
        (replyTo) => ({ type: "LoadRoom", zone: options.zone, replyTo }),
        ROOM_ANSWER_MS_MAX,
        (answer) => answer,
        () => ({ type: "RoomLoaded", memory: undefined }),
      );
    }

    function saveRoom(): void {
      const { memory } = occupants;
      if (memory === undefined || memory === saved) return;
      saved = memory;
      options.historian.tell({ type: "SaveRoom", zone: options.zone, memory });
    }

    function evaluateSoon(): void {
      if (isEvaluationDue) return;
      isEvaluationDue = true;
      ctx.startTimer("evaluate", EVALUATE, SITUATION_EVERY_MS);
    }

    function evaluate(): void {
      const nowMs = ctx.nowMs();
      const before = people;
      const now = situation(nowMs);
      people = now.occupancy;
      raise(events.onCount(before, people, nowMs), () => causeOfCount(now.witness, nowMs));
      for (const [channel, fused] of Object.entries(now.readings)) {
        if (isAnalog(channel))
          raise(events.onFused(channel, fused, nowMs), (found) => causeOfMean(channel, found));
      }
      if (isSame(now, told)) return;
      told = { ...now, events: [...memory.events] };
      tellObservers(told);
    }

    function tellObservers(news: ZoneNews): void {
      for (const observer of options.observers) observer.tell(news);
    }

    function situation(nowMs: number): ZoneSituation {
      const readings: Record<string, FusedValue> = {};
      for (const channel of fusion.channels()) put(channel, fusion.fuse(channel, nowMs));
      put("motion", motion.value(nowMs));
      put("door", doors.value());
      const { people, witness, air } = occupants.now(nowMs);
      return {
        type: "ZoneSituation",
        zone: options.zone,
        atMs: nowMs,
        occupancy: people,
        witness,
        air,
        ...activityOf(nowMs),
        readings,
        events: [...memory.events],
      };

      function put(channel: string, fused: FusedValue | undefined): void {
        if (fused !== undefined) readings[channel] = fused;
      }
    }

    function activityOf(nowMs: number): Pick<ZoneSituation, "activity"> {
      if (activity === undefined || nowMs - activity.atMs > ACTIVITY_AGE_MS_MAX) return {};
      return { activity: { class: activity.class, posture: activity.posture } };
    }

    function said(source: string, channel: string, value: number, atMs: number): Cause {
      return causeOf({ source, origin: sources.originOf(source), value, atMs }, channel);
    }

    function causeOfMean(channel: string, { data, steppedBy }: EventDraft): Cause {
      const samples = fusion.samples(channel);
      return typeof data["limit"] === "number"
        ? causeAbove(samples, channel, data["limit"])
        : causeOfStep(samples, channel, Number(data["before"]), Number(data["value"]), steppedBy);
    }

    /** Of the air no single reading: its model hears them all, so it is as trusted as the least of them. */
    function causeOfCount(witness: ZoneSituation["witness"], nowMs: number): Cause {
      const camera = occupants.vision.newest(nowMs);
      const moved = motion.newest();
      if (witness === "camera" && camera !== undefined && camera.count > 0)
        return said(camera.source, "occupancy", camera.count, camera.atMs);
      if (witness !== "air" && moved !== undefined && motion.isActive(nowMs))
        return said(moved.source, "motion", 1, moved.atMs);
      if (camera !== undefined) return said(camera.source, "occupancy", camera.count, camera.atMs);
      if (moved !== undefined) return said(moved.source, "motion", 0, moved.atMs);
      let origin: Origin = "sensor";
      for (const channel of fusion.channels()) {
        for (const sample of fusion.samples(channel))
          if (isLessTrusted(sample.origin, origin)) origin = sample.origin;
      }
      return { ...UNKNOWN, origin, source: "air", channel: "presence", measuredAtMs: nowMs };
    }

    function raise(drafts: readonly EventDraft[], causeOf: (draft: EventDraft) => Cause): void {
      for (const draft of drafts) {
        const atMs = ctx.nowMs();
        const event: OfficeEvent = {
          id: nextId(atMs),
          atMs,
          zone: options.zone,
          hub: undefined,
          leafId: undefined,
          ...draft,
          data: { ...draft.data, ...causeOf(draft) },
        };
        events.keep(event);
        tellObservers({ type: "EventRaised", event });
        options.historian.tell({ type: "RecordEvent", event });
        evaluateSoon();
      }
    }

    function hear(source: string, origin: Origin = "sensor"): void {
      const dropped = sources.hear(source, ctx.nowMs(), origin);
      if (dropped === undefined) return;
      sourcesDropped += 1;
      forget(dropped);
    }

    function forget(source: string): void {
      sources.forget(source);
      names.forget(source);
      fusion.forget(source);
      motion.forget(source);
      doors.forget(source);
      occupants.vision.forget(source);
      events.forget(source);
    }

    function logLosses(): void {
      if (sourcesDropped === 0 && readingsRefused === 0) return;
      const fields = { zone: options.zone, sourcesDropped, readingsRefused };
      ctx.log.warn(fields, "a zone is at its bounds: sources dropped or readings refused");
      sourcesDropped = 0;
      readingsRefused = 0;
    }
  }) as Behavior<ZoneCommand>;

/** The same for whoever looks at it: only the time of looking differs. */
function isSame(a: ZoneSituation, b: ZoneSituation): boolean {
  const channels = Object.keys(a.readings);
  if (a.occupancy !== b.occupancy || a.witness !== b.witness || a.air !== b.air) return false;
  if (a.activity?.class !== b.activity?.class || a.activity?.posture !== b.activity?.posture) {
    return false;
  }
  if (a.events.at(-1)?.id !== b.events.at(-1)?.id) return false;
  if (channels.length !== Object.keys(b.readings).length) return false;
  return channels.every((channel) => {
    const left = a.readings[channel];
    const right = b.readings[channel];
    return (
      left?.value === right?.value && left?.atMs === right?.atMs && left?.sources === right?.sources
    );
  });
}
