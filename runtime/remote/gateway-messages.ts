/** What the threads' gateways say to each other, addressed to number 0. */
import { MycelError } from "../errors.ts";
import { invariant } from "../invariant.ts";
import type { ActorInfo, ActorTimes } from "../metrics.ts";
import type { MoveMessage } from "../moves/move-messages.ts";
import type { StashOptions } from "../stash.ts";
import type {
  ChildSpec,
  MailboxSpec,
  Placed,
  Placement,
  RestartType,
  Supervision,
} from "../supervisor.ts";
import type { SystemMessage, SystemRef } from "../system-messages.ts";
import type { ThreadInfo } from "../watching/thread-info.ts";
import type { Cause, TracedActor, TraceReport } from "../watching/tracing.ts";

/** The gateways themselves, as addressee. */
export const GATEWAY = { path: "gateway", number: 0 } as const;

/** The gateway that finds the actor at this path. */
export const toGateway = (path: string) => ({ path, number: GATEWAY.number });

/** A child spec as plain data. */
export interface CrossingSpec {
  readonly id: string;
  readonly start: Placed<unknown>;
  readonly restart: RestartType;
  readonly shutdownMs: number;
  readonly placement?: Placement;
  readonly mailbox?: MailboxSpec<never>;
  readonly stash?: StashOptions;
  readonly supervision?: Supervision;
}

/** To the actor of this number, or to the gateway itself, as part of a trace. */
export type TracedMessage =
  | {
      readonly type: "Traced";
      readonly number: number;
      readonly path: string;
      readonly message: unknown;
      readonly cause: Cause;
    }
  | {
      readonly type: "TracedBytes";
      readonly number: number;
      readonly path: string;
      readonly bytes: Uint8Array;
      readonly tag: number;
      readonly atMs: number;
      readonly cause: Cause;
    };

/** Of the receptionist. */
export interface ListingMessage {
  readonly type: "Listed" | "Unlisted" | "Subscribe";
  readonly key: string;
  readonly ref: SystemRef;
}

export type GatewayMessage =
  | MoveMessage
  | {
      readonly type: "Spawn";
      readonly number: number;
      /** Of its place; 0 for the first incarnation. */
      readonly version: number;
      readonly parent: SystemRef;
      readonly spec: CrossingSpec;
    }
  | ListingMessage
  /** So much more may be sent to the mailbox of this number. */
  | {
      readonly type: "Credit";
      readonly number: number;
      readonly messages: number;
      readonly bytes: number;
    }
  /** There is no actor of this number: nobody is to wait for its credit. */
  | { readonly type: "CreditEnd"; readonly number: number }
  | { readonly type: "TellPath"; readonly path: string; readonly message: unknown }
  | {
      readonly type: "TellPathBytes";
      readonly path: string;
      readonly bytes: Uint8Array;
      readonly tag: number;
      readonly atMs: number;
    }
  | { readonly type: "SignalPath"; readonly path: string; readonly message: SystemMessage }
  | TracedMessage
  /** Trace these actors for a while, and say what was seen. */
  | { readonly type: "TraceActors"; readonly actors: readonly TracedActor[] }
  | { readonly type: "TraceReport"; readonly seen: TraceReport }
  | { readonly type: "ReportTree" }
  | {
      readonly type: "TreeReport";
      readonly actors: readonly ActorInfo[];
      readonly times: readonly ActorTimes[];
      /** With the last part. */
      readonly info: ThreadInfo | undefined;
    };

export function toCrossingSpec(spec: ChildSpec<never>): CrossingSpec {
  const { id, start, restart, shutdownMs, placement, mailbox, stash, supervision } = spec;
  invariant(typeof start === "object", `${id} is given by module to live elsewhere`);
  invariant(
    typeof mailbox?.conflateBy !== "function" && typeof mailbox?.isControl !== "function",
    `the mailbox of ${id}, which lives elsewhere, has its rules by name`,
  );
  return {
    id,
    start: { module: start.module, name: start.name, options: start.options },
    restart,
    shutdownMs,
    ...(placement && { placement }),
    ...(mailbox && { mailbox }),
    ...(stash && { stash }),
    ...(supervision && { supervision }),
  };
}

/** A fault as it crosses: class and fields stay behind. */
interface CrossingFault {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: string | undefined;
}

export function toCrossing(message: SystemMessage): SystemMessage {
  return "cause" in message ? { ...message, cause: faultToCrossing(message.cause) } : message;
}

export function fromCrossing(message: SystemMessage): SystemMessage {
  return "cause" in message ? { ...message, cause: faultFromCrossing(message.cause) } : message;
}

function faultToCrossing(cause: unknown): CrossingFault | undefined {
  if (cause === undefined) return undefined;
  if (!(cause instanceof Error)) {
    return { name: "Error", message: String(cause), stack: undefined, code: undefined };
  }
  const code = "code" in cause ? String(cause.code) : undefined;
  return { name: cause.name, message: cause.message, stack: cause.stack, code };
}

function faultFromCrossing(fault: unknown): unknown {
  if (fault === undefined || fault === null) return undefined;
  const { name, message, stack, code } = fault as CrossingFault;
  return Object.assign(new Error(message), {
    name,
    stack,
    ...(code === undefined ? {} : { code }),
  });
}

export const threadLostFault = (thread: number): MycelError =>
  new MycelError(
    "E_THREAD_LOST",
    `Thread ${thread} is lost; its actors start anew on a fresh one.`,
    {
      thread,
    },
  );
