/** One zone: who is there, what the air is like, doors and motion, its colony of leaves. */
import { memo } from "react";
import type { Zone } from "../../../transports/http/contract.ts";
import {
  CHANNELS,
  COMFORT_INK,
  channelLook,
  channelsInOrder,
  channelTitle,
  comfortOf,
} from "../channels.ts";
import { sentenceOf } from "../event-sentence.ts";
import {
  formatAgo,
  formatNumber,
  formatShortClock,
  formatValue,
  kindTitle,
  titleOf,
} from "../format.ts";
import { useNowS, useTrail, useZone, useZoneLeaves } from "../live/live.ts";
import { Colony } from "../parts/colony.tsx";
import { Icon } from "../parts/icons.tsx";
import { SeverityIcon } from "../parts/severity-icon.tsx";
import { Sparkline } from "../parts/sparkline.tsx";
import { ZoneMind } from "../parts/zone-mind.tsx";
import { hrefOf } from "../route.ts";
import { t } from "../strings.ts";

/** Liveness of a leaf: nothing that old is called current. */
const STALE_MS = 120_000;

export const ZoneTile = memo(function ZoneTile(props: { zone: string; tabbable: boolean }) {
  const zone = useZone(props.zone);
  if (zone === undefined) return null;
  const channels = channelsInOrder(zone.readings);
  const plotted = channels.filter((channel) => channelLook(channel)?.plottedOnFloor);
  const others = channels.filter((channel) => !channelLook(channel)?.plottedOnFloor);
  return (
    <a
      href={hrefOf("leaves", [], { zone: zone.zone })}
      data-item={zone.zone}
      data-zone={zone.zone}
      tabIndex={props.tabbable ? 0 : -1}
      title={t("floor.open", { zone: titleOf(zone.zone) })}
      className="panel group flex w-full flex-col gap-3 p-4 hover:border-thread/60"
    >
      <div className="flex items-start justify-between gap-2">
        <div className="min-w-0">
          <h2 className="truncate font-semibold text-base tracking-tight">{titleOf(zone.zone)}</h2>
          <Occupancy people={zone.occupancy} zone={zone} />
          <LeafCount zone={zone.zone} />
        </div>
        <ZoneColony zone={zone.zone} />
      </div>
      <div className="flex flex-col gap-2.5">
        {plotted.map((channel) => (
          <ChannelLine key={channel} zone={zone} channel={channel} />
        ))}
      </div>
      {others.length > 0 && (
        <ul className="flex flex-wrap gap-1.5">
          {others.map((channel) => (
            <OtherChannel key={channel} zone={zone} channel={channel} />
          ))}
        </ul>
      )}
      <ZoneMind zone={zone.zone} />
      <LatestEvent zone={zone} />
    </a>
  );
});

/** A dot a person up to this many; then the number has to do. */
const DOTS_MAX = 12;

function Occupancy({ people, zone }: { people: number; zone: Zone }) {
  const dots = Array.from({ length: Math.min(people, DOTS_MAX) }, (_, index) => `person-${index}`);
  return (
    <p className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1" data-occupancy={people}>
      <span className={people > 0 ? "text-ink" : "text-ink-3"}>
        {people === 0 ? t("floor.vacant") : t("floor.occupied", { count: people })}
      </span>
      <span className="flex gap-1" aria-hidden="true">
        {dots.map((dot) => (
          <span key={dot} className="size-1.5 rounded-full bg-accent" />
        ))}
      </span>
      {zone.witness === "air" && zone.air !== null && (
        <span className="text-ink-3 text-xs" title={t("floor.byAirTitle")}>
          {t("floor.byAir", { sure: Math.round(100 * zone.air.confidence) })}
        </span>
      )}
    </p>
  );
}

function LeafCount({ zone }: { zone: string }) {
  const { online, leaves } = useZoneLeaves(zone);
  return <p className="mt-0.5 text-ink-3 text-xs">{t("floor.leaves", { online, leaves })}</p>;
}

function ZoneColony({ zone }: { zone: string }) {
  return <Colony zone={zone} label={t("floor.colony", { ...useZoneLeaves(zone) })} />;
}

function ChannelLine({ zone, channel }: { zone: Zone; channel: string }) {
  const reading = zone.readings[channel];
  const trail = useTrail(zone.zone, channel);
  const nowS = useNowS();
  const look = CHANNELS[channel];
  if (reading === undefined || look === undefined) return null;
  const comfort = comfortOf(channel, reading.value);
  const stale = nowS * 1_000 - reading.atMs > STALE_MS;
  const big = channel === "temperature";
  return (
    <div
      className={`grid grid-cols-[7.5rem_1fr] items-center gap-3 ${stale ? "faded" : ""}`}
      data-channel={channel}
      title={t("floor.sources", { count: reading.sources })}
    >
      <div className="min-w-0">
        <p className="label">{channelTitle(channel)}</p>
        <p className={`${COMFORT_INK[comfort]} whitespace-nowrap`}>
          <span className={`tracking-tight ${big ? "font-light text-3xl" : "text-xl"}`}>
            {formatNumber(channel, reading.value)}
          </span>{" "}
          <span className="text-ink-3 text-xs">{look.unit}</span>
          {comfort !== "neutral" && <span className="sr-only">, {t(`comfort.${comfort}`)}</span>}
        </p>
      </div>
      {trail && (
        <Sparkline
          trail={trail}
          spanMin={look.spanMin}
          comfort={look.comfort}
          alarming={comfort === "low" || comfort === "high"}
        />
      )}
    </div>
  );
}

function OtherChannel({ zone, channel }: { zone: Zone; channel: string }) {
  const reading = zone.readings[channel];
  const nowS = useNowS();
  if (reading === undefined) return null;
  const kind = channelLook(channel)?.kind ?? "analog";
  const active = kind !== "analog" && reading.value > 0;
  const ageMs = nowS * 1_000 - reading.atMs;
  return (
    <li
      data-channel={channel}
      className={`flex items-center gap-1.5 rounded-full border px-2 py-0.5 text-xs ${
        active ? "border-accent/35 text-accent" : "border-line text-ink-2"
      } ${ageMs > STALE_MS ? "faded" : ""}`}
    >
      {channel === "door" && <Icon name={active ? "door" : "doorClosed"} className="size-3.5" />}
      {channel === "motion" && <Icon name="motion" className="size-3.5" />}
      <span className={kind === "analog" ? "text-ink-3" : "sr-only"}>{channelTitle(channel)}</span>
      {kind === "state" && `${channelTitle(channel)} `}
      {formatValue(channel, reading.value)}
      {kind === "event" && active && ageMs >= 1_000 && (
        <span className="text-ink-3">{formatAgo(ageMs)}</span>
      )}
    </li>
  );
}

function LatestEvent({ zone }: { zone: Zone }) {
  const event = zone.events.at(-1);
  return (
    <p className="mt-auto flex min-w-0 items-center gap-2 border-line border-t pt-2.5 text-ink-2 text-xs">
      {event === undefined ? (
        <span className="text-ink-3">{t("floor.quiet")}</span>
      ) : (
        <>
          <SeverityIcon severity={event.severity} />
          <span className="shrink-0 text-ink-3">{formatShortClock(event.atMs)}</span>
          <span className="truncate" title={sentenceOf(event)}>
            {sentenceOf(event) || kindTitle(event.kind)}
          </span>
        </>
      )}
    </p>
  );
}
