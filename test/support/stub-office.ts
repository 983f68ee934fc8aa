/**
 * A small office for the page: people, tasks, cycles, words and points, held in plain objects. What the page asks
 * for is really done to them, by the same rules of states, and told to the board as the real actors would.
 *
 *   page ──HTTP──▶ real routes ──▶ StubOffice (a view) ──OfficeChanged──▶ real board ──feed──▶ page
 */
import { UNTOUCHED } from "../../actors/task/draft.ts";
import { err, ok, type Result } from "../../runtime/result.ts";
import type { CycleItem, ModelHealth } from "../../transports/http/office/agent-contract.ts";
import type { OfficeChange } from "../../transports/http/office/feed-contract.ts";
import type { OfficeView } from "../../transports/http/office/office-view.ts";
import type { Person } from "../../transports/http/office/person-contract.ts";
import type { TaskItem } from "../../transports/http/office/task-contract.ts";
import type { VoiceItem } from "../../transports/http/office/voice-contract.ts";
import type { Caller } from "../../transports/http/route.ts";
import { OFFICE_CYCLES, OFFICE_MODELS, OFFICE_PEOPLE, OFFICE_TASKS } from "./stub-office-data.ts";
import { stubWallets } from "./stub-wallets.ts";

export interface StubOffice {
  readonly view: OfficeView;
  /** As the agent or an operator asks people for something. */
  putTask(task: Partial<TaskItem>): TaskItem;
  putCycle(cycle: Partial<CycleItem> & Pick<CycleItem, "id">): CycleItem;
  say(voice: Partial<VoiceItem> & Pick<VoiceItem, "text">): VoiceItem;
  tasks(): readonly TaskItem[];
  people(): readonly Person[];
  balanceMilli(personId: number): number;
  /** How often each part was asked for a thing, by its name. */
  readonly asked: Readonly<Record<string, number>>;
}

export interface StubOfficeOptions {
  readonly nowMs: () => number;
  tell(changes: readonly OfficeChange[]): void;
  /** Nothing has happened yet: one operator, no tasks. */
  readonly isEmpty?: boolean;
}

export function createStubOffice({ nowMs, tell, isEmpty = false }: StubOfficeOptions): StubOffice {
  const tasks = new Map<number, TaskItem>();
  const cycles = new Map<string, CycleItem>();
  const voices: VoiceItem[] = [];
  const people = new Map<number, Person>();
  const passwords = new Map<number, string>();
  const asked: Record<string, number> = {};
  const count = (what: string) => {
    asked[what] = (asked[what] ?? 0) + 1;
  };
  const startMs = nowMs();

  const wallets = stubWallets({
    nowMs,
    told: (head) => tell([{ section: "ledger", key: "head", value: head }]),
  });

  function putTask(given: Partial<TaskItem>): TaskItem {
    const id = given.id ?? Math.max(16, ...tasks.keys()) + 1;
    const task: TaskItem = { ...taskOf(id, nowMs()), ...tasks.get(id), ...given, id };
    tasks.set(id, task);
    tell([{ section: "task", key: String(id), value: task }]);
    return task;
  }

  function putCycle(given: Partial<CycleItem> & Pick<CycleItem, "id">): CycleItem {
    const cycle: CycleItem = { ...cycleOf(nowMs()), ...cycles.get(given.id), ...given };
    cycles.set(cycle.id, cycle);
    tell([{ section: "cycle", key: cycle.id, value: cycle }]);
    return cycle;
  }

  function putPerson(person: Person): Person {
    people.set(person.id, person);
    tell([{ section: "person", key: String(person.id), value: person }]);
    return person;
  }

  function say(given: Partial<VoiceItem> & Pick<VoiceItem, "text">): VoiceItem {
    const id = `voice-${startMs}-${String(voices.length + 1).padStart(4, "0")}`;
    const voice: VoiceItem = {
      ...{ id, atMs: nowMs(), priority: 1, zone: null, tone: "neutral" },
      ...{ taskId: null, causeId: null, audioUrl: null, durationS: null },
      ...given,
    };
    voices.push(voice);
    tell([{ section: "voice", key: voice.id, value: voice }]);
    return voice;
  }

  const models = (isEmpty ? OFFICE_MODELS.slice(0, 1) : OFFICE_MODELS) as readonly ModelHealth[];
  for (const model of models) tell([{ section: "model", key: model.model, value: model }]);
  for (const person of isEmpty ? OFFICE_PEOPLE.slice(0, 1) : OFFICE_PEOPLE) {
    putPerson({ ...person, createdAtMs: startMs - 86_400_000 * 40 });
    passwords.set(person.id, "correct horse");
  }
  wallets.open([...people.keys()], isEmpty);
  if (!isEmpty) {
    for (const make of OFFICE_TASKS) putTask(make(startMs));
    for (const make of OFFICE_CYCLES) putCycle(make(startMs));
    say({
      text: "換気をお願いします。窓を開けると気持ちがいいですよ。",
      atMs: startMs - 600_000,
      priority: 2,
    });
  }

  const personOf = (
    body: { user_id?: number | null | undefined } | null | undefined,
    who: Caller,
  ) => who.personId ?? body?.user_id ?? null;
  const change = (
    id: number,
    may: (task: TaskItem) => string | undefined,
    make: (task: TaskItem) => Partial<TaskItem>,
  ): Result<TaskItem, string> => {
    const task = tasks.get(id);
    if (task === undefined) return err("taskUnknown");
    const refusal = may(task);
    return refusal === undefined ? ok(putTask({ ...make(task), id })) : err(refusal);
  };
  const ENDED: Partial<Record<TaskItem["state"], string>> = {
    paying: "alreadyCompleted",
    completed: "alreadyCompleted",
    expired: "taskEnded",
    cancelled: "taskEnded",
  };

  const taskView = {
    list: async () => ok([...tasks.values()]),
    queue: async () => ok([...tasks.values()].filter(({ state }) => state === "queued")),
    stats: async () => {
      const all = [...tasks.values()];
      const of = (...states: TaskItem["state"][]) =>
        all.filter(({ state }) => states.includes(state)).length;
      return ok({
        total_xp: 50 * of("completed"),
        tasks_created: all.length,
        tasks_completed: of("completed"),
        tasks_active: of("open", "accepted", "paying"),
        tasks_queued: of("queued"),
        tasks_completed_last_hour: of("completed"),
      });
    },
    task: async (id: number) =>
      change(
        id,
        () => undefined,
        (task) => task,
      ),
    create: async (body: Readonly<Record<string, unknown>>) => {
      count("create");
      const same = [...tasks.values()].find(
        (task) => task.title === body["title"] && task.state === "open",
      );
      const types = body["task_type"];
      const task = putTask({
        ...(same && { id: same.id }),
        title: String(body["title"]),
        description: String(body["description"] ?? ""),
        zone: (body["zone"] as string | null) ?? null,
        location: (body["location"] as string | null) ?? null,
        bounty: Number(body["bounty_gold"] ?? 0),
        urgency: Number(body["urgency"] ?? 2),
        taskTypes: Array.isArray(types) ? types.map(String) : ["general"],
        createdBy: "operator",
      });
      return ok({ task, duplicate: same !== undefined });
    },
    accept: async (id: number, body: { user_id?: number } | null, caller: Caller) => {
      count("accept");
      const personId = personOf(body, caller);
      return change(
        id,
        ({ state }) => ENDED[state] ?? (state === "open" ? undefined : "alreadyAccepted"),
        () => ({ state: "accepted", assignedTo: personId, acceptedAtMs: nowMs() }),
      );
    },
    ignore: async (id: number, body: { user_id?: number } | null, caller: Caller) => {
      count("ignore");
      const personId = personOf(body, caller);
      return change(
        id,
        ({ state }) => ENDED[state],
        ({ ignoredBy }) => ({ ignoredBy: [...ignoredBy, personId ?? 0] }),
      );
    },
    complete: async (
      id: number,
      body: { user_id?: number; report_status?: string; completion_note?: string } | null,
      caller: Caller,
    ) => {
      count("complete");
      const personId = personOf(body, caller);
      const done = change(
        id,
        ({ state, assignedTo }) =>
          ENDED[state] ??
          (state === "queued"
            ? "stillQueued"
            : assignedTo !== null && caller.role !== "operator" && assignedTo !== personId
              ? "notYours"
              : undefined),
        ({ assignedTo }) => ({
          state: "paying",
          assignedTo: assignedTo ?? personId,
          reportStatus: (body?.report_status ?? "resolved") as TaskItem["reportStatus"],
          completionNote: (body?.completion_note ?? "").slice(0, 500),
        }),
      );
      if (!done.ok) return done;
      const { bounty, assignedTo } = done.value;
      wallets.reward(id, assignedTo ?? 0, bounty * 1_000);
      return ok(
        putTask({ id, state: "completed", completedAtMs: nowMs(), paidMilli: bounty * 1_000 }),
      );
    },
    dispatch: async (id: number) => {
      count("dispatch");
      return change(
        id,
        ({ state }) => (state === "queued" ? undefined : ENDED[state]),
        () => ({ state: "open", dispatchedAtMs: nowMs() }),
      );
    },
    remind: async (id: number) =>
      change(
        id,
        ({ state }) => ENDED[state],
        () => ({}),
      ),
    cancel: async (id: number) => {
      count("cancel");
      return change(
        id,
        ({ state }) => ENDED[state],
        () => ({ state: "cancelled" }),
      );
    },
  };

  const peopleView = {
    people: async () => ok([...people.values()]),
    addPerson: async (person: {
      name: string;
      displayName: string;
      role: Person["role"];
      password: string | undefined;
    }): Promise<Result<Person, string>> => {
      if ([...people.values()].some(({ name }) => name === person.name)) {
        return err("personNameTaken");
      }
      const id = Math.max(...people.keys()) + 1;
      if (person.password !== undefined) passwords.set(id, person.password);
      const { name, displayName, role } = person;
      return ok(putPerson({ id, name, displayName, role, isActive: true, createdAtMs: nowMs() }));
    },
    changePerson: async (
      id: number,
      change: {
        displayName?: string;
        role?: Person["role"];
        isActive?: boolean;
        password?: string;
      },
    ): Promise<Result<Person, string>> => {
      const person = people.get(id);
      if (person === undefined) return err("personUnknown");
      const { password, ...rest } = change;
      if (password !== undefined) passwords.set(id, password);
      const given = Object.fromEntries(
        Object.entries(rest).filter(([, value]) => value !== undefined),
      );
      const next = { ...person, ...given };
      const operators = [...people.values(), next].filter(
        (one) => one.role === "operator" && one.isActive && (one === next || one.id !== id),
      );
      return operators.length === 0 ? err("lastOperator") : ok(putPerson(next));
    },
    checkPassword: async (name: string, password: string): Promise<Result<Person, string>> => {
      const person = [...people.values()].find((one) => one.name === name && one.isActive);
      return person !== undefined && passwords.get(person.id) === password
        ? ok(person)
        : err("wrong");
    },
  };

  const clip = (text: string) =>
    ok({ audio_url: null, text_generated: text, duration_seconds: null });
  const voiceView = {
    synthesize: async ({ text }: { text: string }) => clip(text),
    feedback: async (kind: string, title: string | null) => {
      count(kind);
      return clip(
        kind === "task_accepted" ? `引き受けてくれてありがとう！ ${title}` : "お疲れさまでした！",
      );
    },
    rejection: async () => {
      count("rejection");
      return clip("残念です。また今度お願いしますね。");
    },
    events: async () => ok(voices),
  };

  const agentView = {
    state: async () =>
      ok({
        nextCycleAtMs: nowMs() + 17_000,
        budget: {
          ...{ tokens: 12_300, tokensMax: 100_000, cost: 0.25, costMax: null },
          ...{ isReached: false, renewsAtMs: nowMs() + 3_600_000 },
        },
      }),
    start: async (note: string) => {
      count("think");
      putCycle({
        id: `cycle-${nowMs()}`,
        trigger: "operator",
        seen: [{ provenance: "operator", text: note }],
      });
      return ok({ atMs: nowMs() });
    },
  };

  const explainView = {
    explain: async (id: string) => {
      if (!["ev-1", "cycle-lab", "task:17"].includes(id)) return err("idUnknown");
      const line = (
        depth: number,
        kind: string,
        lineId: string | null,
        text: string,
        code?: string,
        values: Readonly<Record<string, string | number>> = {},
      ) => ({
        ...{ depth, kind, id: lineId, atMs: startMs - 780_000 + depth, tookMs: null, text },
        ...(code !== undefined && { said: { code, values } }),
      });
      return ok({
        id,
        lines: [
          line(0, "reading", null, "leaf_12: temperature 30.5", "readingOfLeaf", {
            ...{ hub: "swarm_hub_01", leaf: "leaf_12", channel: "temperature", value: 30.5 },
          }),
          line(1, "event", "ev-1", "high_temperature [lab] The lab is at 30.5 °C.", "event", {
            ...{ event: "high_temperature", zone: "lab" },
          }),
          line(2, "cycle", "cycle-lab", "by events, 2 rounds of scripted", "cycle", {
            ...{ trigger: "events", rounds: 2, models: "scripted", tokens: 1_874 },
            ...{ cycleOutcome: "failed", cycleReason: "modelFailed: timeout" },
          }),
          line(3, "thought", null, "該当するタスクはありません。"),
          line(3, "call", "call-3", "create_task → done, allowed by sensor", "callAllowed", {
            ...{ tool: "create_task", text: "", callOutcome: "done", callReason: "" },
            provenance: "sensor",
          }),
          line(4, "task", "task:17", "«ラボの窓を開けて換気してください» by model", "task", {
            ...{
              title: "ラボの窓を開けて換気してください",
              zone: "lab",
              points: 1_500,
              urgency: 3,
            },
            ...{ provenance: "model", taskState: "completed" },
          }),
          line(5, "step", null, "completed by an operator: resolved", "completed", {
            ...{ person: "", report: "resolved", text: "" },
          }),
        ],
      });
    },
  };

  return {
    view: {
      explain: explainView,
      tasks: taskView,
      wallets: wallets.view,
      voice: voiceView,
      agent: agentView,
      people: peopleView,
    } as unknown as OfficeView,
    putTask,
    putCycle,
    say,
    tasks: () => [...tasks.values()],
    people: () => [...people.values()],
    balanceMilli: wallets.balanceMilli,
    asked,
  };
}

const taskOf = (id: number, nowMs: number): TaskItem => ({
  ...{ id, title: `Task ${id}`, description: "", location: null, zone: "lab" },
  ...{ bounty: 1_000, bountyXp: 50, urgency: 2, taskTypes: ["general"], minPeople: 1 },
  ...{ estimatedMinutes: 10, state: "open", createdBy: "model", causeId: null },
  ...{ createdAtMs: nowMs, expiresAtMs: nowMs + 3_600_000, dispatchedAtMs: nowMs },
  ...{ dispatchReason: "", ...UNTOUCHED, ignoredBy: [] },
});

const cycleOf = (nowMs: number): CycleItem => ({
  ...{ id: `cycle-${nowMs}`, agent: "main", startedAtMs: nowMs, endedAtMs: null },
  ...{ trigger: "events", eventIds: [], seen: [], promptTokens: 0, thoughts: [], calls: [] },
  ...{ models: [], outcome: "running", reason: null, unfoundedClaims: [] },
});
