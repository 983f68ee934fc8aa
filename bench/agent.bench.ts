/**
 * Issue 5, point 11: 200 zones, 10,000 leaves, events in bursts. Cycles stay 25 s apart, urgent events are in
 * the next prompt, no request is beyond its budget, the inbox stays bounded; and what the agent costs
 * beside the zones that it listens to. Budget: a tenth of a core.
 */
import { performance } from "node:perf_hooks";
import { EventStore } from "../actors/agent/inbox/event-store.ts";
import { buildPrompt } from "../actors/agent/prompt/context.ts";
import { type CountTokens, loadTokenCounter, TokenCache } from "../actors/agent/prompt/tokens.ts";
import type { OfficeEvent, ZoneSituation } from "../actors/zone/messages.ts";
import { invariant } from "../runtime/invariant.ts";
import { type Bench, type Harness, median } from "./harness.ts";
import { type AgentLoad, type AgentLoadFound, runAgentLoad } from "./scenarios/agent-load.ts";

const SIZE = {
  smoke: { zones: 20, leaves: 200, seconds: 40 },
  full: { zones: 200, leaves: 10_000, seconds: 180 },
} as const;
const PROMPT_TOKENS_MAX = 6_000;
const SLOW_MODEL_MS = 8_000;
const BUILDS = { smoke: 3, full: 50 } as const;

export const agentBench: Bench = {
  name: "agent",
  question:
    "Does the agent keep its pace, its budget and its bounds with 200 zones, 10,000 leaves and bursts?",
  run: async (harness) => {
    const count = await loadTokenCounter();
    const size = SIZE[harness.smoke ? "smoke" : "full"];
    const load: AgentLoad = {
      ...size,
      promptTokensMax: PROMPT_TOKENS_MAX,
      modelMs: 0,
      withAgent: true,
      count,
    };
    // Whichever runs first pays for compiling what both use.
    await runAgentLoad(load);
    const alone = await runAgentLoad({ ...load, withAgent: false });
    const quick = await runAgentLoad(load);
    report(harness, "", load, quick);
    // Where the runs are short, noise is larger than what is sought.
    harness.report(
      "CPU of the agent",
      "% of a core",
      Math.max(0, share(quick, load) - share(alone, load)),
      {
        aims: [{ atMost: 10 }],
      },
    );
    harness.report("CPU of the zones alone", "% of a core", share(alone, load));
    report(harness, ", slow model", load, await runAgentLoad({ ...load, modelMs: SLOW_MODEL_MS }));
    builds(harness, count, size.zones);
  },
};

function report(harness: Harness, of: string, load: AgentLoad, found: AgentLoadFound): void {
  const cycles = found.cycles.filter(({ trigger }) => trigger !== "call");
  const apart = cycles
    .slice(1)
    .map((cycle, i) => cycle.startedAtMs - (cycles[i]?.startedAtMs ?? 0));
  const tokens = cycles.map(({ promptTokens }) => promptTokens);
  invariant(cycles.length > 0, "the agent thought at least once");
  const late = found.urgentRaised - found.urgentMs.length;
  harness.report(`cycles${of}`, "cycle", cycles.length);
  if (apart.length > 0) {
    harness.report(`apart, least${of}`, "ms", Math.min(...apart), { aims: [{ atLeast: 25_000 }] });
  }
  harness.report(`inbox, most${of}`, "message", found.inboxMax, { aims: [{ atMost: 4_096 }] });
  harness.report(`events kept, most${of}`, "event", found.eventsKeptMax, {
    aims: [{ atMost: 2_000 }],
  });
  harness.report(`prompt, median${of}`, "token", median(tokens));
  harness.report(`prompt, most${of}`, "token", Math.max(...tokens), {
    aims: [{ atMost: load.promptTokensMax }],
  });
  harness.report(`urgent event to prompt, median${of}`, "ms", median(found.urgentMs));
  harness.report(`urgent event to prompt, most${of}`, "ms", Math.max(...found.urgentMs), {
    aims: [{ atMost: 28_000 }],
  });
  harness.report(`other event to prompt, median${of}`, "ms", median(found.ordinaryMs));
  harness.say(
    `  ${of === "" ? "scripted model" : "model of 8 s"}: ${found.readings} readings, ${found.eventsRaised} events in ${load.seconds} s; ` +
      `${found.urgentMs.length} of ${found.urgentRaised} urgent ones shown (${late} after the last cycle), ` +
      `${found.ordinaryMs.length} of the others one by one, the rest counted; ` +
      `dropped ${JSON.stringify(found.state?.counts.eventsDropped)}`,
  );
}

const share = ({ cpuMs }: AgentLoadFound, { seconds }: AgentLoad): number =>
  (cpuMs / (seconds * 1_000)) * 100;

/** A prompt of an office in which each zone has changed since the last, and the first of all. */
function builds(harness: Harness, count: CountTokens, zones: number): void {
  const events = new EventStore();
  for (let i = 0; i < 2_000; i += 1) events.put(eventOf(i, zones), 0);
  const cache = new TokenCache(count, 16_384);
  const times: number[] = [];
  const rounds = BUILDS[harness.smoke ? "smoke" : "full"];
  for (let round = 0; round <= rounds; round += 1) {
    const situations = Array.from({ length: zones }, (_, i) => situationOf(i, round));
    const known = {
      cycleId: "c",
      nowMs: 0,
      situations,
      events: events.inOrder(),
      reports: [],
      tasks: [],
      actions: [],
      note: undefined,
    };
    const startedAt = performance.now();
    buildPrompt(known, "en", 3_500, cache);
    times.push(performance.now() - startedAt);
  }
  harness.report("first prompt built", "ms", times[0] ?? 0);
  const later = times.slice(1);
  harness.report("prompt built", "ms", median(later), {
    min: Math.min(...later),
    max: Math.max(...later),
    aims: [{ atMost: 50 }],
  });
}

const eventOf = (i: number, zones: number): OfficeEvent => ({
  id: `event-${i}`,
  atMs: 0,
  kind: i % 100 === 0 ? "high_temperature" : "door_opened",
  severity: "info",
  zone: `zone_${i % zones}`,
  hub: undefined,
  leafId: undefined,
  message: `Door swarm_hub_01.leaf_${i} in zone_${i % zones} opened.`,
  data: {},
});

const situationOf = (i: number, round: number): ZoneSituation => ({
  type: "ZoneSituation",
  zone: `zone_${i}`,
  atMs: 0,
  occupancy: i % 3,
  witness: "motion",
  air: undefined,
  readings: {
    temperature: { value: (i % 20 === 7 ? 28 : 22) + round / 10, atMs: 0, sources: 50 },
    humidity: { value: 45 + (round % 9), atMs: 0, sources: 50 },
    co2: { value: 600 + i + round, atMs: 0, sources: 50 },
  },
  events: [],
});
