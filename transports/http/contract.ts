/**
 * The API and the live feed as schemas: what the server validates and documents (OpenAPI) and what
 * the page in `web/` is typed by. Times are ms since the epoch.
 */
import { z } from "zod";
import { WATCH_FOCUS_MAX } from "../live/rows.ts";
import type { OfficeChange } from "./office/feed-contract.ts";

const atMs = z.number();
const channel = z.string();

export const readingSchema = z.object({ value: z.number(), atMs });
export const fusedSchema = readingSchema.extend({ sources: z.number().int() });

export const leafSchema = z.object({
  hub: z.string(),
  leafId: z.number().int(),
  name: z.string(),
  zone: z.string(),
  online: z.boolean(),
  lastSeenMs: atMs,
  batteryMv: z.number().int().nullable(),
  readings: z.record(channel, readingSchema),
  hardware: z.string().nullable(),
  capabilities: z.array(z.string()),
  standing: z.enum(["stranger", "adopted", "disputed"]),
  claimedHardware: z.string().nullable(),
  lowBattery: z.boolean(),
  quarantined: z.boolean(),
  frames: z.number().int(),
  refused: z.number().int(),
});

export const eventSchema = z.object({
  id: z.string(),
  atMs,
  kind: z.string(),
  severity: z.enum(["info", "warning", "error"]),
  zone: z.string().nullable(),
  hub: z.string().nullable(),
  leafId: z.number().int().nullable(),
  message: z.string(),
  data: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
});

export const zoneSchema = z.object({
  zone: z.string(),
  occupancy: z.number().int(),
  /** Who tells the occupancy; null: nobody can. */
  witness: z.enum(["camera", "motion", "air"]).nullable(),
  /** Presence as the air tells it, believed where there is neither camera nor motion sensor. */
  air: z
    .object({
      probability: z.number(),
      confidence: z.number(),
      channels: z.array(z.string()),
      taughtMinutes: z.number().int(),
      isLearned: z.boolean(),
    })
    .nullable(),
  atMs,
  readings: z.record(channel, fusedSchema),
  /** Newest last, at most 50. */
  events: z.array(eventSchema),
});

export const hubSchema = z.object({
  hub: z.string(),
  zone: z.string(),
  address: z.string(),
  startedAtMs: atMs,
  leafCount: z.number().int(),
  onlineCount: z.number().int(),
  framesReceived: z.number().int(),
  framesApplied: z.number().int(),
  refused: z.record(z.string(), z.number().int()),
  lostByKernel: z.number().int().nullable(),
});

/** Of sampled messages. */
export const percentilesSchema = z.object({
  samples: z.number().int(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  p999Ms: z.number(),
  maxMs: z.number(),
});
export const timesSchema = z.object({
  /** From the sending to the start of the handler. */
  wait: percentilesSchema,
  /** From the start of the handler to its return. */
  handler: percentilesSchema,
});

/** One actor of the supervision tree with what its mailbox says. */
export const actorSchema = z.object({
  path: z.string(),
  /** Path of the parent; null for the root. */
  parent: z.string().nullable(),
  thread: z.number().int(),
  mailboxDepth: z.number().int(),
  mailboxCapacity: z.number().int(),
  processed: z.number().int(),
  failures: z.number().int(),
  restarts: z.number().int(),
  /** Messages a second; null until two looks at its counter. */
  rate: z.number().nullable(),
  /** Null until one of its messages has been timed. */
  times: timesSchema.nullable(),
  /** Actors below it that are left out here: `GET /api/tree?under=…` has them. */
  hidden: z.number().int().optional(),
});
/** An actor with the times of each type of message. */
export const actorDetailSchema = actorSchema.extend({
  types: z.array(timesSchema.extend({ type: z.string() })),
});

export const threadSchema = z.object({
  /** 0 is the main thread. */
  thread: z.number().int(),
  actors: z.number().int(),
  /** Messages a second that its actors handled. */
  rate: z.number(),
  /** Share of the time spent on actors, 0..1; null until two looks. */
  busyShare: z.number().nullable(),
  heapBytes: z.number().int(),
  /** Messages to and from other threads, since the way between them was made. */
  sent: z.number().int(),
  received: z.number().int(),
  /** Times a way from this thread was full. */
  full: z.number().int(),
});
export const deadLetterSchema = z.object({
  path: z.string(),
  type: z.string(),
  reason: z.string(),
  thread: z.number().int(),
  atMs,
});
/** The threads, and the messages that reached nobody. */
export const kernelSchema = z.object({
  threads: z.array(threadSchema),
  deadLetters: z.object({
    byReason: z.record(z.string(), z.number().int()),
    /** Newest last. */
    last: z.array(deadLetterSchema),
  }),
});
export const treeSchema = kernelSchema.extend({ actors: z.array(actorSchema) });
export const actorQuerySchema = z.object({
  /** Path of an actor, or the end of it: `hubs/swarm_hub_01/leaf_3`. */
  name: z.string().min(1).max(1024),
});

/** One message of a trace, handled or lost. */
export const hopSchema = z.object({
  trace: z.number().int(),
  hop: z.number().int(),
  /** The hop whose handler sent it; null for the first. */
  parent: z.number().int().nullable(),
  /** Path of the sender; null for code outside actors. */
  from: z.string().nullable(),
  to: z.string(),
  thread: z.number().int(),
  type: z.string(),
  sentMs: atMs,
  waitMs: z.number(),
  handlerMs: z.number(),
  /** `handled`, `failed`, `refused`, or the reason of its dead letter. */
  outcome: z.string(),
});
/** One event of the stream `GET /api/trace`: first whom it follows, then what was seen. */
export const traceEventSchema = z.object({
  actor: z.string(),
  hops: z.array(hopSchema),
  /** Messages that found no room to be traced. */
  missed: z.number().int(),
});

export const nodeSchema = z.object({
  node: z.string(),
  version: z.string(),
  startedAtMs: atMs,
  threads: z.number().int(),
  storeDir: z.string(),
  storeHealth: z.enum(["ok", "full", "failed"]),
  broker: z.object({ url: z.string(), connected: z.boolean() }),
});

export const stateSchema = z.object({
  nodes: z.array(nodeSchema),
  hubs: z.array(hubSchema),
  leaves: z.array(leafSchema),
  zones: z.array(zoneSchema),
  tree: z.array(actorSchema),
  kernel: kernelSchema,
});

export const leavesQuerySchema = z.object({
  hub: z.string().optional(),
  zone: z.string().optional(),
  /** The last leaf of the page before, `swarm_hub_01/12`: the answer goes on behind it. */
  after: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(1_000),
});
export const treeQuerySchema = z.object({
  /** Path of an actor: itself and what is right below it, none left out. */
  under: z.string().max(1024).optional(),
});

export const historyQuerySchema = z.object({
  hub: z.string(),
  /** Leaf's id or name. */
  leaf: z.string(),
  channel,
  fromMs: z.coerce.number().optional(),
  toMs: z.coerce.number().optional(),
  /** ms a row; without it every sample. */
  stepMs: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(100_000).default(10_000),
});
export const historyRowSchema = z.object({
  atMs,
  /** With a step: the mean of the step. */
  value: z.number(),
  min: z.number().optional(),
  max: z.number().optional(),
  count: z.number().int().optional(),
});
export const historySchema = z.object({
  hub: z.string(),
  leafId: z.number().int(),
  channel,
  rows: z.array(historyRowSchema),
  /** True when `limit` cut the answer short: ask again from the last row's time. */
  more: z.boolean(),
});

export const eventsQuerySchema = z.object({
  zone: z.string().optional(),
  kind: z.string().optional(),
  sinceMs: z.coerce.number().optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
export const eventsSchema = z.object({ events: z.array(eventSchema) });

/** What each check of `GET /healthz` may say; the page has words for all of it. */
export const HEALTH_CODES = {
  store: ["writing", "full", "failed"],
  broker: ["connected", "away"],
  links: ["open", "closed"],
  office: ["started", "starting"],
} as const;
export const healthCheckSchema = z.object({
  ok: z.boolean(),
  code: z.string(),
  /** What the code's words fill in. */
  values: z.record(z.string(), z.union([z.string(), z.number()])),
  /** The same as an English sentence. */
  detail: z.string(),
});
export const healthSchema = z.object({
  ok: z.boolean(),
  checks: z.record(z.string(), healthCheckSchema),
});

/** An operator's act on a leaf: `POST /api/leaves/{hub}/{leafId}`; add is `POST /api/leaves`. */
export const leafActSchema = z.discriminatedUnion("act", [
  z.object({ act: z.literal("rename"), name: z.string() }),
  z.object({ act: z.literal("move"), zone: z.string() }),
  z.object({ act: z.literal("adopt") }),
  z.object({ act: z.literal("agreeHardware") }),
  z.object({ act: z.literal("keepHardware") }),
  z.object({ act: z.literal("limit"), framesPerSecondMax: z.number().positive().nullable() }),
  /** When it hears, for leaves that do not say so themselves; and the id of a leaf that can wake it. */
  z.object({
    act: z.literal("sleep"),
    sleeps: z.boolean(),
    wakeVia: z.number().int().min(0).max(65_535).nullable().default(null),
  }),
  /** Settings of a v2 leaf, told to it when it is heard: `{"interval_s": 60}`. */
  z.object({ act: z.literal("configure"), settings: z.record(z.string(), z.number()) }),
]);
export const addLeafSchema = z.object({
  hub: z.string(),
  leafId: z.number().int().min(0).max(16_383),
  name: z.string().optional(),
  zone: z.string().optional(),
});
/** `POST /api/hubs/{hub}/pairing`: lets devices in for a time; 0 s closes it. */
export const pairingSchema = z.object({
  forS: z.number().int().min(0).max(86_400),
  /** Of one device; else all whose codes come from the hub's fleet secret. */
  installCode: z
    .string()
    .regex(/^[0-9a-fA-F]{32}$/, "32 hex digits")
    .optional(),
  /** The id that the device is to have, instead of a free one. */
  leafId: z.number().int().min(0).max(65_535).optional(),
});
export const pairingOpenSchema = z.object({ untilMs: atMs });
/** `POST /api/hubs/{hub}/keys/{leafId}`. */
export const keyActSchema = z.object({ act: z.enum(["rotate", "forget"]) });
export const keyActedSchema = z.object({ hub: z.string(), leafId: z.number().int() });
/** `POST /api/hubs/{hub}/leaves/{leaf}/commands`. */
export const commandRequestSchema = z.strictObject({
  /** The asker's own: an id given before is not run again, and its first outcome is the answer. */
  id: z.string().regex(/^[\w.:-]{1,64}$/, "1-64 of letters, digits, . : _ -"),
  /** As `mycel frame` names them: `set_state` with `{"on": true}`, or a number with `argsHex`. */
  command: z.union([z.string().max(32), z.number().int().min(0).max(255)]),
  args: z.record(z.string(), z.union([z.number(), z.boolean()])).default({}),
  argsHex: z.string().max(440).optional(),
  /** `now`: as soon as the leaf hears; `onWake`: after its next frame. */
  delivery: z.enum(["now", "onWake"]).default("now"),
  /** A newer command supersedes an unsent one of the same key. */
  mergeKey: z.string().min(1).max(64).optional(),
  /** After this it is not run; at most 30 days. */
  expiresInMs: z.number().int().min(1).max(2_592_000_000).default(3_600_000),
});
/** A command and what has become of it. */
export const commandSchema = z.object({
  hub: z.string(),
  leafId: z.number().int(),
  id: z.string(),
  /** Its number for a v2 leaf. */
  commandId: z.number().int(),
  command: z.union([z.string(), z.number().int()]),
  args: z.record(z.string(), z.union([z.number(), z.boolean()])),
  argsHex: z.string().nullable(),
  delivery: z.enum(["now", "onWake"]),
  mergeKey: z.string().nullable(),
  createdAtMs: atMs,
  expiresAtMs: atMs,
  /** First transmission. */
  sentAtMs: atMs.nullable(),
  state: z.enum(["queued", "sent", "applied", "acknowledged", "refused", "expired", "superseded"]),
  /** Why it was refused: a reason of docs/errors.md, or `leaf:` and what the leaf says. */
  reason: z.string().nullable(),
  endedAtMs: atMs.nullable(),
});
export const commandsSchema = z.object({ commands: z.array(commandSchema) });

export const framesQuerySchema = z.object({
  /** Number of the newest frame that is known already. */
  after: z.coerce.number().int().min(0).default(0),
});
/** Some bytes of a frame and what they say. */
export const frameFieldSchema = z.object({
  /** Of the first of its bytes, in the frame or in what was sealed in it. */
  at: z.number().int(),
  bytes: z.number().int(),
  name: z.string(),
  value: z.string(),
});
export const frameSchema = z.object({
  no: z.number().int(),
  atMs,
  hex: z.string(),
  /** Of v2: header and payload as its hub opened them; null for v1, and where it could not. */
  openedHex: z.string().nullable(),
  /** Why it did not reach its leaf. */
  refusal: z.string().nullable(),
  fields: z.array(frameFieldSchema),
  /** Of what was sealed. */
  openedFields: z.array(frameFieldSchema),
});
/** `GET /api/leaves/{hub}/{leafId}/frames`. */
export const framesSchema = z.object({ frames: z.array(frameSchema) });

/** `POST /api/backup` and `POST /api/restore`: a directory on the node's machine. */
export const dirSchema = z.object({
  dir: z
    .string()
    .min(1)
    .max(4096) // PATH_MAX of Linux
    .refine((dir) => !dir.includes("\0"), "must not hold a NUL character"),
});
export const copiedSchema = z.object({ dir: z.string(), bytes: z.number().int() });

/** Where the page finds the feed: on this server's port, or on one of the driver's own. */
export const liveInfoSchema = z.object({
  driver: z.string(),
  path: z.string(),
  port: z.number().int().nullable(),
});

/** Every error answer of the API. */
export const problemSchema = z.object({ error: z.string(), message: z.string() });

export type Leaf = z.infer<typeof leafSchema>;
export type Zone = z.infer<typeof zoneSchema>;
export type Hub = z.infer<typeof hubSchema>;
export type Event = z.infer<typeof eventSchema>;
export type Actor = z.infer<typeof actorSchema>;
export type ActorDetail = z.infer<typeof actorDetailSchema>;
export type Percentiles = z.infer<typeof percentilesSchema>;
export type Thread = z.infer<typeof threadSchema>;
export type Kernel = z.infer<typeof kernelSchema>;
export type Tree = z.infer<typeof treeSchema>;
export type TraceHop = z.infer<typeof hopSchema>;
export type TraceEvent = z.infer<typeof traceEventSchema>;
export type NodeInfo = z.infer<typeof nodeSchema>;
export type State = z.infer<typeof stateSchema>;
export type Health = z.infer<typeof healthSchema>;
export type HealthCheck = z.infer<typeof healthCheckSchema>;
export type HealthCode<Part extends keyof typeof HEALTH_CODES> =
  (typeof HEALTH_CODES)[Part][number];
export type LeavesQuery = z.infer<typeof leavesQuerySchema>;
export type TreeQuery = z.infer<typeof treeQuerySchema>;
export type HistoryQuery = z.infer<typeof historyQuerySchema>;
export type HistoryAnswer = z.infer<typeof historySchema>;
export type EventsQuery = z.infer<typeof eventsQuerySchema>;
export type FrameField = z.infer<typeof frameFieldSchema>;
export type SeenFrame = z.infer<typeof frameSchema>;
export type LeafAct = z.infer<typeof leafActSchema>;
export type CommandRequest = z.infer<typeof commandRequestSchema>;
export type Command = z.infer<typeof commandSchema>;
export type AddLeaf = z.infer<typeof addLeafSchema>;
export type Pairing = z.infer<typeof pairingSchema>;
export type KeyAct = z.infer<typeof keyActSchema>["act"];
export type LiveInfo = z.infer<typeof liveInfoSchema>;
export type Problem = z.infer<typeof problemSchema>;

/**
 * Live feed, `GET /live` as WebSocket: what is newer than the cursors of this page, at most four times a second.
 *
 *   page ──/live?run&cursor&records&rows&watch──▶ node      from where to go on; without them from the start
 *        ──Watch──────────────────────────────▶             what it looks at now
 *        ◀─Snapshot | Changes─────────────────              node, hubs, zones, events, actors      JSON text
 *        ◀─Records────────────────────────────              who the leaves are, in pages           JSON text
 *        ◀─Leaves─────────────────────────────              the few it looks at, whole             JSON text
 *        ◀─rows───────────────────────────────              state and one channel of all leaves    binary, live/rows.ts
 *
 * Each message holds the newest state of what changed, so one more than needed does no harm, and a page that
 * reads slowly gets fewer and fuller ones. A snapshot starts everything anew; after a break the page names what
 * it has, and gets a snapshot only where the node cannot tell all that happened since.
 */
export interface Snapshot {
  readonly type: "Snapshot";
  /** Which run of the node the cursors belong to. */
  readonly run: string;
  readonly cursor: number;
  /** Rows of leaves are numbered from 0 to one less than this. */
  readonly rowsMax: number;
  readonly node: NodeInfo;
  readonly hubs: readonly Hub[];
  readonly zones: readonly Zone[];
  readonly events: readonly Event[];
  /** Of all leaves, those that changed last, at most 256; a leaf's own are asked from the API. */
  readonly commands: readonly Command[];
  readonly tree: readonly Actor[];
  readonly kernel: Kernel;
  readonly office: readonly OfficeChange[];
}

export interface Changes {
  readonly type: "Changes";
  readonly cursor: number;
  readonly node?: NodeInfo;
  readonly hubs?: readonly Hub[];
  readonly zones?: readonly Zone[];
  readonly events?: readonly Event[];
  readonly commands?: readonly Command[];
  /** Without what `hidden` counts; at most once a second. */
  readonly tree?: readonly Actor[];
  readonly kernel?: Kernel;
  readonly office?: readonly OfficeChange[];
}

/** Who a leaf is: what of it changes seldom. */
export type LeafInfo = Pick<
  Leaf,
  "hub" | "leafId" | "name" | "zone" | "hardware" | "standing" | "claimedHardware"
> & { readonly row: number };

/** Oldest change first; the cursor is for the next page. */
export interface Records {
  readonly type: "Records";
  readonly cursor: number;
  readonly records: readonly LeafInfo[];
}

export interface Leaves {
  readonly type: "Leaves";
  readonly leaves: readonly Leaf[];
}

export type FeedMessage = Snapshot | Changes | Records | Leaves;

/** What a page looks at. States of all leaves come in any case; the rest only as far as it is watched. */
export const watchSchema = z.strictObject({
  type: z.literal("Watch"),
  /** Of the page's choice, the same for the same channel and rows; comes back in the rows that answer it. */
  no: z.number().int().min(0).max(0xffff_ffff),
  /** Whose value the rows hold; null for none. */
  channel: channel.max(64).nullable(),
  /** Of which leaves readings come: `hub:…`, `zone:…`. */
  rows: z.union([z.enum(["none", "all"]), z.string().regex(/^(?:hub|zone):.{1,128}$/)]),
  /** Rows of the leaves that are told whole. */
  focus: z.array(z.number().int().min(0)).max(WATCH_FOCUS_MAX),
});
export type Watch = z.infer<typeof watchSchema>;
