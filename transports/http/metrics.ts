/**
 * `/metrics`: every counter of the node for Prometheus. Nothing is counted here; each row reads its
 * owner's counters at the moment of a scrape, so the hot paths know nothing of it.
 */
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { GatewayStats } from "../gateway/gateway.ts";
import type { Actor, Hub, Kernel, NodeInfo, Thread } from "./contract.ts";
import type { ModelHealth } from "./office/agent-contract.ts";

type Counts = Readonly<Record<string, number>>;

/** What the node's parts count; a part that is switched off is left out. */
export interface MetricSources {
  readonly node: () => NodeInfo;
  readonly hubs: () => readonly Hub[];
  /** What each hub took and could not pass on, by what it was. */
  readonly hubLosses: () => Readonly<Record<string, Counts>>;
  readonly gateways?: () => readonly GatewayStats[];
  /** How often each hub's link held its senders back, where it can. */
  readonly heldBack?: () => Counts;
  /** Undefined until it has told anything. */
  readonly historian: () => HistorianCounts | undefined;
  readonly actors: () => readonly Actor[];
  readonly kernel: () => Kernel;
  /** Refused requests and upgrades, by reason. */
  readonly httpRefused: () => Counts;
  readonly live?: () => {
    readonly clients: number;
    readonly sent: number;
    readonly skipped: number;
    readonly refused: number;
  };
  readonly mqtt?: () => {
    readonly connected: boolean;
    readonly published: number;
    /** Oldest of the outbound queue, dropped while the broker was away. */
    readonly dropped: number;
    readonly received: number;
    /** In the name of our own hubs, and so not heard. */
    readonly own: number;
    /** Foreign messages refused, by reason. */
    readonly refused: Counts;
  };
  /** Of the agent, as it last told; undefined: it has not been asked yet. */
  readonly agent?: () => AgentCounted | undefined;
  /** Calls of devices' tools by how they ended, those of others to our hubs, and what was not taken. */
  readonly devices?: () => {
    readonly calls: Counts;
    readonly served: number;
    readonly refused: Counts;
  };
  /** Those behind the agent and the voice. */
  readonly models?: () => readonly ModelHealth[];
  /** MCP clients, by what carries them. */
  readonly mcp?: () => Readonly<
    Record<"http" | "mqtt", { readonly sessions: number; readonly refused: Counts }>
  >;
  /** The embedded broker's. */
  readonly broker?: () => { readonly clients: number; readonly refused: Counts };
}

export interface AgentCounted {
  readonly cycles: Counts;
  readonly quiet: number;
  readonly rounds: number;
  readonly calls: Counts;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly eventsDropped: Counts;
  readonly eventsKept: number;
  readonly lateAnswers: number;
}

export interface HistorianCounts {
  readonly readingsReceived: number;
  readonly readingsStored: number;
  readonly readingsWaiting: number;
  readonly commits: number;
  /** By reason. */
  readonly dropped: Counts;
}

export interface Metrics {
  /** Text exposition format 0.0.4. */
  text(): Promise<string>;
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });

  /** A total that its owner keeps; `samples` are all of it at the moment of a scrape. */
  const total = (name: string, help: string, labels: string[], samples: () => Sample[]): void => {
    new Counter({
      name,
      help,
      labelNames: labels,
      registers: [registry],
      collect() {
        this.reset();
        for (const [label, value] of samples()) this.inc(label, value);
      },
    });
  };
  const gauge = (name: string, help: string, labels: string[], samples: () => Sample[]): void => {
    new Gauge({
      name,
      help,
      labelNames: labels,
      registers: [registry],
      collect() {
        this.reset();
        for (const [label, value] of samples()) this.set(label, value);
      },
    });
  };

  const {
    node,
    hubLosses,
    historian,
    kernel,
    httpRefused,
    live,
    mqtt,
    agent,
    devices,
    mcp,
    broker,
  } = sources;
  /** Read once a scrape, so that its numbers belong together. */
  let hubs: readonly Hub[] = [];
  let actorGroups: readonly Group[] = [];
  const perHub = (value: (hub: Hub) => number): Sample[] =>
    hubs.map((hub) => [{ hub: hub.hub }, value(hub)]);
  const byReason = (counts: Counts, labels: Readonly<Record<string, string>> = {}): Sample[] =>
    Object.entries(counts).map(([reason, count]) => [{ ...labels, reason }, count]);
  const perGroup = (value: (group: Group) => number): Sample[] =>
    actorGroups.map((group) => [{ group: group.name }, value(group)]);

  gauge("mycel_info", "Always 1; the node's name and version", ["node", "version"], () => [
    [{ node: node().node, version: node().version }, 1],
  ]);
  gauge("mycel_store_ok", "1 while the store takes writes", [], () => [
    [{}, node().storeHealth === "ok" ? 1 : 0],
  ]);

  total("mycel_frames_received_total", "Frames that reached a hub", ["hub"], () =>
    perHub((hub) => hub.framesReceived),
  );
  total("mycel_frames_applied_total", "Frames that changed their leaf", ["hub"], () =>
    perHub((hub) => hub.framesApplied),
  );
  total("mycel_frames_refused_total", "Frames refused, by reason", ["hub", "reason"], () =>
    hubs.flatMap((hub) => byReason(hub.refused, { hub: hub.hub })),
  );
  total("mycel_frames_lost_by_kernel_total", "Lost in the socket buffer", ["hub"], () =>
    hubs
      .filter((hub) => hub.lostByKernel !== null)
      .map((hub) => [{ hub: hub.hub }, hub.lostByKernel ?? 0]),
  );
  const gateways = sources.gateways ?? (() => []);
  total("mycel_gateway_envelopes_total", "Envelopes that came whole", ["gateway"], () =>
    gateways().map(({ id, received }) => [{ gateway: id }, received]),
  );
  total("mycel_gateway_refused_total", "Refused at a gateway", ["gateway", "reason"], () =>
    gateways().flatMap(({ id, refused }) => byReason(refused, { gateway: id })),
  );
  total("mycel_gateway_lost_by_kernel_total", "Lost in the socket buffer", ["gateway"], () =>
    gateways().flatMap(({ id, lostByKernel }): Sample[] =>
      lostByKernel === undefined ? [] : [[{ gateway: id }, lostByKernel]],
    ),
  );
  total("mycel_link_held_back_total", "Senders held back for want of room", ["hub"], () =>
    Object.entries(sources.heldBack?.() ?? {}).map(([hub, count]) => [{ hub }, count]),
  );
  total("mycel_hub_lost_total", "Taken by a hub and not passed on, by what", ["hub", "what"], () =>
    Object.entries(hubLosses()).flatMap(([hub, losses]) =>
      Object.entries(losses).map(([what, count]): Sample => [{ hub, what }, count]),
    ),
  );
  gauge("mycel_leaves", "Leaves a hub knows", ["hub"], () => perHub((hub) => hub.leafCount));
  gauge("mycel_leaves_online", "Leaves heard lately", ["hub"], () =>
    perHub((hub) => hub.onlineCount),
  );

  const ofHistorian = (value: (counts: HistorianCounts) => number): Sample[] => {
    const counts = historian();
    return counts === undefined ? [] : [[{}, value(counts)]];
  };
  total("mycel_readings_received_total", "Readings that reached the historian", [], () =>
    ofHistorian((counts) => counts.readingsReceived),
  );
  total("mycel_readings_stored_total", "Readings on disk", [], () =>
    ofHistorian((counts) => counts.readingsStored),
  );
  gauge("mycel_readings_waiting", "Readings not on disk yet", [], () =>
    ofHistorian((counts) => counts.readingsWaiting),
  );
  total("mycel_store_dropped_total", "Not stored, by reason", ["reason"], () =>
    byReason(historian()?.dropped ?? {}),
  );
  total("mycel_store_commits_total", "Commits of readings and events", [], () =>
    ofHistorian((counts) => counts.commits),
  );

  gauge("mycel_actors", "Actors alive", ["group"], () => perGroup(({ count }) => count));
  gauge("mycel_mailbox_depth", "Messages waiting, all actors of the group", ["group"], () =>
    perGroup(({ depth }) => depth),
  );
  gauge(
    "mycel_mailbox_depth_max",
    "Messages waiting, fullest mailbox of the group",
    ["group"],
    () => perGroup(({ depthMax }) => depthMax),
  );
  total("mycel_messages_processed_total", "Messages handled by actors alive", ["group"], () =>
    perGroup(({ processed }) => processed),
  );
  total("mycel_actor_failures_total", "Handlers that threw, of actors alive", ["group"], () =>
    perGroup(({ failures }) => failures),
  );
  total("mycel_actor_restarts_total", "Restarts of actors alive", ["group"], () =>
    perGroup(({ restarts }) => restarts),
  );
  total("mycel_dead_letters_total", "Messages that reached nobody", ["reason"], () =>
    byReason(kernel().deadLetters.byReason),
  );
  const p99 = (name: string, help: string, of: (group: Group) => number): void =>
    gauge(name, `${help}, 99th percentile, slowest actor of the group`, ["group"], () =>
      perGroup((group) => of(group) / 1_000),
    );
  p99("mycel_message_wait_seconds", "How long sampled messages waited", ({ waitMs }) => waitMs);
  p99("mycel_message_handler_seconds", "How long they were handled", ({ handlerMs }) => handlerMs);

  const perThread = (value: (thread: Thread) => number): Sample[] =>
    kernel().threads.map((each) => [{ thread: String(each.thread) }, value(each)]);
  gauge("mycel_thread_actors", "Actors on a thread", ["thread"], () =>
    perThread(({ actors }) => actors),
  );
  gauge("mycel_thread_busy_ratio", "Share of the time spent on actors", ["thread"], () =>
    perThread(({ busyShare }) => busyShare ?? 0),
  );
  gauge("mycel_thread_heap_bytes", "Heap of a thread", ["thread"], () =>
    perThread(({ heapBytes }) => heapBytes),
  );
  gauge("mycel_thread_sent", "Messages to other threads, of rings in use", ["thread"], () =>
    perThread(({ sent }) => sent),
  );
  gauge("mycel_thread_full", "Times a way to another thread was full", ["thread"], () =>
    perThread(({ full }) => full),
  );

  total("mycel_http_refused_total", "Requests answered with a problem", ["reason"], () =>
    byReason(httpRefused()),
  );
  if (live !== undefined) {
    gauge("mycel_live_clients", "Pages on the live feed", [], () => [[{}, live().clients]]);
    total("mycel_live_sent_total", "Messages of the live feed", [], () => [[{}, live().sent]]);
    total("mycel_live_skipped_total", "Batches a slow reader was passed over", [], () => [
      [{}, live().skipped],
    ]);
    total("mycel_live_refused_total", "Pages refused as one too many", [], () => [
      [{}, live().refused],
    ]);
  }
  if (mqtt !== undefined) {
    gauge("mycel_mqtt_connected", "1 while the broker is reached", [], () => [
      [{}, mqtt().connected ? 1 : 0],
    ]);
    total("mycel_mqtt_published_total", "Messages given to the broker", [], () => [
      [{}, mqtt().published],
    ]);
    total("mycel_mqtt_dropped_total", "Messages dropped while the broker was away", [], () => [
      [{}, mqtt().dropped],
    ]);
    total("mycel_mqtt_received_total", "Messages of foreign devices", [], () => [
      [{}, mqtt().received],
    ]);
    total("mycel_mqtt_own_total", "Messages in the name of this node's hubs", [], () => [
      [{}, mqtt().own],
    ]);
    total("mycel_mqtt_refused_total", "Foreign messages refused", ["reason"], () =>
      byReason(mqtt().refused),
    );
  }
  if (agent !== undefined) {
    const ofAgent = (samples: (counts: AgentCounted) => Sample[]) => (): Sample[] => {
      const counts = agent();
      return counts === undefined ? [] : samples(counts);
    };
    const by = (label: string, counts: Counts): Sample[] =>
      Object.entries(counts).map(([key, count]) => [{ [label]: key }, count]);
    total(
      "mycel_agent_cycles_total",
      "Cycles of the agent, by how they ended; quiet: nothing was new, no model was asked",
      ["outcome"],
      ofAgent(({ cycles, quiet }) => by("outcome", { ...cycles, quiet })),
    );
    total(
      "mycel_agent_rounds_total",
      "Requests to a model",
      [],
      ofAgent(({ rounds }) => [[{}, rounds]]),
    );
    total(
      "mycel_agent_calls_total",
      "Tool calls, by outcome",
      ["outcome"],
      ofAgent(({ calls }) => by("outcome", calls)),
    );
    total(
      "mycel_agent_tokens_total",
      "Tokens, by direction",
      ["direction"],
      ofAgent((counts) => [
        [{ direction: "prompt" }, counts.promptTokens],
        [{ direction: "completion" }, counts.completionTokens],
      ]),
    );
    total(
      "mycel_agent_inbox_dropped_total",
      "Events, zones and tasks that the agent had no room for, by what they were",
      ["class"],
      ofAgent(({ eventsDropped }) => by("class", eventsDropped)),
    );
    gauge(
      "mycel_agent_events",
      "Events of the last five minutes that the agent keeps",
      [],
      ofAgent(({ eventsKept }) => [[{}, eventsKept]]),
    );
    total(
      "mycel_agent_late_answers_total",
      "Answers of models and tools after their cycle's end",
      [],
      ofAgent(({ lateAnswers }) => [[{}, lateAnswers]]),
    );
  }
  if (sources.models !== undefined) {
    const { models } = sources;
    const perModel = (value: (it: ModelHealth) => number): Sample[] =>
      models().map((it) => [{ model: it.model }, value(it)]);
    gauge("mycel_model_up", "1 unless the model was found down", ["model"], () =>
      perModel((it) => (it.state === "down" ? 0 : 1)),
    );
    total("mycel_model_requests_total", "Attempts made at a model", ["model"], () =>
      perModel((it) => it.requests),
    );
    total("mycel_model_faults_total", "Attempts that failed", ["model"], () =>
      perModel((it) => it.faults),
    );
    total("mycel_model_tokens_total", "Tokens read and written", ["model", "kind"], () =>
      models().flatMap(({ model, promptTokens, completionTokens }): Sample[] => [
        [{ model, kind: "prompt" }, promptTokens],
        [{ model, kind: "completion" }, completionTokens],
      ]),
    );
    total("mycel_model_cost_dollars_total", "By the settings' prices", ["model"], () =>
      perModel((it) => it.cost),
    );
  }
  if (devices !== undefined) {
    total("mycel_device_calls_total", "Calls of devices' tools, by how they ended", ["end"], () =>
      Object.entries(devices().calls).map(([end, count]) => [{ end }, count]),
    );
    total("mycel_mcp_served_total", "Calls of our hubs' tools over the bus", [], () => [
      [{}, devices().served],
    ]);
    total("mycel_mcp_refused_total", "MCP messages that counted for nothing", ["reason"], () =>
      byReason(devices().refused),
    );
  }
  if (mcp !== undefined) {
    const vias = ["http", "mqtt"] as const;
    gauge("mycel_mcp_sessions", "Sessions of MCP clients", ["via"], () =>
      vias.map((via) => [{ via }, mcp()[via].sessions]),
    );
    total(
      "mycel_mcp_session_refused_total",
      "Messages that MCP sessions did not take",
      ["via", "reason"],
      () =>
        vias.flatMap((via) =>
          byReason(mcp()[via].refused).map(
            ([labels, count]): Sample => [{ via, ...labels }, count],
          ),
        ),
    );
  }
  if (broker !== undefined) {
    gauge("mycel_broker_clients", "Clients of the embedded broker", [], () => [
      [{}, broker().clients],
    ]);
    total("mycel_broker_refused_total", "Refusals of the embedded broker", ["reason"], () =>
      byReason(broker().refused),
    );
  }

  return {
    text: () => {
      hubs = sources.hubs();
      actorGroups = groups(sources.actors());
      return registry.metrics();
    },
  };
}

interface Group {
  readonly name: string;
  count: number;
  depth: number;
  depthMax: number;
  processed: number;
  failures: number;
  restarts: number;
  waitMs: number;
  handlerMs: number;
}

/**
 * Actors summed by the first step below `/user/` (`hubs`, `zones`, `historian`): a series for each of
 * 25,000 leaves would cost Prometheus more than the leaves cost the node. The tree has each of them.
 */
function groups(actors: readonly Actor[]): Group[] {
  const byName = new Map<string, Group>();
  for (const actor of actors) {
    const name = /^(?:mycel:\/\/[^/]+)?\/(?:user\/)?([^/]+)/.exec(actor.path)?.[1] ?? "root";
    let group = byName.get(name);
    if (group === undefined) {
      const none = { count: 0, depth: 0, depthMax: 0, processed: 0, failures: 0, restarts: 0 };
      group = { name, ...none, waitMs: 0, handlerMs: 0 };
      byName.set(name, group);
    }
    group.count += 1;
    group.depth += actor.mailboxDepth;
    group.depthMax = Math.max(group.depthMax, actor.mailboxDepth);
    group.processed += actor.processed;
    group.failures += actor.failures;
    group.restarts += actor.restarts;
    group.waitMs = Math.max(group.waitMs, actor.times?.wait.p99Ms ?? 0);
    group.handlerMs = Math.max(group.handlerMs, actor.times?.handler.p99Ms ?? 0);
  }
  return [...byName.values()];
}
