/** How many cells of a least width stand side by side in an element, kept current as it resizes. */
import { useCallback, useState } from "react";

const GAP_PX = 8;

export function useColumns(cellPxMin: number) {
  const [columns, setColumns] = useState(1);
  const ref = useCallback(
    (element: HTMLElement | null) => {
      if (element === null) return;
      const measure = () =>
        setColumns(Math.max(1, Math.floor((element.clientWidth + GAP_PX) / (cellPxMin + GAP_PX))));
      measure();
      const observer = new ResizeObserver(measure);
      observer.observe(element);
      return () => observer.disconnect();
    },
    [cellPxMin],
  );
  return { ref, columns };
}
