/** Which rows of a long list of equally high ones are on the screen, and some around them. */
import { type RefObject, useLayoutEffect, useState } from "react";

/** Rows made beyond the screen, so that scrolling finds them there. */
const ROWS_AROUND = 6;
/** The range moves in steps, so that not each turn of a wheel makes the list anew. */
const STEP = 3;

export function useRowsOnScreen(
  holder: RefObject<HTMLElement | null>,
  count: number,
  rowPx: number,
): { readonly first: number; readonly last: number } {
  const [range, setRange] = useState({ first: 0, last: Math.min(count, 12) });
  useLayoutEffect(() => {
    const measure = () => {
      const top = holder.current?.getBoundingClientRect().top ?? 0;
      const from = Math.floor(-top / rowPx) - ROWS_AROUND;
      const to = Math.ceil((innerHeight - top) / rowPx) + ROWS_AROUND;
      const first = Math.min(count, Math.max(0, Math.floor(from / STEP) * STEP));
      const last = Math.max(first, Math.min(count, Math.ceil(to / STEP) * STEP));
      setRange((before) =>
        before.first === first && before.last === last ? before : { first, last },
      );
    };
    measure();
    addEventListener("scroll", measure, { passive: true });
    addEventListener("resize", measure);
    return () => {
      removeEventListener("scroll", measure);
      removeEventListener("resize", measure);
    };
  }, [holder, count, rowPx]);
  return { first: Math.min(range.first, count), last: Math.min(range.last, count) };
}
