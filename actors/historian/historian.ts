/**
 * The one writer of the node's store: readings, events and leaf records become rows.
 *
 *   hubs ──bytes──▶ waiting ──every 50 ms──▶ intake ──spread──▶ sheaf ──sealed──▶ block, hours
 *   zones, hubs, links ──RecordEvent──┘                └──▶ event
 *   hubs ──SaveLeafRecord──▶ leaf ──on disk──▶ LeafRecordSaved
 *   hubs ──SaveSessions──▶ session, mark ──on disk──▶ SessionsSaved
 *   hubs ──SaveCommands──▶ command ──on disk──▶ CommandsSaved
 *
 * A restart, or a kill -9 at any moment, loses the readings and events of the last 50 ms and nothing
 * that was answered for. While the disk is full readings and events wait, in bounds, oldest dropped
 * first and counted; it is tried again each second, and the observer is told of both changes.
 */
import type { ActorRef } from "../../runtime/actor-ref.ts";
import { type Behavior, receive, same, setup } from "../../runtime/behavior.ts";
import { unreachable } from "../../runtime/invariant.ts";
import { openLmdbStore } from "../../runtime/state/lmdb-store.ts";
import { isStoreFull, type StateStore } from "../../runtime/state/state-store.ts";
import type { SessionChange } from "../hub/security/messages.ts";
import type { LeafRecord } from "../leaf/messages.ts";
import type { RoomMemory } from "../zone/messages.ts";
import { eventIds, type OfficeEvent } from "../zone/messages.ts";
import { openCommands, openCommandTables, putCommands } from "./command-records.ts";
import type { HistorianOptions } from "./historian-options.ts";
import { loadLeafRecords } from "./leaf-records.ts";
import { LogWriter, type Pace } from "./log-writer.ts";
import type { CommandsAnswer, HistorianCommand, SaveAnswer, SessionsAnswer } from "./messages.ts";
import { countOf, ReadingBuffer, readingsIn, UNWRITTEN_READINGS_MAX } from "./reading-buffer.ts";
import { dayOf } from "./records.ts";
import { dropOld } from "./retention.ts";
import { openSessionTables, writeSessions } from "./session-rows.ts";
import { DAY_MS, openTables } from "./tables.ts";
import { dropVersion1, openVersion1, version1Log } from "./version-1.ts";

export type { HistorianOptions } from "./historian-options.ts";

/** With the 50 ms that a hub gathers readings, no more than 100 ms are at risk. */
const COMMIT_MS = 50;
const RETRY_MS = 1_000;
const RETENTION_EVERY_MS = 1_000;
/** Events that wait for a full disk; some hundred bytes each. */
const WAITING_EVENTS_MAX = 10_000;

type Own =
  | { readonly type: "Tick" }
  | { readonly type: "Retain" }
  | { readonly type: "Committed"; readonly confirm: () => void }
  | { readonly type: "CommitFailed"; readonly undo: () => void; readonly cause: unknown }
  | { readonly type: "RoomSaved"; readonly cause: unknown }
  | { readonly type: "Answered"; readonly answer: () => void }
  | {
      readonly type: "AnswerFailed";
      readonly replyTo: ActorRef<CommandsAnswer>;
      readonly cause: unknown;
    }
  | {
      readonly type: "LeafSaved";
      readonly record: LeafRecord;
      readonly replyTo: ActorRef<SaveAnswer>;
      readonly cause: unknown;
    }
  | {
      readonly type: "SessionsWritten";
      readonly replyTo: ActorRef<SessionsAnswer> | undefined;
      readonly cause: unknown;
    };

export const historian = (
  options: HistorianOptions,
  openStore: typeof openLmdbStore = openLmdbStore,
  pace?: Pace,
): Behavior<HistorianCommand> =>
  setup<HistorianCommand | Own>((ctx) => {
    const store: StateStore = openStore({
      dir: options.dir,
      reserveBytes: options.reserveMb * 1_000_000,
      isChecked: options.isStoreChecked === true,
    });
    const tables = openTables(store);
    const sessionTables = openSessionTables(store);
    const commandTables = openCommandTables(store);
    const log = new LogWriter(tables, ctx.nowMs(), pace);
    const nextId = eventIds("historian", ctx.random());
    const readings = new ReadingBuffer();
    let events: OfficeEvent[] = [];
    let nextEvent = 0;
    for (const { key } of tables.event.range({ reverse: true, limit: 1 })) nextEvent = key + 1;
    const version1Tables = openVersion1(store);
    let retainAfter: ReturnType<typeof dropVersion1>;
    let old: ReturnType<typeof version1Log> | undefined = version1Log(store);
    if (old.batches.length === 0) old = undefined;
    let isCommitting = false;
    let isFull = false;
    const dropped = { storeFull: 0, eventsStoreFull: 0, malformed: 0 };
    const totals = { received: 0, stored: 0, commits: 0 };

    ctx.startPeriodicTimer("tick", { type: "Tick" }, COMMIT_MS);
    ctx.startPeriodicTimer("retain", { type: "Retain" }, RETENTION_EVERY_MS);

    /** One write at a time; its end comes back as a message. `change` returns what to do after it. */
    const commit = (change: () => () => void, undo: () => void): void => {
      isCommitting = true;
      let confirm = (): void => {};
      ctx.pipeToSelf(
        store.write(() => {
          confirm = change();
        }),
        () => ({ type: "Committed", confirm: () => confirm() }),
        (cause) => ({ type: "CommitFailed", undo, cause }),
      );
    };

    const commitWaiting = (): void => {
      const nowMs = ctx.nowMs();
      if (old !== undefined) moveOld(old, nowMs);
      else if (readings.count > 0 || events.length > 0) {
        const batches = readings.take();
        const added = events;
        events = [];
        commit(
          () => {
            const confirmLog = log.write(batches, nowMs);
            putEvents(added);
            return () => {
              confirmLog();
              totals.stored += countOf(batches);
            };
          },
          () => {
            dropped.storeFull += readings.giveBack(batches);
            events = [...added, ...events];
            trimEvents();
          },
        );
      } else moveOn();
    };

    /** Before anything new is written, since it came before. */
    const moveOld = ({ batches, remove }: ReturnType<typeof version1Log>, nowMs: number): void =>
      commit(
        () => {
          const confirm = log.write(batches, nowMs);
          remove();
          return () => {
            confirm();
            old = undefined;
          };
        },
        () => {},
      );

    const putEvents = (added: readonly OfficeEvent[]): void => {
      for (const event of added) tables.event.put(nextEvent++, event);
      // More than come, so that a smaller `eventsMax` is reached in time; a few, so that none waits.
      const limit = 2 * added.length;
      const old = tables.event.range({ to: nextEvent - options.eventsMax, limit });
      for (const { key } of [...old]) tables.event.remove(key);
    };

    const trimEvents = (): void => {
      const over = events.length - WAITING_EVENTS_MAX;
      if (over <= 0) return;
      events = events.slice(over);
      dropped.eventsStoreFull += over;
    };

    const raise = (kind: "store_full" | "store_recovered", message: string): void => {
      const atMs = ctx.nowMs();
      const event: OfficeEvent = {
        id: nextId(atMs),
        atMs,
        kind,
        severity: kind === "store_full" ? "error" : "info",
        zone: undefined,
        hub: undefined,
        leafId: undefined,
        message,
        data: { readingsWaiting: readings.count, readingsDropped: dropped.storeFull },
      };
      options.observer.tell({ type: "EventRaised", event });
      events.push(event);
      trimEvents();
    };

    const noteFull = (cause: unknown): void => {
      // Any other fault than a full disk is the supervisor's.
      if (!isStoreFull(cause)) throw cause;
      if (isFull) return;
      isFull = true;
      ctx.startPeriodicTimer("tick", { type: "Tick" }, RETRY_MS);
      raise("store_full", cause.message);
    };

    const noteRoom = (): void => {
      if (!isFull) return;
      isFull = false;
      ctx.startPeriodicTimer("tick", { type: "Tick" }, COMMIT_MS);
      raise("store_recovered", "The store's disk has room again: writing goes on.");
    };

    const save = (record: LeafRecord, replyTo: ActorRef<SaveAnswer>): void => {
      const end = (cause: unknown): Own => ({ type: "LeafSaved", record, replyTo, cause });
      ctx.pipeToSelf(
        store.write(() => tables.leaf.put([record.hub, record.leafId], record)),
        () => end(undefined),
        end,
      );
    };

    /** What `change` says, once it is on disk. */
    const answerOn = <A>(change: () => A, replyTo: ActorRef<A | CommandsAnswer>): void => {
      let answer: A;
      ctx.pipeToSelf(
        store.write(() => {
          answer = change();
        }),
        () => ({ type: "Answered", answer: () => void replyTo.tell(answer) }),
        (cause) => ({ type: "AnswerFailed", replyTo, cause }),
      );
    };

    return receive<HistorianCommand | Own>(
      (message) => {
        switch (message.type) {
          case "Tick":
            if (!isCommitting) commitWaiting();
            return same;
          case "Committed":
            isCommitting = false;
            message.confirm();
            totals.commits += 1;
            noteRoom();
            // What is due to be moved on waits for no tick, while readings keep coming in.
            moveOn();
            return same;
          case "CommitFailed":
            isCommitting = false;
            message.undo();
            noteFull(message.cause);
            return same;
          case "Retain":
            retain();
            return same;
          case "RecordEvent":
            events.push(message.event);
            trimEvents();
            return same;
          case "SaveLeafRecord":
            save(message.record, message.replyTo);
            return same;
          case "LeafSaved":
            answerSave(message.record, message.replyTo, message.cause);
            return same;
          case "LoadLeafRecords":
            message.replyTo.tell({
              type: "LeafRecords",
              records: loadLeafRecords(store, message.hub),
            });
            return same;
          case "SaveSessions":
            saveSessions(message.change, message.replyTo);
            return same;
          case "SessionsWritten":
            if (message.cause === undefined) message.replyTo?.tell({ type: "SessionsSaved" });
            else refuseSave(message.replyTo, message.cause);
            return same;
          case "SaveRoom":
            saveRoom(message.zone, message.memory);
            return same;
          case "LoadRoom":
            message.replyTo.tell({ type: "RoomLoaded", memory: tables.room.get(message.zone) });
            return same;
          case "RoomSaved":
            // It is told again within the hour.
            if (message.cause !== undefined) noteFull(message.cause);
            return same;
          case "SaveCommands": {
            const { records, replyTo } = message;
            answerOn(
              () => ({
                type: "CommandsSaved" as const,
                known: putCommands(commandTables, records),
              }),
              replyTo,
            );
            return same;
          }
          case "LoadCommands": {
            const { hub, after, replyTo } = message;
            answerOn(() => openCommands(commandTables, hub, after), replyTo);
            return same;
          }
          case "Answered":
            message.answer();
            return same;
          case "AnswerFailed":
            refuseSave(message.replyTo, message.cause);
            return same;
          case "GetHistorian":
            message.replyTo.tell({
              type: "HistorianStatus",
              storeHealth: store.health(),
              readingsReceived: totals.received,
              readingsStored: totals.stored,
              readingsWaiting: totals.received - totals.stored - dropped.storeFull,
              dropped: { ...dropped },
              commits: totals.commits,
            });
            return same;
          default:
            return unreachable(message);
        }
      },
      {
        onBytes(bytes, start, end) {
          const count = readingsIn(bytes, start, end);
          if (count === 0) {
            dropped.malformed += 1;
            return same;
          }
          totals.received += count;
          dropped.storeFull += readings.add(bytes, start, end, count);
          // A slow disk is no full one: what waits is written before it has to be dropped.
          if (readings.count >= UNWRITTEN_READINGS_MAX && !isCommitting && !isFull) commitWaiting();
          return same;
        },
        onSignal(signal) {
          if (signal.type === "PreRestart" || signal.type === "PostStop") {
            if (!isFull) commitWaiting();
            void store.close();
          }
          return same;
        },
      },
    );

    function saveRoom(zone: string, memory: RoomMemory): void {
      ctx.pipeToSelf(
        store.write(() => tables.room.put(zone, memory)),
        () => ({ type: "RoomSaved", cause: undefined }),
        (cause) => ({ type: "RoomSaved", cause }),
      );
    }

    function moveOn(): void {
      const change = isCommitting ? undefined : log.due(ctx.nowMs());
      if (change !== undefined) commit(change, () => {});
    }

    function retain(): void {
      if (isCommitting || isFull) return;
      const nowMs = ctx.nowMs();
      const keep = {
        blocksFromDay: dayOf(nowMs - options.historyDays * DAY_MS),
        hoursFromDay: dayOf(nowMs - options.rollupDays * DAY_MS),
        bytesMax: options.historyMaxGb * 1e9,
      };
      commit(
        () => {
          dropOld(tables, keep);
          const next = dropVersion1(version1Tables, keep, retainAfter);
          return () => {
            retainAfter = next;
          };
        },
        () => {},
      );
    }

    function saveSessions(
      change: SessionChange,
      replyTo: ActorRef<SessionsAnswer> | undefined,
    ): void {
      const end = (cause: unknown): Own => ({ type: "SessionsWritten", replyTo, cause });
      ctx.pipeToSelf(
        store.write(() => writeSessions(sessionTables, change)),
        () => end(undefined),
        end,
      );
    }

    function answerSave(record: LeafRecord, replyTo: ActorRef<SaveAnswer>, cause: unknown): void {
      const { hub, leafId } = record;
      if (cause === undefined) {
        replyTo.tell({ type: "LeafRecordSaved", hub, leafId });
        return;
      }
      refuseSave(replyTo, cause);
    }

    function refuseSave(
      replyTo: ActorRef<Extract<SaveAnswer, { type: "SaveRefused" }>> | undefined,
      cause: unknown,
    ): void {
      const isRoomShort = isStoreFull(cause);
      replyTo?.tell({ type: "SaveRefused", reason: isRoomShort ? "storeFull" : "storeFailed" });
      noteFull(cause);
    }
  }) as Behavior<HistorianCommand>;
