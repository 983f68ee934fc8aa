/** `mycel explain` as HTTP sees it: the office's records by the explainer, events and readings by the history. */
import { err, ok } from "../../runtime/result.ts";
import type { StateStore } from "../../runtime/state/state-store.ts";
import { channelCode } from "../../transports/frame/names.ts";
import type { ExplainView } from "../../transports/http/office/explain-view.ts";
import { commandOf } from "../historian/command-records.ts";
import { findEvent } from "../historian/event-query.ts";
import { queryHistory } from "../historian/history-query.ts";
import type { CommandRecord } from "../hub/outbox/messages.ts";
import type { PeopleCommand, PeopleListed } from "../person/messages.ts";
import type { OfficeEvent } from "../zone/messages.ts";
import type { AskOffice } from "./ask-office.ts";
import { chainLines, type ReadingKnown } from "./explain/chain.ts";
import type { ChainFound, GetChain } from "./explain/messages.ts";

export interface ExplainViewParts {
  /** The historian's, for reading. */
  readonly store: StateStore;
  readonly hubNos: ReadonlyMap<string, number>;
  readonly leafId: (hub: string, name: string) => number | undefined;
}

/** Events of all cycles of a chain that are looked up. */
const EVENTS_MAX = 200;

export function explainView(
  ask: AskOffice,
  { store, hubNos, leafId }: ExplainViewParts,
): ExplainView {
  /** The row of the history that an event names; readings of the bus's devices are not kept there. */
  const readingOf = ({ data }: OfficeEvent): ReadingKnown => {
    const { source, channel, measuredAtMs } = data;
    const dot = String(source).indexOf(".");
    const hub = String(source).slice(0, dot);
    const hubNo = hubNos.get(hub);
    const leaf = dot < 0 ? undefined : leafId(hub, String(source).slice(dot + 1));
    const code = typeof channel === "string" ? channelCode(channel) : undefined;
    if (hubNo === undefined || leaf === undefined || code === undefined)
      return { leafId: leaf, isKept: false };
    const fromMs = Math.floor(Number(measuredAtMs));
    const series = { hubNo, leafId: leaf, channel: code, stepMs: undefined };
    const rows = queryHistory(store, { ...series, fromMs, toMs: fromMs + 1, limit: 1 });
    return { leafId: leaf, isKept: rows.length > 0 };
  };

  /** Names make it easier to read; without them it is true all the same. */
  const people = async (): Promise<ReadonlyMap<number, string>> => {
    const listed = await ask<PeopleCommand, PeopleListed>("people", (replyTo) => ({
      ...{ type: "GetPeople", replyTo },
    }));
    return new Map(listed.ok ? listed.value.people.map((one) => [one.id, one.displayName]) : []);
  };

  return {
    async explain(asked) {
      const answer = await ask<GetChain, ChainFound>("explainer", (replyTo) => ({
        ...{ type: "GetChain", id: asked, replyTo },
      }));
      if (!answer.ok) return answer;
      const found = answer.value;
      const ids = new Set([asked, ...found.cycles.flatMap(({ eventIds }) => eventIds)]);
      const events = [...ids].slice(0, EVENTS_MAX).flatMap((id) => findEvent(store, id) ?? []);
      const readings = new Map(events.map((event) => [event.id, readingOf(event)]));
      const made = found.cycles.flatMap(({ calls }) => calls.flatMap((call) => call.made));
      const commands = new Map(
        [...new Set([asked, ...made])].flatMap((id) => {
          const command = commandNamed(store, id);
          return command === undefined ? [] : [[id, command] as const];
        }),
      );
      const names = await people();
      const lines = chainLines({ ...found, events, readings, commands, people: names });
      return lines === undefined ? err("idUnknown") : ok({ id: found.id, lines: [...lines] });
    },
  };
}

/** `command:swarm_hub_01/3/ID` */
function commandNamed(store: StateStore, id: string): CommandRecord | undefined {
  const [, hub = "", leaf, own = ""] = /^command:([^/]+)\/(\d{1,5})\/(.+)$/.exec(id) ?? [];
  return leaf === undefined ? undefined : commandOf(store, hub, Number(leaf), own);
}
