/** A leaf's own sheet: every channel, its history, what it is, and what an operator may change. */
import { useState } from "react";
import type { Leaf } from "../../../transports/http/contract.ts";
import { COMFORT_INK, channelLook, channelsInOrder, channelTitle, comfortOf } from "../channels.ts";
import {
  formatAgo,
  formatCompact,
  formatInteger,
  formatList,
  formatValue,
  titleOf,
} from "../format.ts";
import { useLeaf, useNowS } from "../live/live.ts";
import { leafKey } from "../live/store.ts";
import { Sheet } from "../parts/sheet.tsx";
import { t } from "../strings.ts";
import { useBatteryForecast } from "./leaf-battery.tsx";
import { StateDot } from "./leaf-cell.tsx";
import { LeafCommands } from "./leaf-commands.tsx";
import { LeafForms } from "./leaf-forms.tsx";
import { LeafFrames } from "./leaf-frames.tsx";
import { LeafHistory } from "./leaf-history.tsx";
import { LeafKeys } from "./leaf-keys.tsx";
import { WaitingLeaves } from "./waiting-leaves.tsx";

interface LeafPanelProps {
  readonly hub: string;
  readonly leafId: number;
  onClose(): void;
}

export function LeafPanel({ hub, leafId, onClose }: LeafPanelProps) {
  const leaf = useLeaf(leafKey(hub, leafId));
  return (
    <Sheet
      id="leaf-name"
      title={leaf?.name ?? `${leafId}`}
      subtitle={
        <p className="flex flex-wrap items-center gap-x-2 text-ink-2">
          {leaf && <StateDot leaf={leaf} />}
          {leaf && <States leaf={leaf} />}
          <span className="text-ink-3">
            {leaf && `${titleOf(leaf.zone)} · `}
            {hub} / {leafId}
          </span>
        </p>
      }
      onClose={onClose}
    >
      {leaf === undefined ? (
        <p className="py-10 text-ink-2">{t("leaf.unknown", { leaf: leafId, hub })}</p>
      ) : (
        <>
          {leaf.standing !== "adopted" && <WaitingLeaves keys={[leafKey(hub, leafId)]} />}
          <Channels leaf={leaf} />
          <Facts leaf={leaf} />
          <LeafCommands hub={hub} leafId={leafId} />
          <LeafFrames hub={hub} leafId={leafId} />
          <LeafForms leaf={leaf} />
          <LeafKeys hub={hub} leafId={leafId} />
        </>
      )}
    </Sheet>
  );
}

function States({ leaf }: { leaf: Leaf }) {
  const states = [
    leaf.online ? "state.online" : "state.offline",
    ...(leaf.standing === "adopted" ? [] : ([`state.${leaf.standing}`] as const)),
    ...(leaf.lowBattery ? (["state.lowBattery"] as const) : []),
    ...(leaf.quarantined ? (["state.quarantined"] as const) : []),
  ] as const;
  return (
    <>
      {states.map((state) => (
        <span key={state}>{t(state)}</span>
      ))}
    </>
  );
}

/** The channels are the choice of what the plot shows. */
function Channels({ leaf }: { leaf: Leaf }) {
  const channels = channelsInOrder(leaf.readings);
  const [wanted, setWanted] = useState<string>();
  const nowS = useNowS();
  const chosen = wanted !== undefined && wanted in leaf.readings ? wanted : channels[0];
  if (chosen === undefined) return <p className="py-6 text-ink-2">{t("leaf.noChannels")}</p>;
  return (
    <>
      <fieldset className="mb-3">
        <legend className="label mb-1.5">{t("leaf.channels")}</legend>
        <div className="grid grid-cols-2 gap-2 sm:grid-cols-3">
          {channels.map((channel) => {
            const reading = leaf.readings[channel];
            if (reading === undefined) return null;
            const { value, atMs } = reading;
            const active = (channelLook(channel)?.kind ?? "analog") !== "analog" && value > 0;
            return (
              <label
                key={channel}
                data-channel={channel}
                className="panel flex cursor-pointer flex-col rounded-xl px-3 py-2 hover:border-thread/60 has-checked:border-accent has-focus-visible:outline-2 has-focus-visible:outline-accent"
              >
                <input
                  type="radio"
                  name="channel"
                  className="sr-only"
                  checked={channel === chosen}
                  onChange={() => setWanted(channel)}
                />
                <span className="label">{channelTitle(channel)}</span>
                <span
                  className={`text-lg ${active ? "text-accent" : COMFORT_INK[comfortOf(channel, value)]} ${leaf.online ? "" : "faded"}`}
                >
                  {formatValue(channel, value)}
                </span>
                <span className="text-2xs text-ink-3">{formatAgo(nowS * 1_000 - atMs)}</span>
              </label>
            );
          })}
        </div>
      </fieldset>
      <LeafHistory leaf={leaf} channel={chosen} />
    </>
  );
}

function Facts({ leaf }: { leaf: Leaf }) {
  const nowS = useNowS();
  const forecast = useBatteryForecast(leaf);
  const battery =
    leaf.batteryMv === null ? t("leaf.unknownBattery") : `${formatInteger(leaf.batteryMv)} mV`;
  const rows: readonly (readonly [title: string, value: string, ink?: string | undefined])[] = [
    [
      t("leaf.lastSeen"),
      leaf.lastSeenMs > 0 ? formatAgo(nowS * 1_000 - leaf.lastSeenMs) : t("leaf.neverSeen"),
    ],
    [t("leaf.batteryLasts"), forecast],
    [t("leaf.battery"), battery, leaf.lowBattery ? "text-warn" : undefined],
    [t("leaf.hardware"), leaf.hardware ?? t("leaf.notRegistered")],
    [t("leaf.capabilities"), formatList(leaf.capabilities.map(channelTitle)) || "–"],
    [t("leaf.frames"), formatCompact(leaf.frames)],
    [t("leaf.refused"), formatCompact(leaf.refused), leaf.refused > 0 ? "text-warn" : undefined],
  ];
  return (
    <section aria-labelledby="leaf-facts" className="mt-6">
      <h3 id="leaf-facts" className="label mb-1.5">
        {t("leaf.facts")}
      </h3>
      <dl className="panel grid gap-x-8 rounded-xl px-4 py-1.5 sm:grid-cols-2">
        {rows.map(([title, value, ink]) => (
          <div key={title} className="flex justify-between gap-4 py-1.5">
            <dt className="shrink-0 text-ink-3">{title}</dt>
            <dd className={`min-w-0 text-right ${ink ?? ""}`}>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
