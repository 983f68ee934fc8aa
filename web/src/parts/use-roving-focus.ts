/** One tab stop for a whole grid: arrow keys, Home and End move among its `[data-item]` elements. */
import { useState } from "react";

export interface RovingFocus {
  /** The item that Tab reaches; undefined means the first. */
  readonly active: string | undefined;
  readonly handlers: {
    onFocus(event: React.FocusEvent<HTMLElement>): void;
    onKeyDown(event: React.KeyboardEvent<HTMLElement>): void;
  };
}

export function useRovingFocus(): RovingFocus {
  const [active, setActive] = useState<string>();
  return {
    active,
    handlers: {
      onFocus: ({ target }) => {
        const item = target.closest<HTMLElement>("[data-item]")?.dataset["item"];
        if (item !== undefined) setActive(item);
      },
      onKeyDown: (event) => {
        const items = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-item]")];
        const at = items.indexOf(document.activeElement as HTMLElement);
        const to = targetIndex(event.key, at, items);
        if (at === -1 || to === undefined) return;
        event.preventDefault();
        items[to]?.focus();
      },
    },
  };
}

function targetIndex(key: string, at: number, items: readonly HTMLElement[]): number | undefined {
  const last = items.length - 1;
  switch (key) {
    case "ArrowRight":
      return Math.min(at + 1, last);
    case "ArrowLeft":
      return Math.max(at - 1, 0);
    case "ArrowDown":
      return Math.min(at + columnCount(items), last);
    case "ArrowUp":
      return at >= columnCount(items) ? at - columnCount(items) : at;
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return undefined;
  }
}

/** Items as high on the page as the first one make a row. */
function columnCount(items: readonly HTMLElement[]): number {
  const top = items[0]?.getBoundingClientRect().top;
  const second = items.findIndex((item) => item.getBoundingClientRect().top !== top);
  return second === -1 ? items.length : second;
}
