/**
 * The user message of a cycle: what the agent knows, in a set order, within a budget of tokens. What does
 * not fit is summed up, by priority:
 *
 *   1 urgent events            one line each
 *   2 zones in need            whole: out of range, or with an urgent event; one line where room is short
 *   3 reports, open tasks (10), own acts (8)
 *   4 other events             one line each, the rest counted by kind
 *   5 other zones              whole if all fit, else one line each, people first; the rest counted
 *
 * Each line goes with whose words or figures it is; the lines that were shown are what warrants come from.
 */
import type { OfficeEvent, ZoneSituation } from "../../zone/messages.ts";
import { outOfRange } from "../comfort.ts";
import { eventClass } from "../inbox/event-class.ts";
import type { KeptEvent } from "../inbox/event-store.ts";
import type { Provenance } from "../messages.ts";
import type { CallOfCycle, SeenContext } from "../safety/guard-types.ts";
import { isStrangers } from "../safety/warrants.ts";
import type { Language } from "../tools.ts";
import { Budget, type Share } from "./budget.ts";
import { eventLine, eventProvenance } from "./event-text.ts";
import { plain } from "./quote.ts";
import { actionLine, reportLine, taskLine } from "./task-text.ts";
import type { TokenCache } from "./tokens.ts";
import { WORDS, type Words } from "./words.ts";
import { zoneBlock, zoneLine } from "./zone-text.ts";

/** What there is to be told: more than a prompt may show. */
export interface Known extends Omit<SeenContext, "events"> {
  /** Urgent first, of a class the unseen first. */
  readonly events: readonly KeptEvent[];
  /** Newest first. */
  readonly actions: readonly CallOfCycle[];
}

export interface SeenText {
  readonly provenance: Provenance;
  readonly text: string;
}

export interface BuiltPrompt {
  readonly text: string;
  readonly tokens: number;
  readonly seen: readonly SeenText[];
  /** For the guard: of what was shown and no more. */
  readonly context: SeenContext;
  readonly zonesShown: {
    readonly whole: number;
    readonly inLine: number;
    readonly counted: number;
  };
  readonly eventsCounted: number;
}

/** The seed's. */
const TASKS_SHOWN_MAX = 10;
const ACTIONS_SHOWN_MAX = 8;
/** Two of an operator's notes at their longest, where a second comes before the first was told. */
export const NOTES_CHARS_MAX = 1_000;
/** For the lines that count what had no room: at most four of them. */
const REMAINDER_TOKENS = 160;
/** Of what is left when their turn comes. */
const SHARE = { urgentEvents: 0.3, zonesInNeed: 0.6, tasks: 0.5, otherEvents: 0.4, rest: 1 };

interface Line {
  readonly provenance: Provenance;
  readonly text: string;
}

export function buildPrompt(
  known: Known,
  language: Language,
  tokensMax: number,
  tokens: TokenCache,
): BuiltPrompt {
  tokens.turn();
  const words = WORDS[language];
  const budget = new Budget(tokensMax - REMAINDER_TOKENS, tokens);
  for (const heading of Object.values(words.heading)) budget.spend(`\n${heading}\n`);

  const note = known.note === undefined ? undefined : `${plain(known.note, NOTES_CHARS_MAX)}\n`;
  if (note !== undefined) budget.spend(note);

  const events = new Events(known.events, language);
  events.take(budget.share(SHARE.urgentEvents), ({ event }) => eventClass(event) === "urgent");
  const zones = new Zones(known.situations, events.urgentZones, words);
  zones.takeInNeed(budget.share(SHARE.zonesInNeed));
  const tasksShare = budget.share(SHARE.tasks);
  const reports = fitting(tasksShare, known.reports, (task) => reportLine(task, words));
  const tasks = fitting(tasksShare, known.tasks.slice(0, TASKS_SHOWN_MAX), taskLine);
  const acts = known.actions.flatMap((action) => {
    const text = actionLine(action, known.nowMs, words);
    return text === undefined ? [] : [text];
  });
  const actions = fitting(tasksShare, acts.slice(0, ACTIONS_SHOWN_MAX), (text) => text);
  events.take(budget.share(SHARE.otherEvents), ({ event }) => eventClass(event) !== "urgent");
  zones.takeRest(budget.share(SHARE.rest));

  const sections: readonly (readonly [string, readonly Line[]])[] = [
    ...(note === undefined ? [] : [[words.heading.note, [line("operator", note)]] as const]),
    [words.heading.zones, zones.lines()],
    [words.heading.events, events.lines(words)],
    [words.heading.reports, reports.map(({ text }) => line("person", text))],
    [
      words.heading.tasks,
      [
        ...tasks.map(({ text, item }) => line(item.createdBy, text)),
        ...remainder(known.tasks.length - tasks.length, words),
      ],
    ],
    [words.heading.actions, actions.map(({ text }) => line("model", text))],
  ];
  const none = line("operator", `- ${words.none}\n`);
  const parts = sections.map(([heading, lines]) => ({
    heading: `${heading}\n`,
    lines: lines.length === 0 ? [none] : lines,
  }));
  return {
    text: parts
      .map(({ heading, lines }) => heading + lines.map(({ text }) => text).join(""))
      .join("\n"),
    tokens: parts.reduce(
      (sum, { heading, lines }) =>
        sum + 1 + tokens.of(heading) + lines.reduce((all, { text }) => all + tokens.of(text), 0),
      0,
    ),
    seen: parts.flatMap(({ lines }) => lines.filter((each) => each !== none)),
    context: {
      cycleId: known.cycleId,
      nowMs: known.nowMs,
      situations: zones.shown(),
      events: events.shown(),
      reports: reports.map(({ item }) => item),
      tasks: tasks.map(({ item }) => item),
      note: known.note,
    },
    zonesShown: zones.counts(),
    eventsCounted: known.events.length - events.shown().length,
  };
}

/** Each event's line, in the order of the store, as far as there is room. */
class Events {
  readonly urgentZones: ReadonlySet<string>;
  readonly #kept: readonly KeptEvent[];
  readonly #language: Language;
  readonly #taken: { readonly event: OfficeEvent; readonly text: string }[] = [];

  constructor(kept: readonly KeptEvent[], language: Language) {
    this.#kept = kept;
    this.#language = language;
    this.urgentZones = new Set(
      kept.flatMap(({ event }) =>
        eventClass(event) === "urgent" && event.zone !== undefined ? [event.zone] : [],
      ),
    );
  }

  take(share: Share, which: (kept: KeptEvent) => boolean): void {
    for (const kept of this.#kept) {
      if (!which(kept)) continue;
      const text = eventLine(kept.event, this.#language);
      if (!share.take(text)) return;
      this.#taken.push({ event: kept.event, text });
    }
  }

  shown(): readonly OfficeEvent[] {
    return this.#taken.map(({ event }) => event);
  }

  lines(words: Words): readonly Line[] {
    const lines = this.#taken.map(({ event, text }) => line(eventProvenance(event), text));
    const shown = new Set(this.#taken.map(({ event }) => event));
    const rest = this.#kept.filter(({ event }) => !shown.has(event));
    if (rest.length === 0) return lines;
    const counts = Map.groupBy(rest, ({ event }) => event.kind);
    const kinds = [...counts]
      .sort(([, a], [, b]) => b.length - a.length)
      .slice(0, 6)
      .map(([kind, of]) => `${kind} ${of.length}`);
    return [...lines, line("sensor", `${words.more(rest.length, kinds.join(", "))}\n`)];
  }
}

/** Zones in need first and whole, the others as far as there is room. */
class Zones {
  readonly #words: Words;
  readonly #inNeed: readonly ZoneSituation[];
  readonly #others: readonly ZoneSituation[];
  readonly #taken = new Map<string, { readonly text: string; readonly isWhole: boolean }>();
  readonly #all: readonly ZoneSituation[];

  constructor(all: readonly ZoneSituation[], urgentZones: ReadonlySet<string>, words: Words) {
    this.#words = words;
    this.#all = all;
    const need = new Map(
      all.map((zone) => [
        zone,
        (urgentZones.has(zone.zone) ? 10 : 0) +
          outOfRange(zone).length * (zone.occupancy > 0 ? 2 : 1),
      ]),
    );
    const needOf = (zone: ZoneSituation): number => need.get(zone) ?? 0;
    this.#inNeed = all.filter((zone) => needOf(zone) > 0).sort((a, b) => needOf(b) - needOf(a));
    this.#others = all
      .filter((zone) => needOf(zone) === 0)
      .sort((a, b) => Math.sign(b.occupancy) - Math.sign(a.occupancy));
  }

  takeInNeed(share: Share): void {
    for (const zone of this.#inNeed) {
      if (!this.#take(share, zone, true) && !this.#take(share, zone, false)) return;
    }
  }

  takeRest(share: Share): void {
    const areInNeedWhole = this.#inNeed.every(
      ({ zone }) => this.#taken.get(zone)?.isWhole === true,
    );
    const blocks = this.#others.map((zone) => zoneBlock(zone, this.#words));
    if (areInNeedWhole && share.takeAll(blocks)) {
      for (const [i, zone] of this.#others.entries()) {
        this.#taken.set(zone.zone, { text: blocks[i] as string, isWhole: true });
      }
      return;
    }
    for (const zone of [...this.#inNeed, ...this.#others]) {
      if (!this.#taken.has(zone.zone) && !this.#take(share, zone, false)) return;
    }
  }

  shown(): readonly ZoneSituation[] {
    return this.#all.filter(({ zone }) => this.#taken.has(zone));
  }

  /** Blocks, then lines, each in the order of their names; then what was counted. */
  lines(): readonly Line[] {
    const shown = this.shown().map((zone) => ({ zone, taken: this.#taken.get(zone.zone) }));
    const texts = [
      ...shown.filter(({ taken }) => taken?.isWhole === true),
      ...shown.filter(({ taken }) => taken?.isWhole === false),
    ].map(({ zone, taken }) => line(isTold(zone) ? "stranger" : "sensor", taken?.text ?? ""));
    const rest = this.#all.filter(({ zone }) => !this.#taken.has(zone));
    if (rest.length === 0) return texts;
    const occupied = rest.filter(({ occupancy }) => occupancy > 0).length;
    const bad = rest.filter((zone) => outOfRange(zone).length > 0).length;
    return [...texts, line("sensor", `${this.#words.moreZones(rest.length, occupied, bad)}\n`)];
  }

  counts(): BuiltPrompt["zonesShown"] {
    const whole = this.#taken
      .values()
      .filter(({ isWhole }) => isWhole)
      .toArray().length;
    const inLine = this.#taken.size - whole;
    return { whole, inLine, counted: this.#all.length - this.#taken.size };
  }

  #take(share: Share, zone: ZoneSituation, isWhole: boolean): boolean {
    const text = isWhole ? zoneBlock(zone, this.#words) : zoneLine(zone, this.#words);
    if (!share.take(text)) return false;
    this.#taken.set(zone.zone, { text, isWhole });
    return true;
  }
}

const isTold = (zone: ZoneSituation): boolean =>
  Object.keys(zone.readings).length > 0 && isStrangers(zone);

/** As many as there is room for, in their order. */
function fitting<T>(
  share: Share,
  items: readonly T[],
  textOf: (item: T) => string,
): readonly { readonly item: T; readonly text: string }[] {
  const taken: { item: T; text: string }[] = [];
  for (const item of items) {
    const text = textOf(item);
    if (!share.take(text)) break;
    taken.push({ item, text });
  }
  return taken;
}

const line = (provenance: Provenance, text: string): Line => ({ provenance, text });

const remainder = (count: number, words: Words): readonly Line[] =>
  count > 0 ? [line("operator", `${words.moreTasks(count)}\n`)] : [];
