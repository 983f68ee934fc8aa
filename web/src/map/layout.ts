/**
 * Where each leaf stands on the map: a block a zone, in it a block a hub, in that a cell a leaf by its id. The
 * same leaves always make the same map. Pure; units are cells.
 *
 *   ┌ Library ────────────────┐ ┌ Lab ─────────┐
 *   │ ▪▪▪▪▪▪▪▪  ▪▪▪▪▪▪▪▪▪     │ │ ▪▪▪▪▪        │
 *   │ ▪▪▪▪▪▪▪▪  ▪▪▪▪▪▪        │ │ ▪▪▪▪         │
 *   └─────────────────────────┘ └──────────────┘
 */
export interface MapGroup {
  readonly zone: string;
  readonly hub: string;
  /** Rows of the leaf table, in the order of their cells. */
  readonly rows: readonly number[];
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedGroup extends MapGroup, Box {
  readonly columns: number;
  /** Of its first leaf in `MapLayout.rows`. */
  readonly from: number;
}

export interface PlacedZone extends Box {
  readonly zone: string;
  readonly leaves: number;
}

export interface MapLayout {
  readonly width: number;
  readonly height: number;
  readonly zones: readonly PlacedZone[];
  readonly groups: readonly PlacedGroup[];
  /** Row of each leaf on the map, and the middle of its cell: x at 2i, y at 2i + 1. */
  readonly rows: Uint32Array;
  readonly places: Float32Array;
}

/** Between hubs of a zone, and between zones. */
const HUB_GAP = 1;
const ZONE_GAP = 2;
/** A zone's own border. */
const ZONE_PAD = 1;

/** `aspect`: width over height of the screen it is for; `labelCells`: how many cells high a label is. */
export function layoutOf(
  groups: readonly MapGroup[],
  aspect: number,
  labelCells: number,
): MapLayout {
  const byZone = new Map<string, MapGroup[]>();
  for (const group of groups) {
    const zone = byZone.get(group.zone);
    if (zone === undefined) byZone.set(group.zone, [group]);
    else zone.push(group);
  }
  const zones = [...byZone].sort(([a], [b]) => byName.compare(a, b));
  const { blocks, map } = roomiest(
    zones.map(([, ofZone]) => ofZone),
    aspect,
    labelCells,
  );

  const count = groups.reduce((sum, { rows }) => sum + rows.length, 0);
  const rows = new Uint32Array(count);
  const places = new Float32Array(2 * count);
  const placedZones: PlacedZone[] = [];
  const placedGroups: PlacedGroup[] = [];
  let at = 0;
  for (const [index, block] of blocks.entries()) {
    const [zone] = zones[index] as [string, MapGroup[]];
    const origin = map.places[index] as Place;
    const first = at;
    for (const [hubIndex, { group, columns, width, height }] of block.hubs.entries()) {
      const inner = block.inner.places[hubIndex] as Place;
      const x = origin.x + ZONE_PAD + inner.x;
      const y = origin.y + ZONE_PAD + labelCells + inner.y;
      placedGroups.push({ ...group, columns, x, y, width, height, from: at });
      for (const [cell, row] of group.rows.entries()) {
        rows[at] = row;
        places[2 * at] = x + (cell % columns) + 0.5;
        places[2 * at + 1] = y + Math.floor(cell / columns) + 0.5;
        at += 1;
      }
    }
    const { width, height } = block;
    placedZones.push({ zone, leaves: at - first, ...origin, width, height });
  }
  const { width, height } = map;
  return { width, height, zones: placedZones, groups: placedGroups, rows, places };
}

/** Zones of different shapes fill a screen differently: the shape that leaves the least of it empty. */
function roomiest(zones: readonly (readonly MapGroup[])[], aspect: number, labelCells: number) {
  const tries = ZONE_ASPECTS.map((zoneAspect) => {
    const blocks = zones.map((groups) => blockOf(groups, zoneAspect, labelCells));
    return { blocks, map: shelves(blocks, aspect, ZONE_GAP) };
  });
  return tries.reduce((best, each) =>
    spareness(each.map, aspect) < spareness(best.map, aspect) ? each : best,
  );
}

function blockOf(groups: readonly MapGroup[], aspect: number, labelCells: number) {
  const hubs = [...groups]
    .sort((a, b) => byName.compare(a.hub, b.hub))
    .map((group) => {
      const columns = Math.max(1, Math.ceil(Math.sqrt(group.rows.length * HUB_ASPECT)));
      return { group, columns, width: columns, height: Math.ceil(group.rows.length / columns) };
    });
  const inner = shelves(hubs, aspect, HUB_GAP);
  const width = inner.width + 2 * ZONE_PAD;
  return { hubs, inner, width, height: inner.height + 2 * ZONE_PAD + labelCells };
}

/** Which leaf lies at a place: its index in `rows`, or -1. */
export function leafAt({ groups }: MapLayout, x: number, y: number): number {
  for (const group of groups) {
    const column = Math.floor(x - group.x);
    const line = Math.floor(y - group.y);
    if (column < 0 || line < 0 || column >= group.columns || line >= group.height) continue;
    const cell = line * group.columns + column;
    return cell < group.rows.length ? group.from + cell : -1;
  }
  return -1;
}

/** The leaf that an arrow key goes to: ahead, and rather straight on than near. */
export function neighbour({ places }: MapLayout, from: number, dx: number, dy: number): number {
  const x = places[2 * from] as number;
  const y = places[2 * from + 1] as number;
  let best = from;
  let bestCost = Number.POSITIVE_INFINITY;
  for (let i = 0; i < places.length / 2; i++) {
    const awayX = (places[2 * i] as number) - x;
    const awayY = (places[2 * i + 1] as number) - y;
    const ahead = awayX * dx + awayY * dy;
    if (ahead < 0.5) continue;
    const cost = ahead + 3 * Math.abs(awayX * dy - awayY * dx);
    if (cost >= bestCost) continue;
    best = i;
    bestCost = cost;
  }
  return best;
}

/** Hubs lie rather than stand, so that their names find room. */
const HUB_ASPECT = 1.6;
const ZONE_ASPECTS = [0.5, 0.65, 0.8, 1, 1.3, 1.7, 2.2, 2.8];

const byName = new Intl.Collator("en", { numeric: true });

interface Place {
  readonly x: number;
  readonly y: number;
}
type Size = Pick<Box, "width" | "height">;

/** Boxes in their order on shelves, in about the shape that was asked for: the best of a few widths. */
function shelves(
  sizes: readonly Size[],
  aspect: number,
  gap: number,
): Size & { readonly places: readonly Place[] } {
  const area = sizes.reduce((sum, { width, height }) => sum + (width + gap) * (height + gap), 0);
  const widest = sizes.reduce((most, { width }) => Math.max(most, width), 0);
  let best = onShelves(sizes, widest, gap);
  for (const stretch of [0.9, 1, 1.1, 1.25, 1.4, 1.6]) {
    const tried = onShelves(sizes, Math.max(widest, Math.sqrt(area * aspect) * stretch), gap);
    if (spareness(tried, aspect) < spareness(best, aspect)) best = tried;
  }
  return best;
}

/** How much of a screen of this shape is left empty: the less, the larger are the cells. */
const spareness = ({ width, height }: Size, aspect: number): number =>
  Math.max(width, height * aspect);

function onShelves(sizes: readonly Size[], shelfWidth: number, gap: number) {
  const places: Place[] = [];
  let x = 0;
  let y = 0;
  let shelfHeight = 0;
  let width = 0;
  for (const size of sizes) {
    if (x > 0 && x + size.width > shelfWidth) {
      x = 0;
      y += shelfHeight + gap;
      shelfHeight = 0;
    }
    places.push({ x, y });
    x += size.width + gap;
    width = Math.max(width, x - gap);
    shelfHeight = Math.max(shelfHeight, size.height);
  }
  return { places, width, height: y + shelfHeight };
}
