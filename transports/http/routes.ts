/**
 * The API as a table: each row says what is asked, what is answered, and how the node answers it.
 * `server.ts` serves the rows, `openapi.ts` documents them.
 */
import { z } from "zod";
import { err, ok, type Result } from "../../runtime/result.ts";
import {
  type ActorDetail,
  actorDetailSchema,
  actorQuerySchema,
  addLeafSchema,
  commandRequestSchema,
  commandSchema,
  commandsSchema,
  copiedSchema,
  dirSchema,
  eventsQuerySchema,
  eventsSchema,
  framesQuerySchema,
  framesSchema,
  healthSchema,
  historyQuerySchema,
  historySchema,
  keyActedSchema,
  keyActSchema,
  leafActSchema,
  leafSchema,
  leavesQuerySchema,
  liveInfoSchema,
  pairingOpenSchema,
  pairingSchema,
  stateSchema,
  traceEventSchema,
  treeQuerySchema,
  treeSchema,
  zoneSchema,
} from "./contract.ts";
import { jsonStream } from "./json-stream.ts";
import { AGENT_ROUTES } from "./office/agent-routes.ts";
import { EXPLAIN_ROUTES } from "./office/explain-routes.ts";
import { LOGIN_ROUTES } from "./office/login-routes.ts";
import { PERSON_ROUTES } from "./office/person-routes.ts";
import { TASK_ROUTES } from "./office/task-routes.ts";
import { VOICE_ROUTES } from "./office/voice-routes.ts";
import { WALLET_ROUTES } from "./office/wallet-routes.ts";
import { type Answer, type Route, route } from "./route.ts";
import { traceStream } from "./trace-stream.ts";

/** The leaf by its id or its name. */
const namedLeafParams = z.object({ hub: z.string(), leaf: z.string() });
const commandParams = namedLeafParams.extend({ id: z.string() });

/** A store of 10 GB at 100 MB/s takes 100 s; three times that for a slow disk. */
const COPY_TIMEOUT_MS = 300_000;

const leafParams = z.object({
  hub: z.string(),
  leafId: z.coerce.number().int().min(0).max(65_535),
});

export const ROUTES: readonly Route[] = [
  route({
    method: "GET",
    url: "/api/state",
    summary: "Everything at once: nodes, hubs, leaves, zones and the supervision tree",
    answer: stateSchema,
    run: ({ view }) => ok(jsonStream(view.state())),
  }),
  route({
    method: "GET",
    url: "/api/zones",
    summary: "Zones with fused readings, occupancy and their newest events",
    answer: z.array(zoneSchema),
    run: ({ view }) => ok(view.zones()),
  }),
  route({
    method: "GET",
    url: "/api/leaves",
    summary: "Leaves with their latest readings, in pages",
    query: leavesQuerySchema,
    answer: z.array(leafSchema),
    run: ({ view }, { query }) => ok(view.leaves(query)),
  }),
  route({
    method: "POST",
    url: "/api/leaves",
    summary: "Add a leaf before it is heard",
    body: addLeafSchema,
    answer: leafSchema,
    statuses: [201],
    run: async ({ view }, { body }) => {
      const added = await view.addLeaf(body);
      return added.ok ? { ...added, status: 201 } : added;
    },
  }),
  route({
    method: "POST",
    url: "/api/leaves/:hub/:leafId",
    summary: "Rename, move, adopt or limit a leaf, or decide which hardware has its id",
    params: leafParams,
    body: leafActSchema,
    answer: leafSchema,
    run: ({ view }, { params, body }) => view.actOnLeaf(params.hub, params.leafId, body),
  }),
  route({
    method: "POST",
    url: "/api/hubs/:hub/pairing",
    summary: "Let v2 devices into a hub for a time",
    params: z.object({ hub: z.string() }),
    body: pairingSchema,
    answer: pairingOpenSchema,
    run: ({ view }, { params, body }) => view.openPairing(params.hub, body),
  }),
  route({
    method: "POST",
    url: "/api/hubs/:hub/keys/:leafId",
    summary: "Change the key of a v2 leaf, or forget it",
    params: leafParams,
    body: keyActSchema,
    answer: keyActedSchema,
    run: async ({ view }, { params: { hub, leafId }, body }) => {
      const acted = await view.changeKey(hub, leafId, body.act);
      return acted.ok ? ok({ hub, leafId }) : acted;
    },
  }),
  route({
    method: "POST",
    url: "/api/hubs/:hub/leaves/:leaf/commands",
    summary:
      "Command a leaf: saved at once, sent when the leaf hears; an id given twice is one command",
    params: namedLeafParams,
    body: commandRequestSchema,
    answer: commandSchema,
    statuses: [202, 200],
    run: async ({ view }, { params, body }) => {
      const command = await view.command(params.hub, params.leaf, body);
      return command.ok
        ? { ...command, status: command.value.endedAtMs === null ? 202 : 200 }
        : command;
    },
  }),
  route({
    method: "GET",
    url: "/api/hubs/:hub/leaves/:leaf/commands",
    summary: "The last commands of a leaf and what became of them, the newest last",
    params: namedLeafParams,
    answer: commandsSchema,
    run: ({ view }, { params }) => {
      const commands = view.commands(params.hub, params.leaf);
      return commands.ok ? ok({ commands: commands.value }) : commands;
    },
  }),
  route({
    method: "GET",
    url: "/api/hubs/:hub/leaves/:leaf/commands/:id",
    summary: "One command and what has become of it",
    params: commandParams,
    answer: commandSchema,
    run: ({ view }, { params }) => view.commandOf(params.hub, params.leaf, params.id),
  }),
  route({
    method: "DELETE",
    url: "/api/hubs/:hub/leaves/:leaf/commands/:id",
    summary: "Cancel a command; one that was sent may have run",
    params: commandParams,
    answer: commandSchema,
    run: ({ view }, { params }) => view.cancelCommand(params.hub, params.leaf, params.id),
  }),
  route({
    method: "GET",
    url: "/api/leaves/:hub/:leafId/frames",
    summary:
      "The last frames of a leaf, byte by byte; from the first request on, for 10 s after the last",
    params: leafParams,
    query: framesQuerySchema,
    answer: framesSchema,
    run: async ({ view }, { params, query }) => {
      const frames = await view.frames(params.hub, params.leafId, query.after);
      return frames.ok ? ok({ frames: frames.value }) : frames;
    },
  }),
  route({
    method: "GET",
    url: "/api/history",
    summary: "Samples of one channel of one leaf, as they came or by step",
    query: historyQuerySchema,
    answer: historySchema,
    run: ({ view }, { query }) => view.history(query),
  }),
  route({
    method: "GET",
    url: "/api/events",
    summary: "Events, newest last",
    query: eventsQuerySchema,
    answer: eventsSchema,
    run: ({ view }, { query }) => ok({ events: view.events(query) }),
  }),
  route({
    method: "GET",
    url: "/api/tree",
    summary:
      "The supervision tree with what each mailbox holds, the threads, and what reached nobody",
    query: treeQuerySchema,
    answer: treeSchema,
    run: ({ view }, { query }) => ok(view.tree(query)),
  }),
  route({
    method: "GET",
    url: "/api/actor",
    summary: "One actor, with the times of each type of message",
    query: actorQuerySchema,
    answer: actorDetailSchema,
    run: ({ view }, { query }) => found(query.name, view.findActor(query.name)),
  }),
  route({
    method: "GET",
    url: "/api/trace",
    summary: "What messages to one actor lead to, hop by hop over all threads, as it happens",
    query: actorQuerySchema,
    answer: traceEventSchema,
    isStream: true,
    run: ({ view, access }, { query, visitor: { session } }) => {
      const actor = found(query.name, view.findActor(query.name));
      if (!actor.ok) return actor;
      const stream = traceStream(view, actor.value.path);
      if (stream.ok && session !== undefined) {
        const { value } = stream;
        value.once(
          "close",
          access.sessions.onEnd(session, () => void value.destroy()),
        );
      }
      return stream;
    },
  }),
  route({
    method: "POST",
    url: "/api/backup",
    summary: "Copy the store to a directory, while it is in use",
    body: dirSchema,
    answer: copiedSchema,
    timeoutMs: COPY_TIMEOUT_MS,
    run: async ({ view }, { body }) => copied(body.dir, await view.backup(body.dir)),
  }),
  route({
    method: "POST",
    url: "/api/restore",
    summary: "Replace the state of the running node by a backup",
    body: dirSchema,
    answer: copiedSchema,
    timeoutMs: COPY_TIMEOUT_MS,
    run: async ({ view }, { body }) => copied(body.dir, await view.restore(body.dir)),
  }),
  route({
    method: "GET",
    url: "/api/live-info",
    summary: "Where the WebSocket feed is",
    answer: liveInfoSchema,
    run: ({ live }) => ok(live()),
  }),
  route({
    method: "GET",
    url: "/healthz",
    summary: "Whether the node does its work; 503 when it does not",
    answer: healthSchema,
    statuses: [200, 503],
    open: true,
    run: ({ view }) => {
      const health = view.health();
      return { ...ok(health), status: health.ok ? 200 : 503 };
    },
  }),
  route({
    method: "GET",
    url: "/metrics",
    summary: "Counters and gauges for Prometheus",
    answer: "text",
    run: async ({ view }) => ok(await view.metrics()),
  }),
  ...TASK_ROUTES,
  ...WALLET_ROUTES,
  ...VOICE_ROUTES,
  ...AGENT_ROUTES,
  ...EXPLAIN_ROUTES,
  ...PERSON_ROUTES,
  ...LOGIN_ROUTES,
];

function found(
  name: string,
  actor: Result<ActorDetail, readonly string[]>,
): Result<ActorDetail, string> & { readonly message?: string } {
  if (actor.ok) return actor;
  const near = actor.error.length === 0 ? "" : ` Did you mean ${actor.error.join(" or ")}?`;
  return { ...err("actorUnknown"), message: `There is no one actor ${name}.${near}` };
}

const copied = (dir: string, done: Result<{ readonly bytes: number }, string>): Answer =>
  done.ok ? ok({ dir, bytes: done.value.bytes }) : done;
