/** All leaves as a grid of small cells; those that wait for an operator stand above it. */
import { memo, useMemo } from "react";
import { titleOf } from "../format.ts";
import { store, useCounts, useHubs, useLeafIndex, useZoneNames } from "../live/live.ts";
import { leafKey } from "../live/store.ts";
import { go, useRoute } from "../navigation.ts";
import { FilterSelect, FilterText, useQueryFilter } from "../parts/filters.tsx";
import { useColumns } from "../parts/use-columns.ts";
import { useRovingFocus } from "../parts/use-roving-focus.ts";
import { ViewTitle } from "../parts/view-title.tsx";
import { hrefOf } from "../route.ts";
import { t } from "../strings.ts";
import { LeafCell } from "./leaf-cell.tsx";
import { byHubAndId, LEAF_STATES, leafFilterOf, leafPasses } from "./leaf-filter.ts";
import { LeafPanel } from "./leaf-panel.tsx";
import { WaitingLeaves } from "./waiting-leaves.tsx";

/** Two cells side by side on a phone 360 px wide. */
const CELL_PX_MIN = 160;

export function LeavesView() {
  const { query, rest } = useRoute();
  const index = useLeafIndex();
  const { leaves } = useCounts();

  // biome-ignore lint/correctness/useExhaustiveDependencies: `index` says when the store's answer may differ.
  const { shown, waiting } = useMemo(() => {
    const filter = leafFilterOf(query);
    const passing = [...store.leaves().values()]
      .filter((leaf) => leafPasses(leaf, filter))
      .sort(byHubAndId);
    const keysOf = (adopted: boolean) =>
      passing
        .filter((leaf) => (leaf.standing === "adopted") === adopted)
        .map((leaf) => leafKey(leaf.hub, leaf.leafId));
    return { shown: keysOf(true), waiting: keysOf(false) };
  }, [query, index]);

  const [hub, leafId] = rest;
  return (
    <>
      <ViewTitle title={t("view.leaves")}>
        <p className="text-ink-3" aria-live="polite">
          {t("leaves.count", { shown: shown.length + waiting.length, all: leaves })}
        </p>
      </ViewTitle>
      <LeafFilters />
      {waiting.length > 0 && <WaitingLeaves keys={waiting} />}
      {shown.length > 0 ? (
        <LeafGrid keys={shown} search={query.toString()} />
      ) : (
        waiting.length === 0 && <NoLeaf known={leaves > 0} />
      )}
      {hub !== undefined && leafId !== undefined && (
        <LeafPanel
          key={leafKey(hub, Number(leafId))}
          hub={hub}
          leafId={Number(leafId)}
          onClose={() => go(hrefOf("leaves", [], query))}
        />
      )}
    </>
  );
}

function LeafFilters() {
  const zones = useZoneNames();
  const hubs = useHubs();
  const [query, set] = useQueryFilter();
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
        options={LEAF_STATES.map((state) => [state, t(`state.${state}`)])}
        onChange={(state) => set("state", state)}
      />
    </search>
  );
}

function NoLeaf({ known }: { known: boolean }) {
  return (
    <div className="grid justify-items-center gap-3 py-16 text-ink-2">
      <p>{t(known ? "leaves.none" : "leaves.empty")}</p>
      {known && (
        <a className="button" href={hrefOf("leaves")}>
          {t("leaves.clear")}
        </a>
      )}
    </div>
  );
}

function LeafGrid({ keys, search }: { keys: readonly string[]; search: string }) {
  const { ref, columns } = useColumns(CELL_PX_MIN);
  const roving = useRovingFocus();
  const active =
    roving.active !== undefined && keys.includes(roving.active) ? roving.active : keys[0];
  const rows = useMemo(() => {
    const slices: (readonly string[])[] = [];
    for (let i = 0; i < keys.length; i += columns) slices.push(keys.slice(i, i + columns));
    return slices;
  }, [keys, columns]);

  return (
    // biome-ignore lint/a11y/useSemanticElements: a table's columns do not flow with the width.
    <div
      ref={ref}
      role="grid"
      aria-label={t("leaves.grid")}
      aria-rowcount={rows.length}
      className="flex flex-col gap-2"
      {...roving.handlers}
    >
      {rows.map((row, index) => (
        <LeafRow
          key={row[0]}
          keys={row}
          index={index}
          columns={columns}
          search={search}
          active={active !== undefined && row.includes(active) ? active : undefined}
        />
      ))}
    </div>
  );
}

interface LeafRowProps {
  readonly keys: readonly string[];
  readonly index: number;
  readonly columns: number;
  readonly search: string;
  /** The cell that Tab reaches, where it is in this row. */
  readonly active: string | undefined;
}

/** Rows outside the screen are neither laid out nor painted, so a thousand leaves cost what fits. */
const LeafRow = memo(function LeafRow({ keys, index, columns, search, active }: LeafRowProps) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the focus roves among the cells inside.
    // biome-ignore lint/a11y/useSemanticElements: as above.
    <div
      role="row"
      aria-rowindex={index + 1}
      className="skip-while-hidden grid gap-2 [contain-intrinsic-size:auto_5.75rem]"
      style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}
    >
      {keys.map((key) => (
        <LeafCell key={key} leafKey={key} search={search} tabbable={key === active} />
      ))}
    </div>
  );
});
