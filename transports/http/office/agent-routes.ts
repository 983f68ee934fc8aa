/** The agent: its state, its cycles, and its tools for whoever may use them. */
import { z } from "zod";
import { ok } from "../../../runtime/result.ts";
import { type Route, route } from "../route.ts";
import {
  agentStateSchema,
  callToolSchema,
  cycleSchema,
  cyclesQuerySchema,
  startCycleSchema,
  toolCallSchema,
  toolSchema,
} from "./agent-contract.ts";

/** The slowest tool has 20 s. */
const CALL_TIMEOUT_MS = 30_000;

export const AGENT_ROUTES: readonly Route[] = [
  route({
    method: "GET",
    url: "/api/agent",
    summary: "Whether the agent thinks, when it thinks next, what it has counted, its models",
    answer: agentStateSchema,
    run: ({ view }) => view.office.agent.state(),
  }),
  route({
    method: "GET",
    url: "/api/agent/cycles",
    summary: "Cycles of the agent, the newest first: what each saw, thought, asked and did",
    query: cyclesQuerySchema,
    answer: z.object({ cycles: z.array(cycleSchema) }),
    run: async ({ view }, { query }) => {
      const { limit, before } = query;
      const cycles = await view.office.agent.cycles({ limit, before });
      return cycles.ok ? ok({ cycles: cycles.value }) : cycles;
    },
  }),
  route({
    method: "POST",
    url: "/api/agent/cycles",
    summary: "Have the agent look at the office, with a note of what for; cycles stay apart",
    body: startCycleSchema,
    answer: z.object({ atMs: z.number() }),
    statuses: [202],
    run: async ({ view }, { body }) => {
      const started = await view.office.agent.start(body.note);
      return started.ok ? { ...started, status: 202 } : started;
    },
  }),
  route({
    method: "GET",
    url: "/api/agent/cycles/:id",
    summary: "One cycle, also while it runs",
    params: z.object({ id: z.string().max(128) }),
    answer: cycleSchema,
    run: ({ view }, { params }) => view.office.agent.cycle(params.id),
  }),
  route({
    method: "GET",
    url: "/api/agent/tools",
    summary: "The agent's tools with the JSON Schema of their arguments",
    answer: z.object({ tools: z.array(toolSchema) }),
    run: async ({ view }) => {
      const tools = await view.office.agent.tools();
      return tools.ok ? ok({ tools: tools.value }) : tools;
    },
  }),
  route({
    method: "POST",
    url: "/api/agent/tools/:tool",
    summary: "Use a tool of the agent, under its guard; refusals and failures stand in the answer",
    params: z.object({ tool: z.string().max(64) }),
    body: callToolSchema,
    answer: toolCallSchema,
    timeoutMs: CALL_TIMEOUT_MS,
    run: ({ view }, { params, body }) => view.office.agent.call(params.tool, body.arguments),
  }),
];
