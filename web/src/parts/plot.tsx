/** One channel over time by uPlot: the mean as a line, min and max as a band where there are any. */
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "./plot.css";
import { channelLook, channelTitle } from "../channels.ts";
import { nodeNowMs } from "../clock.ts";
import {
  formatDayAndClock,
  formatNumber,
  formatShortClock,
  formatShortDay,
  formatValue,
} from "../format.ts";
import { tokenColor, useTheme } from "../theme.ts";

export interface PlotRow {
  readonly atMs: number;
  readonly value: number;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

interface PlotProps {
  readonly channel: string;
  /** Oldest first. */
  readonly rows: readonly PlotRow[];
  /** The time axis ends now and is this long, ms. */
  readonly spanMs: number;
}

export function Plot({ channel, rows, spanMs }: PlotProps) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const theme = useTheme();
  const latest = useRef({ rows, spanMs });
  latest.current = { rows, spanMs };

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme is drawn with other colours.
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const drawn = new uPlot(
      optionsOf(channel, element, () => latest.current.spanMs),
      dataOf(latest.current.rows),
      element,
    );
    plot.current = drawn;
    const observer = new ResizeObserver(() =>
      drawn.setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      drawn.destroy();
      plot.current = null;
    };
  }, [channel, theme]);

  useEffect(() => plot.current?.setData(dataOf(rows)), [rows]);

  const last = rows.at(-1);
  const title = `${channelTitle(channel)}${last ? `: ${formatValue(channel, last.value)}` : ""}`;
  return (
    <div className="relative h-full">
      <div ref={holder} role="img" aria-label={title} className="absolute inset-0" />
    </div>
  );
}

/** Columns: time in s, mean, min, max. */
function dataOf(rows: readonly PlotRow[]): uPlot.AlignedData {
  return [
    rows.map((row) => row.atMs / 1_000),
    rows.map((row) => row.value),
    rows.map((row) => row.min ?? row.value),
    rows.map((row) => row.max ?? row.value),
  ];
}

function optionsOf(channel: string, element: HTMLElement, spanMs: () => number): uPlot.Options {
  const look = channelLook(channel);
  const accent = tokenColor("accent");
  const band = tokenColor("accent-band");
  const grid = { stroke: tokenColor("line"), width: 1 };
  const axis = {
    stroke: tokenColor("ink-3"),
    grid,
    ticks: { show: false },
    font: `11px ${getComputedStyle(element).fontFamily}`,
  };
  const stepped = look !== undefined && look.kind !== "analog";
  const stepPaths = uPlot.paths.stepped?.({ align: 1 });
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    legend: { show: false },
    padding: [8, 8, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    plugins: [readout(channel)],
    scales: {
      x: {
        range: () => {
          const toS = nodeNowMs() / 1_000;
          return [toS - spanMs() / 1_000, toS];
        },
      },
      y: {
        range: (_, low, high) => (stepped ? [-0.1, 1.1] : padded(low, high, look?.spanMin ?? 0)),
      },
    },
    axes: [
      { ...axis, size: 30, space: 64, values: timeTicks },
      {
        ...axis,
        size: 48,
        space: 32,
        incrs: ticksOf(stepped ? 0 : (look?.digits ?? 2)),
        values: (_, ticks) => ticks.map((tick) => tickLabel(channel, tick, stepped)),
      },
    ],
    series: [
      {},
      {
        stroke: accent,
        width: 1.6,
        points: { show: false },
        ...(stepped && stepPaths && { paths: stepPaths, fill: band }),
      },
      { stroke: "transparent", points: { show: false } },
      { stroke: "transparent", points: { show: false } },
    ],
    bands: [{ series: [3, 2], fill: band }],
  };
}

const DAY_S = 86_400;

const timeTicks: uPlot.Axis.DynamicValues = (_plot, ticks, _axis, _space, stepS) =>
  ticks.map((atS) =>
    stepS >= DAY_S ? formatShortDay(atS * 1_000) : formatShortClock(atS * 1_000),
  );

/** Steps of 1, 2 and 5, none finer than the digits a label shows. */
function ticksOf(digits: number): number[] {
  return Array.from({ length: 9 }, (_, power) => 10 ** (power - digits)).flatMap((unit) => [
    unit,
    2 * unit,
    5 * unit,
  ]);
}

function tickLabel(channel: string, tick: number, stepped: boolean): string {
  if (!stepped) return formatNumber(channel, tick);
  return tick === 0 || tick === 1 ? formatValue(channel, tick) : "";
}

function padded(low: number, high: number, spanMin: number): [number, number] {
  const span = Math.max((high - low) * 1.15, spanMin, 1e-6);
  const middle = (low + high) / 2;
  return [middle - span / 2, middle + span / 2];
}

/** The value under the cursor, in the corner where no line can hide it. */
function readout(channel: string): uPlot.Plugin {
  const label = document.createElement("div");
  label.className = "plot-readout";
  return {
    hooks: {
      init: (plot) => void plot.over.append(label),
      setCursor: (plot) => {
        const index = plot.cursor.idx;
        const atS = index == null ? undefined : plot.data[0][index];
        const value = index == null ? undefined : plot.data[1]?.[index];
        label.textContent =
          atS === undefined || value == null
            ? ""
            : `${formatValue(channel, value)} · ${formatDayAndClock(atS * 1_000)}`;
      },
    },
  };
}
