/**
 * Records to the lines of an explanation: from the reading down to the payment.
 *
 *   reading ▸ event ▸ cycle ▸ saw, thought, call ▸ task ▸ step, voice, transfer ▸ cycle told of its report
 *                                               └▸ command, voice
 *
 * Pure. A record stands once, below what led to it; where that is kept no more, a note says so.
 */
import type { ChainLine } from "../../../transports/http/office/explain-contract.ts";
import type { CycleRecord, ToolCallRecord } from "../../agent/messages.ts";
import type { CommandRecord } from "../../hub/outbox/messages.ts";
import type { Transfer } from "../../ledger/messages.ts";
import type { Task } from "../../task/messages.ts";
import type { VoiceEvent } from "../../voice/messages.ts";
import { type OfficeEvent, timeOfId } from "../../zone/messages.ts";
import type { ChainFound } from "./messages.ts";

export interface ChainRecords extends Omit<ChainFound, "type"> {
  /** The id's own and those that the cycles were shown, as far as they are kept. */
  readonly events: readonly OfficeEvent[];
  /** By event id. */
  readonly readings: ReadonlyMap<string, ReadingKnown>;
  /** By `command:HUB/LEAF/ID`, as far as they are kept. */
  readonly commands: ReadonlyMap<string, CommandRecord>;
  /** By id: how a person is called. */
  readonly people: ReadonlyMap<number, string>;
}

/** Of the reading that led to an event. */
export interface ReadingKnown {
  /** Undefined: of no leaf of ours. */
  readonly leafId: number | undefined;
  /** Whether the history has it. */
  readonly isKept: boolean;
}

/** Texts of the prompt that a line each is shown of. */
const SAW_MAX = 12;
/** Cycles below an event that did nothing about it. */
const IDLE_MAX = 2;
/** Of a line, and of a text within one. */
const LINE_CHARS_MAX = 600;
const TEXT_CHARS_MAX = 240;

/** Undefined: nothing is known of the id. */
export function chainLines(records: ChainRecords): readonly ChainLine[] | undefined {
  const writer = new Writer(records);
  for (const event of rootEvents(records)) writer.event(event);
  for (const cycle of records.cycles) writer.cycle(cycle, 0);
  for (const task of records.tasks) writer.task(task, 0);
  for (const transfer of records.transfers) writer.transfer(transfer, 0);
  for (const voice of records.voices) writer.voice(voice, 0);
  if (records.commands.has(records.id)) writer.made(records.id, undefined, 0);
  if (records.isCut) writer.note(0, "and more cycles that have to do with it", null, ["more", {}]);
  return writer.lines.length === 0 ? undefined : writer.lines;
}

/** The event that was asked for; else what the acts of the cycles were allowed by, or their first. */
function rootEvents({ id, events, cycles, tasks }: ChainRecords): readonly OfficeEvent[] {
  const asked = events.find((event) => event.id === id);
  if (asked !== undefined) return [asked];
  const roots = new Set<OfficeEvent>();
  for (const cycle of cycles) {
    const shown = events.filter((event) => cycle.eventIds.includes(event.id));
    const reasons = new Set(cycle.calls.map(({ warrant }) => warrant?.causeId));
    const named = shown.filter((event) => reasons.has(event.id));
    // What a report led to stands below its task.
    const isOfReport = tasks.some((task) => reasons.has(`task:${task.id}`));
    for (const event of named.length > 0 || isOfReport ? named : shown.slice(0, 1))
      roots.add(event);
  }
  return [...roots].sort((a, b) => a.atMs - b.atMs);
}

/** Of a line, with what the page's words for it fill in. */
type Said = readonly [
  code: (typeof CHAIN_CODES)[number],
  values: NonNullable<ChainLine["said"]>["values"],
];

export const CHAIN_CODES = [
  "readingOfLeaf",
  "readingOfDevice",
  "noReading",
  "event",
  "cycle",
  "cycleOfCall",
  "idle",
  "more",
  "saw",
  "sawMore",
  "call",
  "callAllowed",
  "claimed",
  "task",
  "dispatched",
  "waits",
  "announced",
  "accepted",
  "completed",
  "voice",
  "command",
  "answered",
  "transfer",
  "leg",
  "eventLost",
  "cycleLost",
  "madeLost",
] as const;

class Writer {
  readonly lines: ChainLine[] = [];
  readonly #records: ChainRecords;
  readonly #told = new Set<object>();

  constructor(records: ChainRecords) {
    this.#records = records;
  }

  event(event: OfficeEvent): void {
    const { source, channel, reading, measuredAtMs, origin } = event.data;
    if (typeof reading === "number" && typeof source === "string" && source !== "") {
      const { leafId, isKept } = this.#records.readings.get(event.id) ?? UNKNOWN_READING;
      const stored = isKept ? "in the history" : "not in the history";
      const [hub, leaf] = source.split(".");
      const from =
        leaf === undefined
          ? `device ${source}`
          : `leaf ${leaf}${leafId === undefined ? "" : ` (no ${leafId})`} of hub ${hub}`;
      const text = `${from}: ${channel} ${reading} (${origin}, ${stored})`;
      const what = { channel: String(channel), value: reading };
      this.#line(
        ...([0, "reading", null, Number(measuredAtMs), text, null] as const),
        leaf === undefined
          ? ["readingOfDevice", { device: source, ...what }]
          : ["readingOfLeaf", { hub: String(hub), leaf, ...what }],
      );
    } else if (origin !== undefined) {
      const text = `no single reading (${origin})`;
      const atMs = Number(measuredAtMs) || null;
      this.#line(0, "reading", null, atMs, text, null, ["noReading", {}]);
    }
    const depth = this.lines.length > 0 ? 1 : 0;
    const place = event.zone === undefined ? "" : ` [${event.zone}]`;
    const text = `${event.kind}${place} ${event.message}`;
    this.#line(depth, "event", event.id, event.atMs, text, null, [
      "event",
      { event: event.kind, zone: event.zone ?? "" },
    ]);
    let idle = 0;
    for (const cycle of this.#records.cycles) {
      if (!cycle.eventIds.includes(event.id)) continue;
      if (cycle.calls.length === 0 && cycle.id !== this.#records.id && ++idle > IDLE_MAX) {
        this.#told.add(cycle);
        continue;
      }
      this.cycle(cycle, depth + 1);
    }
    if (idle > IDLE_MAX) {
      const text = `${idle - IDLE_MAX} more cycles saw it and did nothing`;
      this.note(depth + 1, text, null, ["idle", { count: idle - IDLE_MAX }]);
    }
  }

  cycle(cycle: CycleRecord, depth: number): void {
    if (this.#isTold(cycle)) return;
    const models = [...new Set(cycle.models.map(({ model }) => model))].join(", ") || "no model";
    const end = `${cycle.outcome}${cycle.reason === null ? "" : `: ${cycle.reason}`}`;
    const text =
      cycle.trigger === "call"
        ? `a call from outside, ${end}`
        : `by ${cycle.trigger}, ${cycle.models.length} rounds of ${models}, ${cycle.promptTokens} tokens of prompt, ${end}`;
    const ended = { cycleOutcome: cycle.outcome, cycleReason: cycle.reason ?? "" };
    this.#line(
      ...([depth, "cycle", cycle.id, cycle.startedAtMs, text, cycle.endedAtMs] as const),
      cycle.trigger === "call"
        ? ["cycleOfCall", ended]
        : [
            "cycle",
            {
              ...{ trigger: cycle.trigger, rounds: cycle.models.length, models },
              ...{ tokens: cycle.promptTokens, ...ended },
            },
          ],
    );
    const lost = cycle.calls.find(({ warrant }) => this.#isLost(warrant));
    if (lost?.warrant !== undefined) {
      const { causeId } = lost.warrant;
      const text = `its reason, event ${timed(causeId)}, is kept no more`;
      this.note(depth + 1, text, null, ["eventLost", { id: causeId }]);
    }
    for (const { provenance, text: seen } of cycle.seen.slice(0, SAW_MAX)) {
      const words = oneLine(seen);
      this.#line(depth + 1, "saw", null, null, `${provenance}: ${words}`, null, [
        "saw",
        { provenance, text: words },
      ]);
    }
    if (cycle.seen.length > SAW_MAX) {
      const more = `and ${cycle.seen.length - SAW_MAX} lines more`;
      const count = cycle.seen.length - SAW_MAX;
      this.#line(depth + 1, "saw", null, null, more, null, ["sawMore", { count }]);
    }
    for (const [index, thought] of cycle.thoughts.entries()) {
      if (thought.trim() !== "")
        this.#line(depth + 1, "thought", null, null, `${index + 1}: ${oneLine(thought)}`);
      for (const call of cycle.calls) if (call.round === index + 1) this.#call(call, depth + 1);
    }
    for (const call of cycle.calls) this.#call(call, depth + 1);
    for (const claim of cycle.unfoundedClaims) {
      const text = oneLine(claim);
      this.note(depth + 1, `claimed without a result: ${text}`, null, ["claimed", { text }]);
    }
  }

  #call(call: ToolCallRecord, depth: number): void {
    if (this.#isTold(call)) return;
    const reason = call.warrant;
    const why =
      reason === undefined
        ? ""
        : `, allowed by ${reason.provenance} ${reason.kind}${reason.kind === "call" ? "" : ` ${reason.causeId}`}`;
    const end = `${call.outcome}${call.reason === null ? "" : ` ${call.reason}`}`;
    const text = `${call.tool} ${oneLine(call.argumentsText)} → ${end}${why}`;
    const ended = { callOutcome: call.outcome, callReason: call.reason ?? "" };
    const told = { tool: call.tool, text: oneLine(call.argumentsText), ...ended };
    this.#line(
      ...([depth, "call", call.id, call.startedAtMs, text, call.endedAtMs] as const),
      reason === undefined
        ? ["call", told]
        : ["callAllowed", { ...told, provenance: reason.provenance }],
    );
    if (call.outcome !== "done" && call.result !== "")
      this.#line(depth + 1, "note", null, null, oneLine(call.result));
    for (const made of call.made) this.made(made, call, depth + 1);
  }

  /** By the call; undefined: of a command that no cycle gave. */
  made(id: string, call: ToolCallRecord | undefined, depth: number): void {
    const { tasks, voices, commands } = this.#records;
    const task = tasks.find((each) => id === `task:${each.id}`);
    const voice = voices.find((each) => id === `voice:${each.id}`);
    const command = commands.get(id);
    if (task !== undefined) this.task(task, depth);
    else if (voice !== undefined) this.voice(voice, depth);
    else if (command !== undefined) this.#command(id, command, depth);
    else if (id.startsWith("device:")) {
      const [agentId] = id.slice("device:".length).split("/");
      const answer = oneLine(call?.result ?? "");
      const text = `${agentId} answered ${answer}`;
      this.#line(depth, "command", id, call?.startedAtMs ?? null, text, null, [
        "answered",
        { device: String(agentId), text: answer },
      ]);
    } else {
      const text = `made ${id}, of which nothing is kept any more`;
      this.note(depth, text, id, ["madeLost", { id }]);
    }
  }

  #command(id: string, command: CommandRecord, depth: number): void {
    if (this.#isTold(command)) return;
    const { hub, leafId, state, reason, sentAtMs, createdAtMs, endedAtMs } = command;
    const what = `${command.command}${sortedArgs(command.args)} to leaf no ${leafId} of hub ${hub}`;
    const sent = sentAtMs === undefined ? ", never sent" : "";
    const end = `${state}${reason === undefined ? "" : `: ${reason}`}${sent}`;
    this.#line(depth, "command", id, createdAtMs, `${what} → ${end}`, endedAtMs ?? null, [
      "command",
      {
        ...{ command: command.command, text: sortedArgs(command.args).trim(), leaf: leafId, hub },
        ...{ commandState: state, refusal: reason ?? "" },
      },
    ]);
  }

  voice(voice: VoiceEvent, depth: number): void {
    if (this.#isTold(voice)) return;
    const place = voice.zone === null ? "" : ` [${voice.zone}]`;
    const text = `said${place} ${quoted(voice.text)}, ${voice.tone}`;
    this.#line(depth, "voice", `voice:${voice.id}`, voice.atMs, text, null, [
      "voice",
      { zone: voice.zone ?? "", text: oneLine(voice.text) },
    ]);
  }

  task(task: Task, depth: number): void {
    if (this.#isTold(task)) return;
    const id = `task:${task.id}`;
    const place = task.zone === null ? "" : ` [${task.zone}]`;
    const text = `${quoted(task.title)}${place} ${task.bounty} points, urgency ${task.urgency}, by ${task.createdBy}, now ${task.state}`;
    this.#line(depth, "task", id, task.createdAtMs, text, task.completedAtMs, [
      "task",
      {
        ...{ title: oneLine(task.title), zone: task.zone ?? "", points: task.bounty },
        ...{ urgency: task.urgency, provenance: task.createdBy, taskState: task.state },
      },
    ]);
    const { cycles, voices } = this.#records;
    const { causeId } = task;
    if (causeId?.startsWith("cycle-") && !cycles.some((cycle) => cycle.id === causeId))
      this.note(depth + 1, `its cause, cycle ${timed(causeId)}, is kept no more`, null, [
        "cycleLost",
        { id: causeId },
      ]);
    const step = (atMs: number | null, text: string, said: Said): void => {
      if (atMs !== null) this.#line(depth + 1, "step", null, atMs, text, null, said);
    };
    const waits = { waits: task.dispatchReason };
    step(task.dispatchedAtMs, `dispatched: ${task.dispatchReason}`, ["dispatched", waits]);
    if (task.dispatchedAtMs === null && task.dispatchReason !== "") {
      const text = `waits: ${task.dispatchReason}`;
      this.#line(depth + 1, "step", null, null, text, null, ["waits", waits]);
    }
    const said = voices.filter(({ taskId }) => taskId === task.id);
    for (const voice of said) this.voice(voice, depth + 1);
    if (task.announcement !== null && said.length === 0) {
      const words = task.announcement.text;
      this.#line(depth + 1, "step", null, null, `announced: ${quoted(words)}`, null, [
        "announced",
        { text: oneLine(words) },
      ]);
    }
    const who = this.#person(task.assignedTo);
    const person = { person: this.#records.people.get(task.assignedTo ?? 0) ?? "" };
    step(task.acceptedAtMs, `accepted by ${who}`, ["accepted", person]);
    const note = task.completionNote === "" ? "" : ` ${quoted(oneLine(task.completionNote))}`;
    step(task.completedAtMs, `completed by ${who}: ${task.reportStatus}${note}`, [
      "completed",
      { ...person, report: task.reportStatus ?? "", text: oneLine(task.completionNote) },
    ]);
    for (const transfer of this.#records.transfers) {
      const isOfTask =
        transfer.id.startsWith(`${id}:`) || transfer.legs.some(({ account }) => account === id);
      if (isOfTask) this.transfer(transfer, depth + 1);
    }
    for (const cycle of cycles)
      if (cycle.reportIds?.includes(task.id) === true) this.cycle(cycle, depth + 1);
  }

  transfer(transfer: Transfer, depth: number): void {
    if (this.#isTold(transfer)) return;
    const text = `${transfer.kind} no ${transfer.no}, hash ${transfer.hash.slice(0, 16)}…`;
    this.#line(depth, "transfer", transfer.id, transfer.atMs, text, null, [
      "transfer",
      { transferKind: transfer.kind, no: transfer.no },
    ]);
    for (const [index, leg] of transfer.legs.entries()) {
      const balance = points(transfer.balancesMilli[index] ?? 0);
      const what = leg.note === undefined ? "" : ` (${leg.note})`;
      const sign = leg.amountMilli > 0 ? "+" : "";
      const line = `${this.#account(leg.account)} ${sign}${points(leg.amountMilli)}${what}, has ${balance}`;
      this.note(depth + 1, line, null, [
        "leg",
        {
          ...{ account: this.#account(leg.account), balance },
          points: `${sign}${points(leg.amountMilli)}`,
        },
      ]);
    }
  }

  note(depth: number, text: string, id: string | null, said: Said): void {
    this.#line(depth, "note", id, null, text, null, said);
  }

  #isLost(warrant: ToolCallRecord["warrant"]): boolean {
    return (
      warrant?.kind === "event" && !this.#records.events.some(({ id }) => id === warrant.causeId)
    );
  }

  #person(id: number | null): string {
    const name = this.#records.people.get(id ?? 0);
    if (id === null) return "an operator";
    return name === undefined ? `person ${id}` : `${quoted(name)} (person ${id})`;
  }

  #account(account: string): string {
    const [, person] = /^person:(\d+)$/.exec(account) ?? [];
    const name = this.#records.people.get(Number(person));
    return name === undefined ? account : `${account} ${quoted(name)}`;
  }

  #isTold(record: object): boolean {
    const isTold = this.#told.has(record);
    this.#told.add(record);
    return isTold;
  }

  #line(
    depth: number,
    kind: ChainLine["kind"],
    id: string | null,
    atMs: number | null,
    text: string,
    endedAtMs: number | null = null,
    said?: Said,
  ): void {
    const tookMs = endedAtMs === null || atMs === null ? null : endedAtMs - atMs;
    this.lines.push({
      ...{ depth, kind, id, atMs, tookMs, text: oneLine(text, LINE_CHARS_MAX) },
      ...(said !== undefined && { said: { code: said[0], values: said[1] } }),
    });
  }
}

/** Others' words cannot look like lines of ours. */
const oneLine = (text: string, charsMax = TEXT_CHARS_MAX): string => {
  const line = text.replaceAll(/[\s\p{C}]+/gu, " ").trim();
  return line.length > charsMax ? `${line.slice(0, charsMax)}…` : line;
};

const quoted = (text: string): string => `«${oneLine(text).replaceAll(/[«»]/g, "'")}»`;

const UNKNOWN_READING: ReadingKnown = { leafId: undefined, isKept: false };

const sortedArgs = (args: CommandRecord["args"]): string => {
  const text = JSON.stringify(args ?? {});
  return text === "{}" ? "" : ` ${text}`;
};

/** With the time that stands in the id. */
const timed = (id: string): string => {
  const atMs = timeOfId(id);
  return atMs === undefined ? id : `${id} of ${new Date(atMs).toISOString()}`;
};

const points = (milli: number): string => String(milli / 1_000);
