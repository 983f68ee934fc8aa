/** What of the map is on the screen. Pure: px = (cell - origin) * scale. */
import type { Box, MapLayout } from "./layout.ts";

export interface Camera {
  readonly x: number;
  readonly y: number;
  /** CSS px a cell. */
  readonly scale: number;
}

export interface Screen {
  readonly width: number;
  readonly height: number;
}

const MARGIN_PX = 12;
/** A leaf larger than a thumb tells no more. */
const SCALE_MAX = 64;
/** Even the smallest map of a single leaf is not blown up to a screen. */
const FIT_SCALE_MAX = 40;

export function fit(box: Box | MapLayout, screen: Screen): Camera {
  const { x, y, width, height } = { x: 0, y: 0, ...box };
  const scale = Math.min(
    FIT_SCALE_MAX,
    (screen.width - 2 * MARGIN_PX) / Math.max(1, width),
    (screen.height - 2 * MARGIN_PX) / Math.max(1, height),
  );
  return {
    scale,
    x: x + width / 2 - screen.width / 2 / scale,
    y: y + height / 2 - screen.height / 2 / scale,
  };
}

/** Zooms around a place on the screen, which stays where it is; no further out than all. */
export function zoomed(
  camera: Camera,
  factor: number,
  at: { readonly x: number; readonly y: number },
  whole: Camera,
): Camera {
  const scale = Math.min(SCALE_MAX, Math.max(whole.scale, camera.scale * factor));
  if (scale === whole.scale) return whole;
  return {
    scale,
    x: camera.x + at.x / camera.scale - at.x / scale,
    y: camera.y + at.y / camera.scale - at.y / scale,
  };
}

/** Moves by px; the middle of the screen stays on the map. */
export function panned(
  camera: Camera,
  dx: number,
  dy: number,
  layout: MapLayout,
  screen: Screen,
): Camera {
  const middleX = screen.width / 2 / camera.scale;
  const middleY = screen.height / 2 / camera.scale;
  const within = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);
  return {
    scale: camera.scale,
    x: within(camera.x - dx / camera.scale, -middleX, layout.width - middleX),
    y: within(camera.y - dy / camera.scale, -middleY, layout.height - middleY),
  };
}

export const toMap = (camera: Camera, x: number, y: number) => ({
  x: camera.x + x / camera.scale,
  y: camera.y + y / camera.scale,
});

export const toScreen = (camera: Camera, x: number, y: number) => ({
  x: (x - camera.x) * camera.scale,
  y: (y - camera.y) * camera.scale,
});

/** The least move that brings a place onto the screen. */
export function showing(camera: Camera, x: number, y: number, screen: Screen): Camera {
  const at = toScreen(camera, x, y);
  const edge = Math.min(60, screen.width / 4, screen.height / 4);
  const over = (value: number, size: number) =>
    value < edge ? value - edge : value > size - edge ? value - (size - edge) : 0;
  return {
    scale: camera.scale,
    x: camera.x + over(at.x, screen.width) / camera.scale,
    y: camera.y + over(at.y, screen.height) / camera.scale,
  };
}
