// biome-ignore-all lint/suspicious/noExplicitAny: nact's types, which code written for it relies on
// biome-ignore-all lint/complexity/noBannedTypes: nact's decisions are typed `Symbol`
/** nact's types: names and shapes are its own, so that code typed against it compiles unchanged. */
import type { MailboxSpec } from "../supervisor.ts";
import type { ActorPath, Ref } from "./references.ts";
import type { Milliseconds } from "./time.ts";

export type ActorName = string;
export type ActorSystemName = string;
export type NumberOfMessages = number;
export type Json = unknown;

/** What an actor logs with. */
export interface Logger {
  trace(message: string): void;
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  critical(message: string): void;
  event(name: string, eventProperties: any): void;
  exception(exception: Error): void;
  metric(name: string, values: any): void;
}

// What a handler sees

export type ActorContext<Msg, ParentRef extends Ref<any>> = {
  parent: ParentRef;
  path: ActorPath;
  self: Ref<Msg>;
  name: ActorName;
  /** As they were when the message was taken up. */
  children: Map<ActorName, Ref<unknown>>;
  log: Logger;
};

export type PersistentActorContext<Msg, ParentRef extends Ref<any>> = ActorContext<
  Msg,
  ParentRef
> & {
  /** Resolves when the engine has the event. */
  persist: (msg: Msg, tags?: string[], ...properties: unknown[]) => Promise<void>;
  /** The message is one persisted before. */
  recovering?: boolean;
};

export type ActorContextWithMailbox<Msg, ParentRef extends Ref<any>> = ActorContext<
  Msg,
  ParentRef
> & {
  /** Typed as nact has it; what it holds, there and here, is `{ message, sender }`. */
  mailbox: Msg[];
};

export type SupervisionContext<Msg, ParentRef extends Ref<any>> = ActorContextWithMailbox<
  Msg,
  ParentRef
> & {
  stop: Symbol;
  stopAll: Symbol;
  stopChild: Symbol;
  stopAllChildren: Symbol;
  escalate: Symbol;
  resume: Symbol;
  reset: Symbol;
  resetAll: Symbol;
  resetChild: Symbol;
  resetAllChildren: Symbol;
};

// What an actor is made of

export type ActorFunc<State, Msg, ParentRef extends Ref<any>> = (
  state: State,
  msg: Msg,
  ctx: ActorContext<Msg, ParentRef>,
) => State | Promise<State>;

export type StatelessActorFunc<Msg, ParentRef extends Ref<any>> = (
  msg: Msg,
  ctx: ActorContext<Msg, ParentRef>,
) => void | Promise<void>;

export type PersistentActorFunc<State, Msg, ParentRef extends Ref<any>> = (
  state: State,
  msg: Msg,
  ctx: PersistentActorContext<Msg, ParentRef>,
) => State | Promise<State>;

export type SupervisionActorFunc<Msg, ParentRef extends Ref<any>, ChildRef extends Ref<any>> = (
  msg: Msg | undefined,
  err: Error | undefined,
  ctx: SupervisionContext<Msg, ParentRef>,
  child: ChildRef | undefined,
) => Symbol | Promise<Symbol>;

export type PersistentQueryFunc<State, Msg> = (state: State, msg: Msg) => State | Promise<State>;

/** Ours: how many messages may wait, and what happens beyond. */
export type ActorMailbox = Pick<MailboxSpec<never>, "capacity"> & {
  readonly overflow: "refuse" | "dropOldest" | "dropNewest" | "backpressure";
};

export type ActorProps<State, Msg, ParentRef extends Ref<any>> = {
  /** Idle for so long, the actor stops. */
  shutdownAfter?: Milliseconds;
  onCrash?: SupervisionActorFunc<Msg, ParentRef, Ref<any>>;
  initialState?: State;
  initialStateFunc?: (ctx: ActorContext<Msg, ParentRef>) => State;
  afterStop?: (state: State, ctx: ActorContextWithMailbox<Msg, ParentRef>) => void | Promise<void>;
  mailbox?: ActorMailbox;
};

export type StatelessActorProps<Msg, ParentRef extends Ref<any>> = Omit<
  ActorProps<any, Msg, ParentRef>,
  "initialState" | "initialStateFunc" | "afterStop"
>;

export type PersistentActorProps<State, Msg, ParentRef extends Ref<any>> = ActorProps<
  State,
  Msg,
  ParentRef
> & {
  snapshotEvery?: NumberOfMessages;
  snapshotEncoder?: (state: State) => Json;
  snapshotDecoder?: (state: Json) => State;
  encoder?: (msg: Msg) => Json;
  decoder?: (msg: Json) => Msg;
};

export type PersistentQueryProps<State, Msg> = {
  snapshotKey?: string;
  snapshotEvery?: NumberOfMessages;
  /** Unused for so long, what was read is forgotten and read anew. */
  cacheDuration?: Milliseconds;
  snapshotEncoder?: (state: State) => Json;
  snapshotDecoder?: (state: Json) => State;
  encoder?: (msg: Msg) => Json;
  decoder?: (msg: Json) => Msg;
  initialState?: State;
};

// What a function says of its actor

export type InferMsgFromFunc<T extends ActorFunc<any, any, any>> =
  T extends ActorFunc<any, infer Msg, any> ? Msg : never;
export type InferStateFromFunc<T extends ActorFunc<any, any, any>> =
  T extends ActorFunc<infer State, any, any> ? State : never;
export type InferMsgFromPersistentFunc<T extends PersistentActorFunc<any, any, any>> = T extends (
  state: any,
  msg: infer Msg,
  ctx: any,
) => unknown
  ? Msg
  : never;
export type InferStateFromPersistentFunc<T extends PersistentActorFunc<any, any, any>> =
  T extends PersistentActorFunc<infer State, any, any> ? State : never;
export type InferMsgFromStatelessFunc<T extends StatelessActorFunc<any, any>> =
  T extends StatelessActorFunc<infer Msg, any> ? Msg : never;
export type InferMsgFromPersistentQuery<T extends PersistentQueryFunc<any, any>> =
  T extends PersistentQueryFunc<any, infer Msg> ? Msg : never;
export type InferStateFromPersistentQuery<T extends PersistentQueryFunc<any, any>> =
  T extends PersistentQueryFunc<infer State, any> ? State : never;

export type QueryMsgFactory<Req, Res> = (tempRef: Ref<Res>) => Req;
export type InferResponseFromMsgFactory<T extends QueryMsgFactory<any, any>> =
  T extends QueryMsgFactory<any, infer Res> ? Res : never;

// Logging

/** 0 off, 1 trace, 2 debug, 3 info, 4 warn, 5 error, 6 critical. */
export type LogLevel = 0 | 1 | 2 | 3 | 4 | 5 | 6;

export type LogTrace = {
  type: "trace";
  level: LogLevel;
  actor: Ref<unknown>;
  message: string;
  createdAt: Date;
};

export type LogEvent = {
  type: "event";
  name: string;
  properties: Json;
  actor: Ref<unknown>;
  createdAt: Date;
};

export type LogMetric = {
  type: "metric";
  name: string;
  values: Json;
  actor: Ref<unknown>;
  createdAt: Date;
};

export type LogException = {
  type: "exception";
  exception: Error | undefined;
  actor: Ref<unknown>;
  createdAt: Date;
};

export type LogMsg = LogTrace | LogEvent | LogMetric | LogException;

/** Spawns the actor that all log messages go to. */
export type LoggingEngine = (systemRef: Ref<never>) => Ref<LogMsg>;

export type ConsoleLoggerProperties = {
  consoleProxy?: Console;
  formatter?: (msg: LogMsg) => string;
  /** Of the actor that writes, under the system; default `console-logger`. */
  name?: string;
};

// Persistence

export type PersistedSnapshot = {
  data: Json;
  sequenceNumber: number;
  key: string;
  /** ms since the epoch. */
  createdAt: Milliseconds;
};

export type PersistedEvent = {
  data: Json;
  sequenceNumber: number;
  key: string;
  createdAt: Milliseconds;
  isDeleted: boolean;
  /** In order of the alphabet. */
  tags: string[];
};

export type EventStream = PromiseLike<unknown[]> & {
  /** As an array's: each event in order, with what came of the one before. */
  reduce<U>(
    callbackfn: (previousValue: U, currentValue: PersistedEvent, currentIndex: number) => U,
    initialValue: U,
  ): Promise<U>;
};

/** What any persistence engine for nact is. Its users give key and offset only. */
export interface PersistenceEngine {
  /** The events of a key with a sequence number above `offset`. */
  events(persistenceKey: string, offset?: number, limit?: number, tags?: string[]): EventStream;
  latestSnapshot(persistenceKey: string): Promise<PersistedSnapshot | undefined>;
  takeSnapshot(persistedSnapshot: PersistedSnapshot): Promise<void>;
  persist(persistedEvent: PersistedEvent, ...properties: unknown[]): Promise<void>;
}
