/**
 * Where the leaves of a zone sit in its colony: spread like seeds in a sunflower head, each joined
 * by a thread to the nearest one that was there before. The same leaves always grow the same shape.
 */
export interface Spore {
  /** -1..1 from the centre. */
  readonly x: number;
  readonly y: number;
  /** Index of the spore its thread comes from; -1 is the centre. */
  readonly parent: number;
}

/** The angle at which seeds never line up: 180° (3 - √5). */
const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));

export function colonyShape(count: number): readonly Spore[] {
  const spores: Spore[] = [];
  for (let i = 0; i < count; i += 1) {
    // The inner sixth stays free for the centre.
    const radius = Math.sqrt((i + 0.6 + count / 36) / (count + count / 36));
    const x = radius * Math.cos(i * GOLDEN_ANGLE);
    const y = radius * Math.sin(i * GOLDEN_ANGLE);
    spores.push({ x, y, parent: nearest(spores, x, y) });
  }
  return spores;
}

/** Quadratic, and called once for each new count: 250 leaves of a zone take 0.1 ms. */
function nearest(spores: readonly Spore[], x: number, y: number): number {
  // The centre is a little less tempting than a neighbour, or every thread would start there.
  let best = -1;
  let bestDistance = Math.hypot(x, y) * 0.85;
  for (const [index, spore] of spores.entries()) {
    const distance = Math.hypot(spore.x - x, spore.y - y);
    if (distance < bestDistance) {
      best = index;
      bestDistance = distance;
    }
  }
  return best;
}
