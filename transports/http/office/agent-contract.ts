/** The agent's cycles and its models as the API and the page see them. */
import { z } from "zod";

export const provenanceSchema = z.enum([
  "operator",
  "sensor",
  "person",
  "device",
  "model",
  "stranger",
]);

export const toolCallSchema = z.object({
  id: z.string(),
  round: z.number().int(),
  tool: z.string(),
  argumentsText: z.string(),
  outcome: z.enum(["running", "done", "failed", "refused", "skipped"]),
  reason: z.string().nullable(),
  warrant: z
    .object({
      kind: z.string(),
      provenance: provenanceSchema,
      zone: z.string().nullable(),
      causeId: z.string(),
    })
    .optional(),
  result: z.string(),
  made: z.array(z.string()).readonly(),
  startedAtMs: z.number(),
  endedAtMs: z.number().nullable(),
});

export const cycleSchema = z.object({
  id: z.string(),
  agent: z.string(),
  startedAtMs: z.number(),
  endedAtMs: z.number().nullable(),
  trigger: z.enum(["events", "timer", "operator", "call"]),
  eventIds: z.array(z.string()).readonly(),
  seen: z.array(z.object({ provenance: provenanceSchema, text: z.string() })).readonly(),
  /** Tasks of whose reports it was told. */
  reportIds: z.array(z.number().int()).readonly().optional(),
  promptTokens: z.number().int(),
  thoughts: z.array(z.string()).readonly(),
  calls: z.array(toolCallSchema).readonly(),
  models: z
    .array(
      z.object({
        model: z.string(),
        promptTokens: z.number().int(),
        completionTokens: z.number().int(),
        cost: z.number(),
        ms: z.number(),
      }),
    )
    .readonly(),
  outcome: z.enum(["running", "done", "stopped", "failed"]),
  reason: z.string().nullable(),
  unfoundedClaims: z.array(z.string()).readonly(),
});

/** One model of those behind the agent, in the order in which they are tried. */
export const modelHealthSchema = z.object({
  model: z.string(),
  state: z.enum(["unknown", "ok", "degraded", "down"]),
  /** An English sentence. */
  lastFault: z.string().nullable(),
  /** Why, in one word: a row of docs/models.md. */
  lastFaultCode: z.string().nullable(),
  requests: z.number().int(),
  faults: z.number().int(),
  promptTokens: z.number().int(),
  completionTokens: z.number().int(),
  cost: z.number(),
  /** Of the last hundred answers. */
  p50Ms: z.number().nullable(),
});

/** Since the node's office started. */
export const agentCountsSchema = z.object({
  cycles: z.record(z.string(), z.number().int()),
  quiet: z.number().int(),
  rounds: z.number().int(),
  calls: z.record(z.string(), z.number().int()),
  promptTokens: z.number().int(),
  completionTokens: z.number().int(),
  eventsDropped: z.record(z.string(), z.number().int()),
  eventsKept: z.number().int(),
  lateAnswers: z.number().int(),
});

/** What its models took since midnight, local time; null: there is no ceiling. */
export const agentBudgetSchema = z.object({
  tokens: z.number().int(),
  tokensMax: z.number().int().nullable(),
  cost: z.number().describe("US dollars"),
  costMax: z.number().nullable(),
  isReached: z.boolean().describe("The scripted model thinks until renewsAtMs"),
  renewsAtMs: z.number(),
});

export const agentStateSchema = z.object({
  isEnabled: z.boolean(),
  /** Id of the cycle that runs. */
  running: z.string().nullable(),
  /** Null: when something happens, or never while the agent is off. */
  nextCycleAtMs: z.number().nullable(),
  counts: agentCountsSchema,
  budget: agentBudgetSchema,
  models: z.array(modelHealthSchema),
});

export const cyclesQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(20),
  /** Id of a cycle: those before it, newest first. */
  before: z.string().max(128).optional(),
});

export const startCycleSchema = z.object({
  note: z.string().max(500).default("").describe("What the agent is to look at; may be empty"),
});

export const callToolSchema = z.object({
  arguments: z
    .record(z.string(), z.unknown())
    .default({})
    .describe("As the tool's schema has them"),
});

export const toolSchema = z.object({
  name: z.string(),
  description: z.string(),
  parameters: z.record(z.string(), z.unknown()),
});

export type AgentStateItem = z.infer<typeof agentStateSchema>;
export type ToolItem = z.infer<typeof toolSchema>;
export type ToolCallItem = z.infer<typeof toolCallSchema>;
export type CycleItem = z.infer<typeof cycleSchema>;
export type ModelHealth = z.infer<typeof modelHealthSchema>;
