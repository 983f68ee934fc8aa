/** The fields above a list. What they hold is in the address, so that it can be kept and shared. */
import { useCallback } from "react";
import { currentRoute, go, useRoute } from "../navigation.ts";
import { hrefOf } from "../route.ts";
import { Icon } from "./icons.tsx";

export function useQueryFilter(): [URLSearchParams, (name: string, value: string) => void] {
  const { query } = useRoute();
  const set = useCallback((name: string, value: string) => {
    const route = currentRoute();
    const changed = new URLSearchParams(route.query);
    if (value === "") changed.delete(name);
    else changed.set(name, value);
    go(hrefOf(route.view, route.rest, changed), { replace: true });
  }, []);
  return [query, set];
}

interface FilterTextProps {
  readonly label: string;
  readonly value: string;
  onChange(value: string): void;
}

/** The field that `/` goes to. */
export function FilterText({ label, value, onChange }: FilterTextProps) {
  return (
    <label className="relative min-w-0 flex-1 basis-full sm:basis-56">
      <span className="sr-only">{label}</span>
      <Icon
        name="search"
        className="-translate-y-1/2 pointer-events-none absolute top-1/2 left-2.5 size-4 text-ink-3"
      />
      <input
        data-filter
        type="search"
        className="field w-full pl-8.5"
        placeholder={label}
        aria-keyshortcuts="/"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}

interface FilterSelectProps {
  readonly label: string;
  /** What the empty choice is called. */
  readonly all: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, title: string])[];
  onChange(value: string): void;
}

export function FilterSelect({ label, all, value, options, onChange }: FilterSelectProps) {
  // A filter from an address may name what is not there (any more); it still shows.
  const unknown = value !== "" && !options.some(([one]) => one === value);
  return (
    <select
      aria-label={label}
      className={`field flex-1 basis-[calc(50%-0.25rem)] sm:min-w-28 sm:flex-none sm:basis-auto ${value === "" ? "" : "border-accent/60"}`}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="">{all}</option>
      {unknown && <option value={value}>{value}</option>}
      {options.map(([one, title]) => (
        <option key={one} value={one}>
          {title}
        </option>
      ))}
    </select>
  );
}
