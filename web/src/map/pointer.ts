/** Mouse, pen and fingers on the map: hover for the tip, drag to pan, wheel or two fingers to zoom, tap to open. */
import type { LiveMap } from "./live-map.ts";

/** A tap may tremble this far. */
const TAP_PX = 6;

export function watchPointer(
  element: HTMLElement,
  map: LiveMap,
  onOpen: (row: number) => void,
): () => void {
  /** Pointers that are down, at most one a finger. */
  const down = new Map<number, { x: number; y: number }>();
  let movedPx = 0;

  const placeOf = (event: MouseEvent) => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const span = () => {
    const [a, b] = [...down.values()];
    return a === undefined || b === undefined ? undefined : Math.hypot(a.x - b.x, a.y - b.y);
  };

  const handlers = {
    pointerdown: (event: PointerEvent) => {
      element.setPointerCapture(event.pointerId);
      if (down.size === 0) movedPx = 0;
      down.set(event.pointerId, placeOf(event));
    },
    pointermove: (event: PointerEvent) => {
      const to = placeOf(event);
      const from = down.get(event.pointerId);
      if (from === undefined) {
        map.hover(to.x, to.y);
        return;
      }
      const before = span();
      down.set(event.pointerId, to);
      const after = span();
      movedPx += Math.hypot(to.x - from.x, to.y - from.y);
      if (before !== undefined && after !== undefined && before > 0) map.zoom(after / before, to);
      if (movedPx > TAP_PX) map.pan((to.x - from.x) / down.size, (to.y - from.y) / down.size);
    },
    pointerup: (event: PointerEvent) => {
      const wasDown = down.delete(event.pointerId);
      if (!wasDown || down.size > 0 || movedPx > TAP_PX) return;
      const { x, y } = placeOf(event);
      const row = map.hover(x, y);
      if (row !== undefined) onOpen(row);
    },
    pointercancel: (event: PointerEvent) => void down.delete(event.pointerId),
    pointerleave: () => map.leave(),
    wheel: (event: WheelEvent) => {
      event.preventDefault();
      // A line is about 16 px where a wheel counts in lines.
      const turnPx = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1);
      map.zoom(1.0015 ** -turnPx, placeOf(event));
    },
  };
  for (const [name, handler] of Object.entries(handlers)) {
    element.addEventListener(name, handler as EventListener, { passive: false });
  }
  return () => {
    for (const [name, handler] of Object.entries(handlers)) {
      element.removeEventListener(name, handler as EventListener);
    }
  };
}
