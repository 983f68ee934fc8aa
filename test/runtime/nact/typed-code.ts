/**
 * Code as someone wrote it for nact, with its types. types.test.ts compiles it as it stands, and once
 * more with the first import changed to ours: the whole of moving over.
 */
import {
  type ActorContext,
  type ActorContextWithMailbox,
  type ActorFunc,
  type ActorPath,
  type ActorProps,
  type ActorSystem,
  type ActorSystemName,
  type ActorSystemRef,
  type ConsoleLoggerProperties,
  configureLogging,
  configurePersistence,
  dispatch,
  type EventStream,
  hours,
  type InferMsgFromFunc,
  type InferStateFromPersistentQuery,
  type Json,
  type Logger,
  type LoggingEngine,
  type LogLevel,
  type LogMsg,
  logNothing,
  logToConsole,
  type Milliseconds,
  messages,
  minutes,
  Nobody,
  type PersistedEvent,
  type PersistedSnapshot,
  type PersistenceEngine,
  type PersistentActorContext,
  type PersistentQueryFunc,
  type Plugin,
  persistentQuery,
  type QueryMsgFactory,
  query,
  type Ref,
  type StatelessActorProps,
  type SupervisionActorFunc,
  type SupervisionContext,
  seconds,
  spawn,
  spawnPersistent,
  spawnStateless,
  start,
  stop,
} from "nact";

type Greet = { type: "Greet"; name: string; replyTo: Ref<Greeting> };
type Count = { type: "Count"; replyTo: Ref<number> };
type Greeting = { text: string; by: Ref<GreeterMsg> };
type GreeterMsg = Greet | Count;

class Engine implements PersistenceEngine {
  readonly stored: PersistedEvent[] = [];

  events(_key: string, _offset: number, _limit: number, _tags: string[]): EventStream {
    return this.stored as unknown as EventStream;
  }

  latestSnapshot(key: string): Promise<PersistedSnapshot> {
    return Promise.resolve({ data: 0, sequenceNumber: 0, key, createdAt: 0 });
  }

  async takeSnapshot(_snapshot: PersistedSnapshot): Promise<void> {}

  async persist(event: PersistedEvent): Promise<void> {
    this.stored.push(event);
  }
}

const level: LogLevel = 3;
const options: ConsoleLoggerProperties = { formatter: (msg: LogMsg) => `${level} ${msg.type}` };
const engines: LoggingEngine[] = [logNothing(), logToConsole(), logToConsole(options)];
const plugin: Plugin = (_system: ActorSystem) => {};
const name: ActorSystemName = "typed";
const system: ActorSystemRef = start(
  name,
  configurePersistence(new Engine()),
  configureLogging(engines[0] as LoggingEngine),
  plugin,
);
start();
start(plugin, plugin);

const policy: SupervisionActorFunc<GreeterMsg, ActorSystemRef, Ref<unknown>> = async (
  msg,
  err,
  ctx: SupervisionContext<GreeterMsg, ActorSystemRef>,
  child,
) => {
  ctx.log.error(`${err?.message} at ${msg?.type}, ${ctx.mailbox.length} wait`);
  return child === undefined ? ctx.resume : ctx.stopChild;
};

const props: ActorProps<number, GreeterMsg, ActorSystemRef> = {
  shutdownAfter: 10 * minutes,
  onCrash: policy,
  initialState: 0,
  afterStop: (state: number, ctx: ActorContextWithMailbox<GreeterMsg, ActorSystemRef>) => {
    ctx.log.info(`${state} greeted, ${ctx.mailbox.length} not`);
  },
};

const greeter = spawn(
  system,
  (greeted: number, msg: GreeterMsg, ctx: ActorContext<GreeterMsg, ActorSystemRef>): number => {
    if (msg.type === "Count") {
      dispatch(msg.replyTo, greeted);
      return greeted;
    }
    const {
      path,
      log,
      children,
    }: { path: ActorPath; log: Logger; children: Map<string, Ref<unknown>> } = ctx;
    log.event("greeted", {
      at: path.toString(),
      parts: path.parts.length,
      children: children.size,
    });
    dispatch(msg.replyTo, { text: `hello ${msg.name}`, by: ctx.self });
    return greeted + 1;
  },
  "greeter",
  props,
);

const inferred: InferMsgFromFunc<ActorFunc<number, GreeterMsg, ActorSystemRef>> = {
  type: "Greet",
  name: "Ada",
  replyTo: new Nobody(),
};
dispatch(greeter, inferred);
// @ts-expect-error: no such message
dispatch(greeter, { type: "Dance" });

const timeout: Milliseconds = 2 * seconds;
const greet: QueryMsgFactory<Greet, Greeting> = (replyTo) => ({
  type: "Greet",
  name: "Ada",
  replyTo,
});
const greeting: Promise<Greeting> = query(greeter, greet, timeout);
const count: Promise<number> = query(
  greeter,
  (replyTo: Ref<number>): Count => ({ type: "Count", replyTo }),
  timeout,
);
// @ts-expect-error: the answer is a number
const wrong: Promise<string> = query(
  greeter,
  (replyTo: Ref<number>): Count => ({ type: "Count", replyTo }),
  timeout,
);

const quick: StatelessActorProps<string, ActorSystemRef> = { shutdownAfter: 1 * hours };
const printer: Ref<string> = spawnStateless(
  system,
  async (line: string, ctx) => {
    ctx.log.metric("printed", { length: line.length });
  },
  "printer",
  quick,
);

const ledger = spawnPersistent(
  system,
  async (sum: number, amount: number, ctx) => {
    await (ctx as PersistentActorContext<number, ActorSystemRef>).persist(amount);
    return sum + amount;
  },
  "ledger-key",
  "ledger",
  {
    initialState: 0,
    snapshotEvery: 20 * messages,
    encoder: (amount: number): Json => ({ amount }),
    decoder: (data: Json) => (data as { amount: number }).amount,
  },
);
dispatch(ledger, 5);

const add: PersistentQueryFunc<number, number> = (sum, amount) => sum + amount;
const total = persistentQuery(system, add, "ledger-key", {
  initialState: 0,
  cacheDuration: 5 * minutes,
  snapshotKey: "total",
  snapshotEvery: 10 * messages,
});
const sum: Promise<InferStateFromPersistentQuery<typeof add>> = total();

export const all = [greeting, count, wrong, sum, printer];
for (const actor of [greeter, printer, ledger, system] as Ref<unknown>[]) stop(actor);
