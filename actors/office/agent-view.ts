/** The agent as HTTP sees it. */
import { randomUUID } from "node:crypto";
import type { ActorSystem } from "../../runtime/actor-system.ts";
import { err, ok } from "../../runtime/result.ts";
import type { CycleItem, ModelHealth } from "../../transports/http/office/agent-contract.ts";
import type { AgentView } from "../../transports/http/office/agent-view.ts";
import type {
  AgentCommand,
  AgentCounts,
  AgentState,
  CycleAnswer,
  CycleFound,
  CyclesListed,
  ToolAnswered,
} from "../agent/messages.ts";
import { toolSpecs } from "../agent/tools.ts";
import { type AskOffice, askOffice } from "./ask-office.ts";

/** The slowest tool has 20 s, and a commit before and after it. */
const CALL_MS_MAX = 28_000;

export const agentView = (ask: AskOffice, models: () => readonly ModelHealth[]): AgentView => ({
  async state() {
    const asked = await ask<AgentCommand, AgentState>("agent", (replyTo) => ({
      type: "GetAgent",
      replyTo,
    }));
    if (!asked.ok) return asked;
    const { type: _type, ...state } = asked.value;
    const counts = {
      ...state.counts,
      cycles: { ...state.counts.cycles },
      calls: { ...state.counts.calls },
      eventsDropped: { ...state.counts.eventsDropped },
    };
    return ok({ ...state, counts, budget: { ...state.budget }, models: [...models()] });
  },
  async cycles({ limit, before }) {
    const asked = await ask<AgentCommand, CyclesListed>("agent", (replyTo) => ({
      type: "GetCycles",
      limit,
      before,
      replyTo,
    }));
    return asked.ok ? ok(asked.value.cycles as CycleItem[]) : asked;
  },
  async cycle(id) {
    const asked = await ask<AgentCommand, CycleFound>("agent", (replyTo) => ({
      type: "GetCycle",
      id,
      replyTo,
    }));
    if (!asked.ok) return asked;
    const { cycle } = asked.value;
    return cycle === undefined ? err("cycleUnknown") : ok(cycle as CycleItem);
  },
  async start(note) {
    const asked = await ask<AgentCommand, CycleAnswer>("agent", (replyTo) => ({
      type: "StartCycle",
      note,
      replyTo,
    }));
    if (!asked.ok) return asked;
    return asked.value.type === "CycleDue" ? ok({ atMs: asked.value.atMs }) : err("agentOff");
  },
  tools: async () =>
    ok(toolSpecs("en").map((tool) => ({ ...tool, parameters: { ...tool.parameters } }))),
  async call(tool, args) {
    const asked = await ask<AgentCommand, ToolAnswered>(
      "agent",
      (replyTo) => ({
        type: "CallTool",
        id: randomUUID(),
        tool,
        argumentsText: JSON.stringify(args),
        // The route lets operators in alone.
        by: "operator",
        replyTo,
      }),
      CALL_MS_MAX,
    );
    if (!asked.ok) return asked;
    const { call } = asked.value;
    return ok({ ...call, made: [...call.made] });
  },
});

/** A scrape waits no longer for an office that starts anew; the last figures stand then. */
const SCRAPE_MS_MAX = 1_000;

export async function agentCounts(system: ActorSystem): Promise<AgentCounts | undefined> {
  const asked = await askOffice(system)<AgentCommand, AgentState>(
    "agent",
    (replyTo) => ({ type: "GetAgent", replyTo }),
    SCRAPE_MS_MAX,
  );
  return asked.ok ? asked.value.counts : undefined;
}
