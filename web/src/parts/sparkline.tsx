/** The last minutes of one channel as a line; a dashed one where the comfortable range ends. */
import { memo, useId } from "react";
import type { Trail } from "../live/trails.ts";

const WIDTH = 100;
const HEIGHT = 30;
/** A young trail is stretched to fill this much, so that two points are not a wall to wall line. */
const WINDOW_MS_MIN = 120_000;

interface SparklineProps {
  readonly trail: Trail;
  readonly spanMin: number;
  readonly comfort: readonly [low: number, high: number] | undefined;
  /** The newest value is outside its comfortable range. */
  readonly alarming: boolean;
}

export const Sparkline = memo(function Sparkline(props: SparklineProps) {
  const { trail, comfort, alarming } = props;
  const id = useId();
  const last = trail.at(-1);
  if (last === undefined) return <div className="h-8" />;
  const { x, y, top, bottom } = scalesOf(props);
  const points = trail.map(({ atMs, value }) => `${x(atMs).toFixed(1)},${y(value).toFixed(1)}`);
  const line = `M${points.join("L")}`;
  const limits = (comfort ?? []).filter((limit) => limit > bottom && limit < top);
  return (
    <div className={`relative h-8 ${alarming ? "text-warn" : "text-accent"}`} aria-hidden="true">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="absolute inset-0 size-full overflow-visible"
        fill="none"
        aria-hidden="true"
      >
        <linearGradient id={id} x1="0" y1="0" x2="0" y2="1">
          <stop offset="0" stopColor="currentColor" stopOpacity="0.22" />
          <stop offset="1" stopColor="currentColor" stopOpacity="0" />
        </linearGradient>
        {limits.map((limit) => (
          <path
            key={limit}
            d={`M0,${y(limit)}H${WIDTH}`}
            className="stroke-ink-3"
            strokeDasharray="2 3"
            vectorEffect="non-scaling-stroke"
          />
        ))}
        <path
          d={`${line}V${HEIGHT}H${x(trail[0]?.atMs ?? 0).toFixed(1)}Z`}
          fill={`url(#${id})`}
          stroke="none"
        />
        <path
          d={line}
          stroke="currentColor"
          strokeWidth="1.5"
          strokeLinejoin="round"
          vectorEffect="non-scaling-stroke"
        />
      </svg>
      <span
        className="absolute -right-0.5 size-1.5 -translate-y-1/2 rounded-full bg-current"
        style={{ top: `${(y(last.value) / HEIGHT) * 100}%` }}
      />
    </div>
  );
});

function scalesOf({ trail, spanMin }: SparklineProps) {
  const firstMs = trail[0]?.atMs ?? 0;
  const lastMs = trail.at(-1)?.atMs ?? 0;
  const windowMs = Math.max(lastMs - firstMs, WINDOW_MS_MIN);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const { value } of trail) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const span = Math.max((high - low) * 1.2, spanMin);
  const middle = (low + high) / 2;
  const bottom = middle - span / 2;
  return {
    top: bottom + span,
    bottom,
    x: (atMs: number) => WIDTH - ((lastMs - atMs) / windowMs) * WIDTH,
    y: (value: number) => HEIGHT - ((value - bottom) / span) * HEIGHT,
  };
}
