/** What lies over the leaves: names of zones and hubs where there is room for them, and the chosen leaf's frame. */
import { titleOf } from "../format.ts";
import { type Camera, type Screen, toScreen } from "./camera.ts";
import type { Box, MapLayout } from "./layout.ts";

export interface OverlayInk {
  readonly zone: string;
  readonly hub: string;
  readonly line: string;
  readonly chosen: string;
  readonly font: string;
}

export interface Overlay {
  readonly layout: MapLayout;
  readonly camera: Camera;
  readonly screen: Screen;
  /** Index of a leaf, or -1. */
  readonly chosen: number;
  readonly ink: OverlayInk;
}

const ZONE_PX = 13;
const HUB_PX = 10;
/** A hub's name stands over its first cells once these are no larger than it. */
const HUB_LABEL_SCALE = 14;

export function drawOverlay(canvas: HTMLCanvasElement, overlay: Overlay): void {
  const { layout, camera, screen, chosen, ink } = overlay;
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  const ratio = canvas.width / screen.width;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, screen.width, screen.height);

  pen.textBaseline = "alphabetic";
  for (const zone of layout.zones) {
    const box = onScreen(zone, camera);
    if (!isVisible(box, screen)) continue;
    pen.strokeStyle = ink.line;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.roundRect(box.x, box.y, box.width, box.height, Math.min(8, camera.scale));
    pen.stroke();
    pen.fillStyle = ink.zone;
    pen.font = `600 ${ZONE_PX}px ${ink.font}`;
    // Stays in sight while any of the zone is.
    const x = Math.max(box.x, 0) + 6;
    label(pen, titleOf(zone.zone), x, Math.max(box.y, 0) + ZONE_PX + 2, box.x + box.width - x - 4);
  }
  if (camera.scale >= HUB_LABEL_SCALE) {
    pen.fillStyle = ink.hub;
    pen.font = `${HUB_PX}px ${ink.font}`;
    for (const group of layout.groups) {
      const box = onScreen(group, camera);
      if (isVisible(box, screen)) label(pen, group.hub, box.x + 2, box.y - 2, box.width);
    }
  }
  if (chosen >= 0) {
    const { places } = layout;
    const at = toScreen(camera, places[2 * chosen] as number, places[2 * chosen + 1] as number);
    const half = Math.max(5, camera.scale / 2 + 1);
    pen.strokeStyle = ink.chosen;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.roundRect(at.x - half, at.y - half, 2 * half, 2 * half, half / 3);
    pen.stroke();
  }
}

const onScreen = (box: Box, camera: Camera): Box => ({
  ...toScreen(camera, box.x, box.y),
  width: box.width * camera.scale,
  height: box.height * camera.scale,
});

const isVisible = (box: Box, screen: Screen): boolean =>
  box.x < screen.width && box.y < screen.height && box.x + box.width > 0 && box.y + box.height > 0;

/** Whole, cut with an ellipsis, or not at all. */
function label(
  pen: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  room: number,
): void {
  let shown = text;
  while (shown.length > 2 && pen.measureText(shown).width > room) {
    shown = `${shown.slice(0, -2).trimEnd()}…`;
  }
  if (shown.length > 2 || shown === text) pen.fillText(shown, x, y);
}
