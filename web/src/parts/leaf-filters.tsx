/** The fields above the map and the cells; the same address filters both. */
import { CHANNELS, channelLook, channelTitle } from "../channels.ts";
import { titleOf } from "../format.ts";
import { useHubs, useZoneNames } from "../live/live.ts";
import { t } from "../strings.ts";
import { FILTER_STATES } from "../views/leaf-filter.ts";
import { FilterSelect, FilterText, useQueryFilter } from "./filters.tsx";

/** `channelAll`: what the view shows where no channel is chosen. */
export function LeafFilters({ channelAll }: { channelAll: string }) {
  const zones = useZoneNames();
  const hubs = useHubs();
  const [query, set] = useQueryFilter();
  const channel = query.get("channel") ?? "";
  return (
    <search className="mb-4 flex flex-wrap gap-2">
      <FilterText
        label={t("leaves.filter")}
        value={query.get("q") ?? ""}
        onChange={(q) => set("q", q)}
      />
      <FilterSelect
        label={t("leaves.zone")}
        all={t("leaves.allZones")}
        value={query.get("zone") ?? ""}
        options={zones.map((zone) => [zone, titleOf(zone)])}
        onChange={(zone) => set("zone", zone)}
      />
      <FilterSelect
        label={t("leaves.hub")}
        all={t("leaves.allHubs")}
        value={query.get("hub") ?? ""}
        options={hubs.map(({ hub }) => [hub, hub])}
        onChange={(hub) => set("hub", hub)}
      />
      <FilterSelect
        label={t("leaves.state")}
        all={t("leaves.allStates")}
        value={query.get("state") ?? ""}
        options={FILTER_STATES.map((state) => [state, t(`state.${state}`)])}
        onChange={(state) => set("state", state)}
      />
      <FilterSelect
        label={t("leaves.channel")}
        all={channelAll}
        value={channel}
        options={Object.keys(CHANNELS).map((one) => [one, channelTitle(one)])}
        onChange={(one) => set("channel", one)}
      />
      {channel !== "" && (
        <div className="flex min-w-0 flex-1 items-center gap-1 sm:flex-none">
          <RangeEnd
            label={t("leaves.min")}
            value={query.get("min") ?? ""}
            set={(v) => set("min", v)}
          />
          <span className="text-ink-3" aria-hidden="true">
            –
          </span>
          <RangeEnd
            label={t("leaves.max")}
            value={query.get("max") ?? ""}
            set={(v) => set("max", v)}
          />
          <span className="text-ink-3 text-xs">{channelLook(channel)?.unit}</span>
        </div>
      )}
    </search>
  );
}

function RangeEnd(props: { label: string; value: string; set: (value: string) => void }) {
  return (
    <input
      type="number"
      step="any"
      aria-label={props.label}
      placeholder={props.label}
      className="field w-full sm:w-22"
      value={props.value}
      onChange={(event) => props.set(event.target.value)}
    />
  );
}
