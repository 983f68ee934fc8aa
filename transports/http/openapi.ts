/** OpenAPI 3.1, made of the same rows and schemas that the server validates with. */
import { z } from "zod";
import * as contract from "./contract.ts";
import type { Route } from "./route.ts";

/** Schemas that get a name of their own in the document; the others appear where they are used. */
const NAMED = {
  Reading: contract.readingSchema,
  FusedReading: contract.fusedSchema,
  Leaf: contract.leafSchema,
  Event: contract.eventSchema,
  Zone: contract.zoneSchema,
  Hub: contract.hubSchema,
  Percentiles: contract.percentilesSchema,
  Actor: contract.actorSchema,
  ActorDetail: contract.actorDetailSchema,
  Thread: contract.threadSchema,
  Kernel: contract.kernelSchema,
  TraceEvent: contract.traceEventSchema,
  Node: contract.nodeSchema,
  State: contract.stateSchema,
  History: contract.historySchema,
  Health: contract.healthSchema,
  LeafAct: contract.leafActSchema,
  AddLeaf: contract.addLeafSchema,
  CommandRequest: contract.commandRequestSchema,
  Command: contract.commandSchema,
  Problem: contract.problemSchema,
} as const;

const BASIC = "password";
const SESSION = "session";

type JsonSchema = Record<string, unknown>;

export function openApi(routes: readonly Route[], version: string): object {
  const names = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(NAMED)) names.add(schema, { id });
  const { schemas } = z.toJSONSchema(names, { uri: reference, io: "input" });

  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.url.replace(/:(\w+)/g, "{$1}");
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, names) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Mycel", version, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    // Without either where the node asks nobody, as it may only on loopback.
    security: [{ [BASIC]: [] }, { [SESSION]: [] }, {}],
    paths,
    components: {
      securitySchemes: {
        [BASIC]: { type: "http", scheme: "basic" },
        [SESSION]: {
          type: "apiKey",
          in: "cookie",
          name: "mycel_session_PORT",
          description: "From POST /api/login; writes need the header X-Mycel besides",
        },
      },
      schemas: Object.fromEntries(
        Object.entries(schemas).map(([id, schema]) => [id, bare(schema as JsonSchema)]),
      ),
    },
  };
}

type Names = ReturnType<typeof z.registry<{ id: string }>>;

function operation(route: Route, names: Names): object {
  const content =
    route.answer === "text"
      ? { "text/plain": { schema: { type: "string" } } }
      : route.answer === "wav"
        ? { "audio/wav": { schema: { type: "string", format: "binary" } } }
        : route.isStream
          ? { "text/event-stream": { schema: inline(route.answer, names) } }
          : json(inline(route.answer, names));
  const done = (route.statuses ?? [200]).map((status) => [
    status,
    { description: status < 400 ? "Done" : "The same, for a node that is not well", content },
  ]);
  return {
    summary: route.summary,
    ...(route.open && { security: [] }),
    parameters: [...parameters("path", route.params), ...parameters("query", route.query)],
    ...(route.body && {
      requestBody: { required: true, content: json(inline(route.body, names)) },
    }),
    responses: {
      ...Object.fromEntries(done),
      default: {
        description: "Refused",
        content: json({ $ref: reference("Problem") }),
      },
    },
  };
}

function parameters(place: "path" | "query", schema: z.ZodType | undefined): object[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = bare(z.toJSONSchema(schema, { io: "input" })) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    schema: property,
  }));
}

/** A schema where it is used: a reference if it has a name, also as the element of an array. */
function inline(schema: z.ZodType, names: Names): JsonSchema {
  const id = names.get(schema)?.id;
  if (id !== undefined) return { $ref: reference(id) };
  if (schema instanceof z.ZodArray) {
    return { type: "array", items: inline(schema.element as z.ZodType, names) };
  }
  return bare(z.toJSONSchema(schema, { io: "input" }));
}

const reference = (id: string): string => `#/components/schemas/${id}`;
const json = (schema: JsonSchema): object => ({ "application/json": { schema } });

/** Without the dialect and address that only a schema alone in its file needs. */
function bare({ $schema: _dialect, $id: _address, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
