/** What happened, newest first, as it happens. */
import { Fragment, useEffect, useMemo } from "react";
import type { Event } from "../../../transports/http/contract.ts";
import { fetchEvents } from "../api.ts";
import { sentenceOf } from "../event-sentence.ts";
import { formatDay, kindTitle, titleOf } from "../format.ts";
import { store, useEvents, useRowsWanted, useZoneNames } from "../live/live.ts";
import { EventRow } from "../parts/event-row.tsx";
import { FilterSelect, FilterText, useQueryFilter } from "../parts/filters.tsx";
import { ViewTitle } from "../parts/view-title.tsx";
import { t } from "../strings.ts";

/** Asked of the store when a filter is set: more than a screen, less than a second to draw. */
const OLDER_MAX = 300;
const SEVERITIES = ["info", "warning", "error"] as const;

export function EventsView() {
  useRowsWanted(null, "none");
  const all = useEvents();
  const zones = useZoneNames();
  const [query, set] = useQueryFilter();
  const kind = query.get("kind") ?? "";
  const zone = query.get("zone") ?? "";
  const severity = query.get("severity") ?? "";
  const text = (query.get("q") ?? "").toLowerCase();
  useOlderEvents(kind, zone);

  const kinds = useMemo(() => [...new Set(all.map((event) => event.kind))].sort(), [all]);
  const shown = all.filter(
    (event) =>
      (kind === "" || event.kind === kind) &&
      (zone === "" || event.zone === zone) &&
      (severity === "" || event.severity === severity) &&
      (text === "" ||
        `${sentenceOf(event)} ${event.message} ${event.kind} ${event.hub}`
          .toLowerCase()
          .includes(text)),
  );
  return (
    <>
      <ViewTitle title={t("view.events")}>
        <p className="text-ink-3">{t("leaves.count", { shown: shown.length, all: all.length })}</p>
      </ViewTitle>
      <search className="mb-4 flex flex-wrap gap-2">
        <FilterText
          label={t("events.filter")}
          value={query.get("q") ?? ""}
          onChange={(q) => set("q", q)}
        />
        <FilterSelect
          label={t("events.kind")}
          all={t("events.allKinds")}
          value={kind}
          options={kinds.map((one) => [one, kindTitle(one)])}
          onChange={(value) => set("kind", value)}
        />
        <FilterSelect
          label={t("events.zone")}
          all={t("events.allZones")}
          value={zone}
          options={zones.map((one) => [one, titleOf(one)])}
          onChange={(value) => set("zone", value)}
        />
        <FilterSelect
          label={t("events.severity")}
          all={t("events.allSeverities")}
          value={severity}
          options={SEVERITIES.map((one) => [one, t(`severity.${one}`)])}
          onChange={(value) => set("severity", value)}
        />
      </search>
      {shown.length === 0 ? (
        <p className="py-16 text-center text-ink-2">
          {t(all.length === 0 ? "events.empty" : "events.none")}
        </p>
      ) : (
        <Log events={shown} />
      )}
    </>
  );
}

function Log({ events }: { events: readonly Event[] }) {
  const today = formatDay(events[0]?.atMs ?? 0);
  return (
    <section role="log" aria-label={t("events.log")} className="panel overflow-hidden py-2">
      <ol>
        {events.map((event, index) => {
          const before = events[index - 1];
          const day = formatDay(event.atMs);
          const newDay = before === undefined ? day !== today : formatDay(before.atMs) !== day;
          return (
            <Fragment key={event.id}>
              {newDay && <li className="label border-line border-t px-4 pt-3 pb-1">{day}</li>}
              <EventRow event={event} />
            </Fragment>
          );
        })}
      </ol>
    </section>
  );
}

/** The feed brings the latest of everything; of one kind or zone the store may know older ones. */
function useOlderEvents(kind: string, zone: string): void {
  useEffect(() => {
    if (kind === "" && zone === "") return;
    const abort = new AbortController();
    const query = {
      ...(kind === "" ? {} : { kind }),
      ...(zone === "" ? {} : { zone }),
      limit: OLDER_MAX,
    };
    void fetchEvents(query, abort.signal).then((answer) => {
      if (answer.ok && !abort.signal.aborted) store.putEvents(answer.value.events);
    });
    return () => abort.abort();
  }, [kind, zone]);
}
