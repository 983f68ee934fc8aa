/** All leaves as a grid of small cells, of which those on the screen are made; the map's leaves as a table. */
import { type KeyboardEvent, memo, useEffect, useMemo, useRef, useState } from "react";
import { formatInteger } from "../format.ts";
import { store, useCounts, useLeafIndex, useRows, useRowsWanted } from "../live/live.ts";
import { leafKey } from "../live/store.ts";
import { go, useRoute } from "../navigation.ts";
import { LeafFilters } from "../parts/leaf-filters.tsx";
import { useColumns } from "../parts/use-columns.ts";
import { useRowsOnScreen } from "../parts/use-rows-on-screen.ts";
import { ViewTitle } from "../parts/view-title.tsx";
import { hrefOf } from "../route.ts";
import { t } from "../strings.ts";
import { LeafCell } from "./leaf-cell.tsx";
import { hasRange, leafFilterOf, leafPasses, rowsOf } from "./leaf-filter.ts";
import { LeafPanel } from "./leaf-panel.tsx";
import { WaitingLeaves } from "./waiting-leaves.tsx";

/** Two cells side by side on a phone 360 px wide. */
const CELL_PX_MIN = 160;
/** A cell and the gap below it: 5.5 rem and 0.5 rem. */
const ROW_PX = 96;

export function LeavesView() {
  const { query, rest } = useRoute();
  const index = useLeafIndex();
  const { leaves } = useCounts();
  const filter = useMemo(() => leafFilterOf(query), [query]);
  const channel = query.get("channel");
  const ranged = hasRange(filter);
  useRowsWanted(ranged ? channel : null, ranged ? rowsOf(filter) : "none");
  const values = useRows(ranged);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `index` and `values` say when the store's answer may differ.
  const { shown, waiting } = useMemo(() => {
    const found = { shown: [] as string[], waiting: [] as string[] };
    const { flags, values } = store.rows();
    const isTold = store.told().channel === channel;
    for (const info of store.infos()) {
      const { row, hub, leafId, standing } = info;
      if (
        !leafPasses(
          info,
          flags[row] as number,
          isTold ? (values[row] as number) : Number.NaN,
          filter,
        )
      )
        continue;
      found[standing === "adopted" ? "shown" : "waiting"].push(leafKey(hub, leafId));
    }
    return found;
  }, [filter, index, values, channel]);

  const [hub, leafId] = rest;
  return (
    <>
      <ViewTitle title={t("view.leaves")}>
        <p className="text-ink-3" aria-live="polite">
          {t("leaves.count", {
            shown: formatInteger(shown.length + waiting.length),
            all: formatInteger(leaves),
          })}{" "}
          <a
            className="ml-2 rounded text-accent underline decoration-accent/40 underline-offset-2 hover:decoration-accent"
            href={hrefOf("map", [], query)}
          >
            {t("leaves.asMap")}
          </a>
        </p>
      </ViewTitle>
      <LeafFilters channelAll={t("leaves.allChannels")} />
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
  const holder = useRef<HTMLDivElement>(null);
  const rowCount = Math.ceil(keys.length / columns);
  const { first, last } = useRowsOnScreen(holder, rowCount, ROW_PX);
  const [wanted, setWanted] = useState<string>();
  /** Set by a key: the cell is not there before the rows around it are. */
  const [moved, setMoved] = useState(0);
  const at = Math.max(0, wanted === undefined ? 0 : keys.indexOf(wanted));
  const active = keys[at];

  // biome-ignore lint/correctness/useExhaustiveDependencies: rows that come into being may hold the cell.
  useEffect(() => {
    if (moved === 0 || active === undefined) return;
    const cell = holder.current?.querySelector<HTMLElement>(`[data-item="${CSS.escape(active)}"]`);
    if (cell == null) return;
    cell.focus();
    setMoved(0);
  }, [moved, active, first, last]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (!(event.target as HTMLElement).matches("[data-item]")) return;
    const to = targetOf(event.key, at, columns, keys.length);
    if (to === undefined) return;
    event.preventDefault();
    setWanted(keys[to]);
    setMoved((count) => count + 1);
    scrollToRow(holder.current, Math.floor(to / columns));
  };

  const rows = useMemo(() => {
    const slices: (readonly [index: number, keys: readonly string[]])[] = [];
    for (let row = first; row < last; row++)
      slices.push([row, keys.slice(row * columns, (row + 1) * columns)]);
    return slices;
  }, [keys, columns, first, last]);

  return (
    <div ref={ref}>
      {/* biome-ignore lint/a11y/useSemanticElements: a table's columns do not flow with the width. */}
      <div
        ref={holder}
        role="grid"
        aria-label={t("leaves.grid")}
        aria-rowcount={rowCount}
        className="flex flex-col gap-2"
        style={{ paddingTop: first * ROW_PX, paddingBottom: (rowCount - last) * ROW_PX }}
        onKeyDown={onKeyDown}
        onFocus={({ target }) => {
          const item = target.closest<HTMLElement>("[data-item]")?.dataset["item"];
          if (item !== undefined) setWanted(item);
        }}
      >
        {rows.map(([index, row]) => (
          <LeafRow
            key={index}
            keys={row}
            index={index}
            columns={columns}
            search={search}
            active={active !== undefined && row.includes(active) ? active : undefined}
          />
        ))}
      </div>
    </div>
  );
}

function targetOf(key: string, at: number, columns: number, count: number): number | undefined {
  switch (key) {
    case "ArrowRight":
      return Math.min(at + 1, count - 1);
    case "ArrowLeft":
      return Math.max(at - 1, 0);
    case "ArrowDown":
      return Math.min(at + columns, count - 1);
    case "ArrowUp":
      return at >= columns ? at - columns : at;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}

/** Only as far as it takes, and only where the row is not on the screen. */
function scrollToRow(holder: HTMLElement | null, row: number): void {
  if (holder === null) return;
  const top = holder.getBoundingClientRect().top + row * ROW_PX;
  const above = top - 72; // below the header, which stays
  const below = top + ROW_PX + 64 - innerHeight; // above the tabs of a phone
  if (above < 0) scrollBy({ top: above });
  else if (below > 0) scrollBy({ top: below });
}

interface LeafRowProps {
  readonly keys: readonly string[];
  readonly index: number;
  readonly columns: number;
  readonly search: string;
  /** The cell that Tab reaches, where it is in this row. */
  readonly active: string | undefined;
}

const LeafRow = memo(function LeafRow({ keys, index, columns, search, active }: LeafRowProps) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the focus roves among the cells inside.
    // biome-ignore lint/a11y/useSemanticElements: as above.
    <div
      role="row"
      aria-rowindex={index + 1}
      className="grid gap-2"
      style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}
    >
      {keys.map((key) => (
        <LeafCell key={key} leafKey={key} search={search} tabbable={key === active} />
      ))}
    </div>
  );
});
