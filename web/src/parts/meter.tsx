/** How full something bounded is. Amber from two thirds, red where the next one may be refused. */
interface MeterProps {
  readonly value: number;
  readonly max: number;
  readonly label: string;
}

export function Meter({ value, max, label }: MeterProps) {
  const share = max > 0 ? Math.min(1, value / max) : 0;
  const ink = share > 0.9 ? "bg-bad" : share > 0.66 ? "bg-warn" : "bg-accent";
  return (
    // biome-ignore lint/a11y/useSemanticElements: a native meter looks different in each browser.
    <span
      role="meter"
      aria-valuenow={value}
      aria-valuemin={0}
      aria-valuemax={max}
      aria-label={label}
      title={label}
      className="h-1.5 min-w-5 flex-1 overflow-hidden rounded-full bg-raised"
    >
      {/* A single waiting message still shows: the least bar is 6 %. */}
      <span
        className={`block h-full rounded-full ${ink}`}
        style={{ width: value > 0 ? `${Math.max(6, share * 100)}%` : 0 }}
      />
    </span>
  );
}
