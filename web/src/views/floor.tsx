/** The office at a glance: one sentence, a tile for each zone, what happened last. */
import { CHANNELS, channelTitle, comfortOf } from "../channels.ts";
import { formatRate, formatValue, titleOf } from "../format.ts";
import {
  store,
  useConnection,
  useCounts,
  useEvents,
  useHubs,
  useNowS,
  useRowsWanted,
  useZoneNames,
} from "../live/live.ts";
import { EventRow } from "../parts/event-row.tsx";
import { useRovingFocus } from "../parts/use-roving-focus.ts";
import { ViewTitle } from "../parts/view-title.tsx";
import { hrefOf } from "../route.ts";
import { t } from "../strings.ts";
import { ZoneTile } from "./zone-tile.tsx";

/** As many as stand beside four tiles without scrolling on an ordinary screen. */
const EVENTS_SHOWN = 7;
/** Colonies of more leaves do not shimmer: their states alone travel to the page. */
const SHIMMERING_MAX = 2_000;

export function FloorView() {
  const zones = useZoneNames();
  useRowsWanted(null, useCounts().leaves <= SHIMMERING_MAX ? "all" : "none");
  const roving = useRovingFocus();
  const isLive = useConnection().state === "live";
  if (zones.length === 0) {
    return (
      <p className="py-16 text-center text-ink-2">
        {t(isLive ? "floor.empty" : "floor.unreached")}
      </p>
    );
  }
  return (
    <>
      <Headline zones={zones} />
      <ul
        className={`grid grid-cols-1 gap-3 sm:gap-4 md:grid-cols-2 ${zones.length % 4 === 0 || zones.length > 6 ? "xl:grid-cols-4" : "xl:grid-cols-3"}`}
        aria-label={t("leaf.zone")}
        {...roving.handlers}
      >
        {zones.map((zone, index) => (
          <li key={zone} className="flex min-w-0">
            <ZoneTile
              zone={zone}
              tabbable={roving.active === undefined ? index === 0 : roving.active === zone}
            />
          </li>
        ))}
      </ul>
      <LatestEvents />
    </>
  );
}

/** Who is here and what is wrong, in words, so that the numbers need no reading. */
function Headline({ zones }: { zones: readonly string[] }) {
  useNowS();
  const { people } = useCounts();
  const hubs = useHubs();
  const shown = zones.map((name) => store.zone(name)).filter((zone) => zone !== undefined);
  const occupied = shown.filter((zone) => zone.occupancy > 0).length;
  const complaints = shown.flatMap((zone) =>
    Object.entries(zone.readings).flatMap(([channel, { value }]) => {
      const comfort = comfortOf(channel, value);
      const [low, high] = CHANNELS[channel]?.comfort ?? [0, 0];
      if (comfort !== "low" && comfort !== "high") return [];
      return t(comfort === "low" ? "floor.low" : "floor.high", {
        zone: titleOf(zone.zone),
        channel: channelTitle(channel),
        value: formatValue(channel, value),
        limit: formatValue(channel, comfort === "low" ? low : high),
      });
    }),
  );
  const someReading = shown.some((zone) => Object.keys(zone.readings).length > 0);
  const calm = t(someReading ? "floor.calm" : "floor.unknown");
  const rates = hubs.map((hub) => store.rate(`hub:${hub.hub}`));
  const known = rates.filter((one) => one !== undefined);
  const rate = known.reduce((sum, one) => sum + one, 0);
  const peopleLine =
    people === 0
      ? t("floor.nobody", { all: zones.length })
      : t("floor.people", {
          people,
          zones: occupied,
          all: zones.length,
        });

  return (
    <ViewTitle title={t("view.floor")} hidden>
      <p className="text-lg tracking-tight sm:text-xl">
        {t("floor.sentence", { what: peopleLine })}{" "}
        {complaints.length === 0 ? (
          <span className="text-ink-2">{calm}</span>
        ) : (
          <span className="text-warn">
            {t("floor.sentence", { what: complaints.join(t("floor.and")) })}
          </span>
        )}
      </p>
      <p className="text-ink-3 text-xs">
        {known.length > 0 && t("floor.frames", { rate: formatRate(rate) })}
      </p>
    </ViewTitle>
  );
}

function LatestEvents() {
  const events = useEvents().slice(0, EVENTS_SHOWN);
  if (events.length === 0) return null;
  return (
    <section aria-labelledby="latest" className="panel mt-4 overflow-hidden">
      <header className="flex items-center justify-between px-4 pt-3 pb-1">
        <h2 id="latest" className="font-medium">
          {t("floor.latest")}
        </h2>
        <a href={hrefOf("events")} className="rounded text-ink-3 text-xs hover:text-ink">
          {t("floor.allEvents")}
        </a>
      </header>
      <ol className="pb-2">
        {events.map((event) => (
          <EventRow key={event.id} event={event} />
        ))}
      </ol>
    </section>
  );
}
