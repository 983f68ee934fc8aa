/** One leaf in the grid: name, state, its most telling values. Wakes only when this leaf changes. */
import { memo } from "react";
import type { Leaf } from "../../../transports/http/contract.ts";
import { COMFORT_INK, channelLook, channelsInOrder, channelTitle, comfortOf } from "../channels.ts";
import { formatNumber, stateWord, titleOf } from "../format.ts";
import { useLeaf } from "../live/live.ts";
import { Icon } from "../parts/icons.tsx";
import { hrefOf } from "../route.ts";
import { t } from "../strings.ts";

/** Three fit into a cell; the rest is in the leaf's panel. */
const VALUES_MAX = 3;

interface LeafCellProps {
  readonly leafKey: string;
  /** The filters' query, kept in the link so that closing the panel returns to them. */
  readonly search: string;
  readonly tabbable: boolean;
}

export const LeafCell = memo(function LeafCell({ leafKey, search, tabbable }: LeafCellProps) {
  const leaf = useLeaf(leafKey);
  if (leaf === undefined) return null;
  const [first, ...others] = channelsInOrder(leaf.readings)
    .filter((channel) => channel !== "battery_mv")
    .slice(0, VALUES_MAX);
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: its link takes the focus.
    // biome-ignore lint/a11y/useSemanticElements: a table's columns do not flow with the width.
    <div role="gridcell" className="flex">
      <a
        href={hrefOf("leaves", [leaf.hub, leaf.leafId], new URLSearchParams(search))}
        data-item={leafKey}
        data-online={leaf.online}
        tabIndex={tabbable ? 0 : -1}
        className={`panel flex h-22 w-full flex-col rounded-xl px-2.5 py-2 hover:border-thread/60 ${
          leaf.online ? "" : "border-dashed"
        }`}
      >
        <span className="flex min-w-0 items-center gap-1.5">
          <StateDot leaf={leaf} />
          <span className="truncate font-medium">{leaf.name}</span>
          {leaf.lowBattery && (
            <span className="ml-auto text-warn" title={t("state.lowBattery")}>
              <Icon name="battery" />
              <span className="sr-only">{t("state.lowBattery")}</span>
            </span>
          )}
        </span>
        <span className="truncate text-2xs text-ink-3">{titleOf(leaf.zone)}</span>
        <span
          className={`mt-auto flex min-w-0 items-baseline gap-1.5 overflow-hidden whitespace-nowrap ${
            leaf.online ? "" : "faded"
          }`}
        >
          {first !== undefined && <Value leaf={leaf} channel={first} leading />}
          {others.map((channel) => (
            <Value key={channel} leaf={leaf} channel={channel} />
          ))}
        </span>
      </a>
    </div>
  );
});

function Value(props: { leaf: Leaf; channel: string; leading?: boolean }) {
  const { leaf, channel, leading = false } = props;
  const value = leaf.readings[channel]?.value;
  if (value === undefined) return null;
  const look = channelLook(channel);
  const isState = look !== undefined && look.kind !== "analog";
  return (
    <span
      title={channelTitle(channel)}
      className={`${leading ? "text-base" : "text-xs"} ${
        isState && value > 0 ? "text-accent" : COMFORT_INK[comfortOf(channel, value)]
      }`}
    >
      {isState ? stateWord(channel, value) : formatNumber(channel, value)}
      {!isState && <span className="ml-0.5 text-2xs text-ink-3">{look?.unit}</span>}
    </span>
  );
}

export function StateDot({ leaf }: { leaf: Leaf }) {
  const state = leaf.quarantined ? "quarantined" : leaf.online ? "online" : "offline";
  const ink = { quarantined: "bg-bad", online: "bg-accent", offline: "border border-ink-3" }[state];
  return (
    <span title={t(`state.${state}`)} className="flex shrink-0">
      <span className={`size-2 rounded-full ${ink}`} />
      <span className="sr-only">{t(`state.${state}`)}</span>
    </span>
  );
}
