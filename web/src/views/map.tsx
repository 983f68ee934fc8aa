/** All leaves at once, live: the frame around the canvas, its keys, its tip, its legend. */
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { channelLook, channelTitle } from "../channels.ts";
import { formatAgo, formatInteger, formatNumber, formatValue, titleOf } from "../format.ts";
import { LEAF_STATES, stateOf } from "../live/leaf-rows.ts";
import { store, useCounts, useNowS, useRowsWanted } from "../live/live.ts";
import { leafKey } from "../live/store.ts";
import { css, NO_VALUE, SCALE_CSS, SHAPE, type Shape, STATE_LOOK } from "../map/colours.ts";
import { LiveMap, type MapFacts } from "../map/live-map.ts";
import { watchPointer } from "../map/pointer.ts";
import { go, useRoute } from "../navigation.ts";
import { LeafFilters } from "../parts/leaf-filters.tsx";
import { ViewTitle } from "../parts/view-title.tsx";
import { hrefOf } from "../route.ts";
import { t } from "../strings.ts";
import { tokenColor, useTheme } from "../theme.ts";
import { leafFilterOf, rowsOf } from "./leaf-filter.ts";
import { LeafPanel } from "./leaf-panel.tsx";

const ZOOM_STEP = 1.5;

export function MapView() {
  const { query, rest } = useRoute();
  const { leaves } = useCounts();
  const filter = useMemo(() => leafFilterOf(query), [query]);
  const channel = query.get("channel") || undefined;
  useRowsWanted(channel ?? null, rowsOf(filter));
  const [facts, setFacts] = useState<MapFacts>();
  const [hub, leafId] = rest;

  return (
    <>
      <ViewTitle title={t("view.map")}>
        <p className="text-ink-3" aria-live="polite">
          {t("leaves.count", {
            shown: formatInteger(facts?.shown ?? 0),
            all: formatInteger(leaves),
          })}{" "}
          <a
            className="ml-2 rounded text-accent underline decoration-accent/40 underline-offset-2 hover:decoration-accent"
            href={hrefOf("leaves", [], query)}
          >
            {t("map.asTable")}
          </a>
        </p>
      </ViewTitle>
      <LeafFilters channelAll={t("map.byState")} />
      <MapCanvas
        query={query}
        channel={channel}
        facts={facts}
        onFacts={setFacts}
        onOpen={(row) => {
          const info = store.rows().infos[row];
          if (info !== undefined) go(hrefOf("map", [info.hub, info.leafId], query));
        }}
      />
      <Legend channel={channel} facts={facts} />
      {hub !== undefined && leafId !== undefined && (
        <LeafPanel
          key={leafKey(hub, Number(leafId))}
          hub={hub}
          leafId={Number(leafId)}
          onClose={() => go(hrefOf("map", [], query))}
        />
      )}
    </>
  );
}

interface MapCanvasProps {
  readonly query: URLSearchParams;
  readonly channel: string | undefined;
  readonly facts: MapFacts | undefined;
  onFacts(facts: MapFacts): void;
  onOpen(row: number): void;
}

function MapCanvas({ query, channel, facts, onFacts, onOpen }: MapCanvasProps) {
  const holder = useRef<HTMLDivElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const map = useRef<LiveMap>(null);
  const theme = useTheme();
  const hint = useId();
  const latest = useRef({ query, channel, onFacts, onOpen });
  latest.current = { query, channel, onFacts, onOpen };

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme is drawn with another ink.
  useEffect(() => {
    const element = holder.current;
    if (element === null || overlay.current === null) return;
    const live = new LiveMap({
      holder: element,
      overlay: overlay.current,
      store,
      still: matchMedia("(prefers-reduced-motion: reduce)").matches,
      ink: {
        zone: tokenColor("ink-2"),
        hub: tokenColor("ink-3"),
        line: tokenColor("line"),
        chosen: tokenColor("ink"),
        font: getComputedStyle(element).fontFamily,
      },
      onFacts: (next) => latest.current.onFacts(next),
    });
    map.current = live;
    element.dataset["renderer"] = live.renderer?.name ?? "none";
    live.show(leafFilterOf(latest.current.query), latest.current.channel);
    const observer = new ResizeObserver(() =>
      live.resize({ width: element.clientWidth, height: element.clientHeight }, devicePixelRatio),
    );
    observer.observe(element);
    const stopPointer = watchPointer(element, live, (row) => latest.current.onOpen(row));
    return () => {
      observer.disconnect();
      stopPointer();
      live.dispose();
      map.current = null;
    };
  }, [theme]);

  useEffect(() => map.current?.show(leafFilterOf(query), channel), [query, channel]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const shown = map.current;
    const row = shown?.chosenRow();
    const arrow = ARROWS[event.key];
    if (arrow !== undefined) shown?.step(...arrow);
    else if (event.key === "Enter" && row !== undefined) onOpen(row);
    else if (event.key === "+" || event.key === "=") shown?.zoom(ZOOM_STEP);
    else if (event.key === "-") shown?.zoom(1 / ZOOM_STEP);
    else if (event.key === "0") shown?.fit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className="panel relative overflow-hidden">
      <div
        ref={holder}
        data-map
        data-item="map"
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: one tab stop, from where the arrow keys go.
        tabIndex={0}
        aria-label={t("map.label", {
          shown: formatInteger(facts?.shown ?? 0),
          zones: facts?.zones ?? 0,
          what: channel === undefined ? t("map.byState") : channelTitle(channel),
        })}
        aria-describedby={hint}
        className="relative h-[calc(100dvh-16rem)] min-h-72 touch-none select-none overflow-hidden focus-visible:outline-offset-[-3px]"
        onKeyDown={onKeyDown}
      >
        <canvas ref={overlay} className="pointer-events-none absolute inset-0 size-full" />
        {facts?.chosen && <Tip chosen={facts.chosen} channel={channel} holder={holder.current} />}
      </div>
      <p id={hint} className="sr-only">
        {t("map.hint")}
      </p>
      <div className="absolute right-3 bottom-3 flex gap-1">
        <ZoomButton
          label={t("map.zoomOut")}
          sign="−"
          act={() => map.current?.zoom(1 / ZOOM_STEP)}
        />
        <ZoomButton label={t("map.fit")} sign="⤢" act={() => map.current?.fit()} />
        <ZoomButton label={t("map.zoomIn")} sign="+" act={() => map.current?.zoom(ZOOM_STEP)} />
      </div>
    </div>
  );
}

const ARROWS: Readonly<Record<string, readonly [dx: number, dy: number]>> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};

function ZoomButton({ label, sign, act }: { label: string; sign: string; act: () => void }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className="button size-8.5 bg-surface/85 p-0 text-base"
      onClick={act}
    >
      <span aria-hidden="true">{sign}</span>
    </button>
  );
}

interface TipProps {
  readonly chosen: NonNullable<MapFacts["chosen"]>;
  readonly channel: string | undefined;
  readonly holder: HTMLElement | null;
}

/** Beside the leaf, on the side where there is room. It is read aloud as it comes. */
function Tip({ chosen, channel, holder }: TipProps) {
  const nowS = useNowS();
  const { infos, flags, values, seenMs } = store.rows();
  const info = infos[chosen.row];
  if (info === undefined) return null;
  const isTold = store.told().channel === channel;
  const value = isTold ? (values[chosen.row] as number) : Number.NaN;
  const seen = seenMs[chosen.row] as number;
  const toLeft = chosen.x > (holder?.clientWidth ?? 0) / 2;
  const toTop = chosen.y > (holder?.clientHeight ?? 0) / 2;
  return (
    <div
      role="status"
      data-tip={leafKey(info.hub, info.leafId)}
      className="panel pointer-events-none absolute z-10 max-w-64 rounded-xl px-3 py-2 text-xs shadow-lg"
      style={{
        left: chosen.x,
        top: chosen.y,
        translate: `${toLeft ? "calc(-100% - 12px)" : "12px"} ${toTop ? "calc(-100% - 12px)" : "12px"}`,
      }}
    >
      <p className="truncate font-medium text-sm">{info.name}</p>
      <p className="truncate text-ink-3">
        {titleOf(info.zone)} · {info.hub} / {info.leafId}
      </p>
      <p className="mt-1">
        {t(`state.${stateOf(flags[chosen.row] as number)}`)}
        {seen > 0 && (
          <span className="text-ink-3">
            {" "}
            · {t("map.seen", { ago: formatAgo(nowS * 1_000 - seen) })}
          </span>
        )}
      </p>
      {channel !== undefined && (
        <p className="mt-1 text-base">
          {Number.isNaN(value) ? t("map.none") : formatValue(channel, value)}
        </p>
      )}
    </div>
  );
}

function Legend({ channel, facts }: { channel: string | undefined; facts: MapFacts | undefined }) {
  return (
    <section
      aria-label={t("map.legend")}
      className="mt-3 flex flex-wrap items-center gap-x-5 gap-y-2 text-ink-2 text-xs"
    >
      {channel === undefined ? (
        LEAF_STATES.toReversed().map((state) => (
          <span key={state} className="flex items-center gap-1.5" data-legend={state}>
            <Swatch colour={css(STATE_LOOK[state].rgb)} shape={STATE_LOOK[state].shape} />
            {t(`state.${state}`)}
            <span className="text-ink-3">{formatInteger(facts?.byState[state] ?? 0)}</span>
          </span>
        ))
      ) : (
        <>
          <span className="flex items-center gap-2" data-legend={channel}>
            {channelTitle(channel)}
            <span>{facts?.ends ? formatNumber(channel, facts.ends[0]) : "–"}</span>
            <span
              className="h-2.5 w-40 rounded-full"
              style={{ background: SCALE_CSS }}
              aria-hidden="true"
            />
            <span>
              {facts?.ends ? formatNumber(channel, facts.ends[1]) : "–"}{" "}
              {channelLook(channel)?.unit}
            </span>
          </span>
          <span className="flex items-center gap-1.5">
            <Swatch colour={css(NO_VALUE)} shape={SHAPE.ring} />
            {t("map.none")}
          </span>
        </>
      )}
    </section>
  );
}

function Swatch({ colour, shape }: { colour: string; shape: Shape }) {
  const look = {
    [SHAPE.disc]: "rounded-full",
    [SHAPE.ring]: "rounded-full",
    [SHAPE.square]: "rounded-[2px]",
    [SHAPE.diamond]: "rotate-45 scale-80",
  }[shape];
  return (
    <span
      aria-hidden="true"
      className={`size-2.5 ${look}`}
      style={shape === SHAPE.ring ? { border: `2px solid ${colour}` } : { background: colour }}
    />
  );
}
