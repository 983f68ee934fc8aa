/**
 * A zone's leaves as a small living network: bright just after a leaf has spoken, fading until it
 * speaks again, hollow when it is offline. Drawn when the feed says something, never in between.
 */
import { useEffect, useRef } from "react";
import { ROW_FLAG } from "../../../transports/live/rows.ts";
import { nodeNowMs } from "../clock.ts";
import { stateOf } from "../live/leaf-rows.ts";
import { store } from "../live/live.ts";
import { tokenColor, useTheme } from "../theme.ts";
import { colonyShape, type Spore } from "./colony-shape.ts";

const SIZE_PX = 104;
/** Two beats of an ordinary leaf, so that a living colony shimmers and does not blink. */
const FADE_MS = 2_000;
/** Spores further apart than they are wide; of a larger zone so many leaves stand for all. */
const SPORES_MAX = 240;

interface Palette {
  readonly bright: string;
  readonly thread: string;
  readonly faint: string;
  readonly warn: string;
  readonly centre: string;
}

export function Colony({ zone, label }: { zone: string; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme();

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme is another palette.
  useEffect(() => {
    const pen = canvas.current?.getContext("2d");
    if (!pen) return;
    const palette: Palette = {
      bright: tokenColor("accent"),
      thread: tokenColor("thread"),
      faint: tokenColor("ink-3"),
      warn: tokenColor("warn"),
      centre: tokenColor("ink-2"),
    };
    let shape: readonly Spore[] = [];
    const draw = () => {
      const rows = spread([...store.rowsOfZone(zone)], SPORES_MAX);
      if (rows.length !== shape.length) shape = colonyShape(rows.length);
      drawColony(pen, rows, shape, palette);
    };
    draw();
    const unsubscribe = [`zoneLeaves:${zone}`, "rows"].map((topic) => store.subscribe(topic, draw));
    return () => {
      for (const stop of unsubscribe) stop();
    };
  }, [zone, theme]);

  return <canvas ref={canvas} role="img" aria-label={label} className="size-26 shrink-0" />;
}

/** All of them, or as many from all over. */
const spread = (rows: readonly number[], max: number): readonly number[] =>
  rows.length <= max
    ? rows
    : Array.from({ length: max }, (_, i) => rows[Math.floor((i * rows.length) / max)] as number);

function drawColony(
  pen: CanvasRenderingContext2D,
  rows: readonly number[],
  shape: readonly Spore[],
  palette: Palette,
): void {
  const scale = Math.max(1, devicePixelRatio);
  // Setting the size also clears what was drawn.
  pen.canvas.width = SIZE_PX * scale;
  pen.canvas.height = SIZE_PX * scale;
  const reach = SIZE_PX / 2 - 5;
  pen.setTransform(scale, 0, 0, scale, (SIZE_PX * scale) / 2, (SIZE_PX * scale) / 2);
  const at = (spore: Spore | undefined) => ({
    x: (spore?.x ?? 0) * reach,
    y: (spore?.y ?? 0) * reach,
  });

  pen.lineWidth = 0.9;
  pen.strokeStyle = palette.thread;
  pen.globalAlpha = 0.65;
  pen.beginPath();
  for (const spore of shape) {
    const from = at(shape[spore.parent]);
    const to = at(spore);
    // Bent towards the centre's side: threads grow, rulers draw.
    const bendX = (from.x + to.x) / 2 - (to.y - from.y) * 0.16;
    const bendY = (from.y + to.y) / 2 + (to.x - from.x) * 0.16;
    pen.moveTo(from.x, from.y);
    pen.quadraticCurveTo(bendX, bendY, to.x, to.y);
  }
  pen.stroke();

  const nowMs = nodeNowMs();
  const radius = Math.min(3.4, Math.max(1.2, 15 / Math.sqrt(shape.length + 1)));
  const { flags, seenMs } = store.rows();
  const areWatched = store.told().rows !== "none";
  for (const [index, row] of rows.entries()) {
    const { x, y } = at(shape[index]);
    const state = stateOf(flags[row] as number);
    const troubled = state === "lowBattery" || state === "quarantined";
    const freshness = Math.max(0, 1 - (nowMs - (seenMs[row] as number)) / FADE_MS);
    const isAdopted = ((flags[row] as number) & ROW_FLAG.standing) === ROW_FLAG.adopted;
    const isOnline = ((flags[row] as number) & ROW_FLAG.online) !== 0;
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    if (!isOnline || !isAdopted) {
      pen.globalAlpha = 0.8;
      pen.strokeStyle = isAdopted ? palette.faint : palette.warn;
      pen.stroke();
      continue;
    }
    pen.globalAlpha = areWatched ? 0.4 + 0.6 * freshness : 0.8;
    pen.fillStyle = troubled ? palette.warn : palette.bright;
    pen.fill();
  }

  pen.globalAlpha = 1;
  pen.fillStyle = palette.centre;
  pen.beginPath();
  pen.arc(0, 0, 2.2, 0, 2 * Math.PI);
  pen.fill();
}
