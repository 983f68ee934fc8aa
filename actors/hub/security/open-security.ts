/** Joins a hub's security to its actor: answers of the store and timers are messages to the hub. */
import type { ActorContext } from "../../../runtime/actor-context.ts";
import type { ActorRef } from "../../../runtime/actor-ref.ts";
import { invariant, unreachable } from "../../../runtime/invariant.ts";
import { fromHex } from "../../../transports/frame/hex.ts";
import type { HistorianCommand, SessionsAnswer } from "../../historian/messages.ts";
import type { LinkCommand } from "../../link/messages.ts";
import type { HubCommand, KeyRefusal } from "../messages.ts";
import { HubSecurity, type SecurityPorts } from "./hub-security.ts";
import { KeySafe } from "./key-safe.ts";
import type { SessionChange } from "./messages.ts";
import { MARKS_EVERY_MS } from "./replay-marks.ts";
import { SESSION_TABLE, SessionTable } from "./session-table.ts";

/** What comes to the hub for its security. */
export type SecurityNote =
  | { readonly type: "FlushMarks" }
  | { readonly type: "SessionsSettled"; readonly ticket: number; readonly isSaved: boolean };

export type SecurityCommand = Extract<
  HubCommand,
  { type: "OpenPairing" | "RotateKey" | "ForgetKey" }
>;

const FLUSH_MARKS: SecurityNote = { type: "FlushMarks" };

/** Settings of a hub's security: plain data, since a hub may live on any thread. */
export interface SealedOptions {
  readonly accept: "v1" | "v2" | "both";
  readonly keyRotationDays: number;
  /** 32 hex digits; undefined: pairing needs the code of each device. */
  readonly fleetSecret: string | undefined;
  /** 32 hex digits; undefined: the store keeps keys as they are. */
  readonly keySecret: string | undefined;
}

export interface SecurityParts
  extends Pick<SecurityPorts, "route" | "countApplied" | "countRefused" | "isKnown" | "adopt"> {
  readonly hub: string;
  readonly options: SealedOptions;
  /** Of the hub's link, for frames to leaves. */
  readonly linkPath: string;
  readonly rowBase: number;
  readonly leavesMax: number;
  readonly historian: ActorRef<HistorianCommand>;
  /** How long the store may take. */
  readonly answerMsMax: number;
  raise: SecurityPorts["raise"];
}

export interface OpenedSecurity {
  readonly security: HubSecurity;
  act(command: SecurityCommand): void;
  note(note: SecurityNote): void;
  /** At an orderly end of the hub. */
  close(): void;
}

type Ctx = Pick<
  ActorContext<SecurityNote>,
  "nowMs" | "ask" | "startTimer" | "refAt" | "shared" | "self"
>;

export function openSecurity(ctx: Ctx, parts: SecurityParts): OpenedSecurity {
  const { hub, historian, options } = parts;
  /** By ticket; as many as there are changes under way: one a leaf, and one of marks. */
  const waiting = new Map<number, (isSaved: boolean) => void>();
  let tickets = 0;
  const table = new SessionTable(ctx.shared(SESSION_TABLE));
  const safe = new KeySafe(options.keySecret);
  /** What goes to the store, and so to another thread, has no key in clear. */
  const sealed = (change: SessionChange): SessionChange => ({
    ...change,
    sessions: change.sessions.map((record) => safe.seal(record)),
  });
  const secret = options.fleetSecret === undefined ? undefined : fromHex(options.fleetSecret);
  invariant(secret === undefined || secret.length === 16, "a fleet's secret has 16 bytes");
  const security = new HubSecurity(
    table,
    {
      ...{ hub, fleetSecret: secret, accept: options.accept },
      ...{ keyRotationDays: options.keyRotationDays },
      ...{ rowBase: parts.rowBase, leavesMax: parts.leavesMax },
    },
    {
      ...parts,
      nowMs: () => ctx.nowMs(),
      save(change, settled) {
        const ticket = ++tickets;
        waiting.set(ticket, settled);
        const note = (isSaved: boolean): SecurityNote => ({
          type: "SessionsSettled",
          ticket,
          isSaved,
        });
        ctx.ask<HistorianCommand, SessionsAnswer>(
          historian,
          (replyTo) => ({ type: "SaveSessions", change: sealed(change), replyTo }),
          parts.answerMsMax,
          ({ type }) => note(type === "SessionsSaved"),
          () => note(false),
        );
      },
      flushMarksLater: () => ctx.startTimer("marks", FLUSH_MARKS, MARKS_EVERY_MS),
      send(peer, frame) {
        // Looked up each time: the link may have been started anew.
        ctx
          .refAt<LinkCommand>(parts.linkPath)
          .tell({ type: "SendFrame", peer, frame, replyTo: undefined });
      },
    },
  );

  return {
    security,
    act(command) {
      const answer = (reason: KeyRefusal | undefined, untilMs?: number): void => {
        command.replyTo.tell(
          reason === undefined ? { type: "KeyAccepted", untilMs } : { type: "KeyRefused", reason },
        );
      };
      switch (command.type) {
        case "OpenPairing": {
          const opened = security.openPairing(command);
          if (opened.ok) answer(undefined, opened.value);
          else answer(opened.error);
          return;
        }
        case "RotateKey":
          security.rotate(command.leafId, answer);
          return;
        case "ForgetKey":
          security.forget(command.leafId, answer);
          return;
        default:
          unreachable(command);
      }
    },
    note(note) {
      if (note.type === "FlushMarks") {
        security.flushMarks();
        return;
      }
      waiting.get(note.ticket)?.(note.isSaved);
      waiting.delete(note.ticket);
    },
    close() {
      const change: SessionChange | undefined = security.finalMarks();
      // Nobody waits for the answer: the hub ends before its store does.
      if (change !== undefined)
        historian.tell({ type: "SaveSessions", change, replyTo: undefined });
    },
  };
}
