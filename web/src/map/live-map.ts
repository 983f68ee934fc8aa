/**
 * The map of all leaves, outside React: what a batch of rows changed goes into typed arrays, and at most one
 * frame of the screen later from there to the canvas.
 *
 *   store ──rows──▶ looks (4 B a leaf) ──next frame──▶ renderer
 *         ──records──▶ layout
 *   pointer, keys ──▶ camera, chosen leaf ──▶ listener (tip, live region)
 */
import { channelLook } from "../channels.ts";
import { nodeNowMs, pageNowMs } from "../clock.ts";
import { LEAF_STATES, type LeafState, stateOf } from "../live/leaf-rows.ts";
import type { store as liveStore } from "../live/live.ts";
import { hasRange, type LeafFilter, leafPasses } from "../views/leaf-filter.ts";
import {
  type Camera,
  fit,
  panned,
  type Screen,
  showing,
  toMap,
  toScreen,
  zoomed,
} from "./camera.ts";
import { NO_VALUE, SCALE, SHAPE, STATE_LOOK, scaleEnds } from "./colours.ts";
import { layoutOf, leafAt, type MapGroup, type MapLayout, neighbour } from "./layout.ts";
import { drawOverlay, type OverlayInk } from "./overlay.ts";
import { createRenderer, LOOK, type MapRenderer, SHINE_S } from "./renderer.ts";

/** What the frame around the map shows of it. */
export interface MapFacts {
  readonly shown: number;
  readonly zones: number;
  readonly byState: Readonly<Record<LeafState, number>>;
  /** Of the chosen channel; undefined where states are shown, or nothing has come. */
  readonly ends: readonly [low: number, high: number] | undefined;
  /** Row of the leaf under the pointer, or else under the keyboard; and where it is, in px. */
  readonly chosen: { readonly row: number; readonly x: number; readonly y: number } | undefined;
}

export interface LiveMapOptions {
  /** The leaves' canvas is put in here, below the overlay. */
  readonly holder: HTMLElement;
  readonly overlay: HTMLCanvasElement;
  readonly store: typeof liveStore;
  /** Without motion nothing shines, and nothing is drawn but what changed. */
  readonly still: boolean;
  readonly ink: OverlayInk;
  onFacts(facts: MapFacts): void;
}

/** A leaf that has just been heard shines; more frames of that than these tell an eye nothing. */
const SHINE_FRAME_MS = 40;
/** New leaves come in thousands while the page opens: the map is laid out anew so often at most. */
const LAYOUT_EVERY_MS = 500;
const ENDS_EVERY_MS = 2_000;
/** A label's height on the screen, and how many cells it may take where cells are tiny. */
const LABEL_PX = 20;
const LABEL_CELLS_MAX = 8;

export class LiveMap {
  readonly renderer: MapRenderer | undefined;
  readonly #options: LiveMapOptions;
  readonly #stops: (() => void)[] = [];
  #filter: LeafFilter | undefined;
  #channel: string | undefined;
  #layout: MapLayout = layoutOf([], 1, 1);
  #screen: Screen = { width: 1, height: 1 };
  #camera: Camera = { x: 0, y: 0, scale: 1 };
  #isFitted = true;
  /** Row → index on the map, or -1. */
  #indexOf = new Int32Array();
  #looks = new Uint8Array();
  #beatS = new Float32Array();
  #ends: MapFacts["ends"];
  #endsAtMs = Number.NEGATIVE_INFINITY;
  #layoutAtMs = Number.NEGATIVE_INFINITY;
  #hovered = -1;
  /** By keyboard. */
  #chosen = -1;

  #frame = 0;
  #isLayoutDue = true;
  #areLooksDue = true;
  #isUploadDue = true;
  #isOverlayDue = true;
  #shinesUntilMs = 0;
  #drawnAtMs = 0;

  constructor(options: LiveMapOptions) {
    this.#options = options;
    this.renderer = createRenderer();
    const { store, holder } = options;
    if (this.renderer !== undefined) {
      this.renderer.canvas.className = "absolute inset-0 size-full";
      holder.prepend(this.renderer.canvas);
    }
    this.#stops.push(
      store.subscribe("rows", () => this.#takeRows()),
      store.subscribe("records", () => {
        this.#isLayoutDue = true;
        this.#ask();
      }),
    );
  }

  dispose(): void {
    for (const stop of this.#stops) stop();
    cancelAnimationFrame(this.#frame);
    this.#frame = -1;
    this.renderer?.canvas.remove();
  }

  show(filter: LeafFilter, channel: string | undefined): void {
    this.#filter = filter;
    if (channel !== this.#channel) {
      this.#ends = undefined;
      this.#endsAtMs = Number.NEGATIVE_INFINITY;
    }
    this.#channel = channel;
    this.#layoutAtMs = Number.NEGATIVE_INFINITY;
    this.#isLayoutDue = true;
    this.#ask();
  }

  resize(screen: Screen, ratio: number): void {
    this.#screen = screen;
    for (const canvas of [this.renderer?.canvas, this.#options.overlay]) {
      if (canvas === undefined) continue;
      canvas.width = Math.max(1, Math.round(screen.width * ratio));
      canvas.height = Math.max(1, Math.round(screen.height * ratio));
    }
    this.#layoutAtMs = Number.NEGATIVE_INFINITY;
    this.#isLayoutDue = true;
    this.#ask();
  }

  zoom(factor: number, at = { x: this.#screen.width / 2, y: this.#screen.height / 2 }): void {
    const whole = fit(this.#layout, this.#screen);
    this.#moveTo(zoomed(this.#camera, factor, at, whole));
    this.#isFitted = this.#camera === whole || this.#camera.scale <= whole.scale;
  }

  pan(dx: number, dy: number): void {
    if (this.#isFitted) return;
    this.#moveTo(panned(this.#camera, dx, dy, this.#layout, this.#screen));
  }

  fit(): void {
    this.#isFitted = true;
    this.#moveTo(fit(this.#layout, this.#screen));
  }

  /** The leaf under a place on the screen gets the tip; the answer is its row. */
  hover(x: number, y: number): number | undefined {
    const at = toMap(this.#camera, x, y);
    const found = leafAt(this.#layout, at.x, at.y);
    if (found !== this.#hovered) {
      this.#hovered = found;
      this.#overlayChanged();
    }
    return this.#layout.rows[found];
  }

  leave(): void {
    this.#hovered = -1;
    this.#overlayChanged();
  }

  /** By keyboard: from leaf to leaf, the first time to the first one. */
  step(dx: number, dy: number): void {
    if (this.#layout.rows.length === 0) return;
    this.#hovered = -1;
    this.#chosen = this.#chosen < 0 ? 0 : neighbour(this.#layout, this.#chosen, dx, dy);
    const { places } = this.#layout;
    const x = places[2 * this.#chosen] as number;
    const y = places[2 * this.#chosen + 1] as number;
    if (!this.#isFitted) this.#moveTo(showing(this.#camera, x, y, this.#screen));
    this.#overlayChanged();
  }

  chosenRow(): number | undefined {
    return this.#layout.rows[this.#hovered >= 0 ? this.#hovered : this.#chosen];
  }

  #moveTo(camera: Camera): void {
    this.#camera = camera;
    this.#hovered = -1;
    this.#overlayChanged();
  }

  #overlayChanged(): void {
    this.#isOverlayDue = true;
    this.#ask();
  }

  #ask(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  /** What a batch changed, into the looks at once: the next frame has only to upload them. */
  #takeRows(): void {
    const batch = this.#options.store.lastRows();
    const changed = batch?.rows;
    const nowMs = pageNowMs();
    // How many pass a filter, and how many are in which state, stands beside the map.
    const isCounted = this.#filter !== undefined && hasRange(this.#filter);
    if (isCounted || (batch?.flagged.length ?? 0) > 0) this.#isOverlayDue = true;
    if (changed === undefined || this.#isLayoutDue) {
      this.#areLooksDue = true;
    } else {
      const lookOf = this.#lookOf();
      for (let i = 0; i < changed.length; i++) {
        const index = this.#indexOf[changed[i] as number] ?? -1;
        if (index >= 0) lookOf(index);
      }
      if (this.#channel !== undefined && nowMs - this.#endsAtMs > ENDS_EVERY_MS) {
        this.#areLooksDue = true;
      }
    }
    this.#isUploadDue = true;
    if (!this.#options.still) this.#shinesUntilMs = nowMs + SHINE_S * 1_000;
    if (this.#hovered >= 0 || this.#chosen >= 0) this.#isOverlayDue = true;
    this.#ask();
  }

  #draw(): void {
    this.#frame = 0;
    const nowMs = pageNowMs();
    const isLayout = this.#isLayoutDue && nowMs - this.#layoutAtMs > LAYOUT_EVERY_MS;
    if (isLayout) this.#layOut(nowMs);
    if (this.#areLooksDue) this.#lookAtAll(nowMs);
    const isChanged = isLayout || this.#isUploadDue || this.#isOverlayDue;
    if (isChanged || nowMs - this.#drawnAtMs >= SHINE_FRAME_MS) {
      if (this.#isUploadDue) this.renderer?.setLooks(this.#looks, this.#beatS);
      const shines = !this.#options.still;
      this.renderer?.draw(this.#camera, this.#screen, shines ? nowMs / 1_000 : Number.NaN);
      this.#isUploadDue = false;
      this.#drawnAtMs = nowMs;
    }
    if (this.#isOverlayDue) this.#drawOverlay();
    if (this.#isLayoutDue || nowMs < this.#shinesUntilMs) this.#ask();
  }

  #layOut(nowMs: number): void {
    const { store } = this.#options;
    const filter = this.#filter;
    this.#isLayoutDue = false;
    this.#layoutAtMs = nowMs;
    const groups = new Map<string, MapGroup & { readonly rows: number[] }>();
    for (const { row, zone, hub } of store.infos()) {
      if (filter?.zone && zone !== filter.zone) continue;
      if (filter?.hub && hub !== filter.hub) continue;
      const key = `${zone}/${hub}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { zone, hub, rows: [row] });
      else group.rows.push(row);
    }
    const count = [...groups.values()].reduce((sum, { rows }) => sum + rows.length, 0);
    const { width, height } = this.#screen;
    // About how large a cell will be, for labels of one size on the screen.
    const cellPx = Math.min(40, Math.sqrt((width * height) / Math.max(1, count * 1.35)));
    const labelCells = Math.min(LABEL_CELLS_MAX, LABEL_PX / cellPx);
    const chosenRow = this.#layout.rows[this.#chosen];
    this.#layout = layoutOf([...groups.values()], width / height, labelCells);
    const { rows, places } = this.#layout;
    this.#indexOf = new Int32Array(store.rows().flags.length).fill(-1);
    for (let index = 0; index < rows.length; index++) this.#indexOf[rows[index] as number] = index;
    this.#chosen = chosenRow === undefined ? -1 : (this.#indexOf[chosenRow] ?? -1);
    this.#hovered = -1;
    this.#looks = new Uint8Array(4 * rows.length);
    this.#beatS = new Float32Array(rows.length);
    this.renderer?.setPlaces(places);
    if (this.#isFitted) this.#camera = fit(this.#layout, this.#screen);
    this.#areLooksDue = true;
    this.#isOverlayDue = true;
  }

  #lookAtAll(nowMs: number): void {
    this.#areLooksDue = false;
    this.#isUploadDue = true;
    this.#isOverlayDue = true;
    const { values } = this.#options.store.rows();
    const { rows } = this.#layout;
    if (this.#channel !== undefined && this.#channel === this.#options.store.told().channel) {
      const shown = new Float32Array(rows.length);
      for (let index = 0; index < rows.length; index++)
        shown[index] = values[rows[index] as number] as number;
      this.#ends = scaleEnds(shown, channelLook(this.#channel)?.spanMin ?? 0);
      if (this.#ends !== undefined) this.#endsAtMs = nowMs;
    }
    const lookOf = this.#lookOf();
    for (let index = 0; index < rows.length; index++) lookOf(index);
  }

  /** Writes the look of the leaf at an index, by what is shown now. */
  #lookOf(): (index: number) => void {
    const { flags, values, seenMs, infos } = this.#options.store.rows();
    const { rows } = this.#layout;
    const looks = this.#looks;
    const beatS = this.#beatS;
    const filter = this.#filter;
    const isSought =
      filter !== undefined && (filter.state !== "" || filter.words.length > 0 || hasRange(filter));
    const byValue = this.#channel !== undefined;
    // Until the node has heard of another channel, values are of the last one.
    const isTold = !byValue || this.#options.store.told().channel === this.#channel;
    const [low, high] = this.#ends ?? [0, 0];
    const toScale = high > low ? 255 / (high - low) : 0;
    // The node's clock told when; the page's own says how long ago that is on the screen.
    const shiftMs = pageNowMs() - nodeNowMs();
    return (index) => {
      const row = rows[index] as number;
      const value = isTold ? (values[row] as number) : Number.NaN;
      const state = STATE_LOOK[stateOf(flags[row] as number)];
      let { rgb } = state;
      let shape: number = state.shape;
      if (byValue) {
        const step = Math.round(Math.min(255, Math.max(0, (value - low) * toScale)));
        rgb = Number.isNaN(value) ? NO_VALUE : (SCALE[step] ?? NO_VALUE);
        if (Number.isNaN(value)) shape = SHAPE.ring;
      }
      const info = infos[row];
      const isDimmed =
        isSought && info !== undefined && !leafPasses(info, flags[row] as number, value, filter);
      looks[4 * index] = rgb[0];
      looks[4 * index + 1] = rgb[1];
      looks[4 * index + 2] = rgb[2];
      looks[4 * index + 3] = (shape & LOOK.shape) | (isDimmed ? LOOK.dimmed : 0);
      beatS[index] = ((seenMs[row] as number) + shiftMs) / 1_000;
    };
  }

  #drawOverlay(): void {
    this.#isOverlayDue = false;
    const at = this.#hovered >= 0 ? this.#hovered : this.#chosen;
    drawOverlay(this.#options.overlay, {
      layout: this.#layout,
      camera: this.#camera,
      screen: this.#screen,
      chosen: at,
      ink: this.#options.ink,
    });
    const { flags } = this.#options.store.rows();
    const { rows, places, zones } = this.#layout;
    const byState = Object.fromEntries(LEAF_STATES.map((state) => [state, 0]));
    for (let i = 0; i < rows.length; i++) {
      if (((this.#looks[4 * i + 3] as number) & LOOK.dimmed) !== 0) continue;
      const state = stateOf(flags[rows[i] as number] as number);
      byState[state] = (byState[state] ?? 0) + 1;
    }
    const row = rows[at];
    this.#options.onFacts({
      shown: Object.values(byState).reduce((sum, count) => sum + count, 0),
      zones: zones.length,
      byState: byState as MapFacts["byState"],
      ends: this.#ends,
      chosen:
        row === undefined
          ? undefined
          : {
              row,
              ...toScreen(this.#camera, places[2 * at] as number, places[2 * at + 1] as number),
            },
    });
  }
}
