/** The lines of an explanation as a tree, with times counted from the first. */
import type { ChainLine, Explanation } from "../../transports/http/office/explain-contract.ts";

const KIND_WIDTH = 8;
const TIME_WIDTH = 9;
/** In a terminal that leaves a line less than this the terminal breaks lines itself. */
const NARROWEST_TEXT = 20;

/** `columns`: of the terminal, where lines are to end. */
export function explainTree({ id, lines }: Explanation, columns?: number): string {
  const startMs = lines.find(({ atMs }) => atMs !== null)?.atMs ?? null;
  const rows = lines.map((line, index) => {
    const mark = line.id === id ? " ◀" : "";
    const name = line.id === null ? "" : ` (${line.id})`;
    const took = line.tookMs === null ? "" : `, took ${duration(line.tookMs)}`;
    const { first, below } = branches(lines, index);
    const head = `${since(line, startMs)} ${first}${line.kind.padEnd(KIND_WIDTH)} `;
    const indent = `${" ".repeat(TIME_WIDTH)} ${below}`.padEnd(head.length);
    const text = `${line.text}${took}${name}${mark}`;
    const room = columns === undefined ? Number.POSITIVE_INFINITY : columns - head.length;
    return head + broken(text, room).join(`\n${indent}`);
  });
  const start = startMs === null ? "" : `${new Date(startMs).toISOString()}\n`;
  return `${start}${rows.join("\n")}\n`;
}

/** `│  └─ `: whether a line of each depth above goes on below this one; and the same beside its further text. */
function branches(
  lines: readonly ChainLine[],
  index: number,
): { readonly first: string; readonly below: string } {
  const { depth } = lines[index] as ChainLine;
  let above = "";
  let isLast = true;
  for (let level = 1; level <= depth; level++) {
    const next = lines.slice(index + 1).find((line) => line.depth <= level);
    isLast = next?.depth !== level;
    if (level < depth) above += isLast ? "   " : "│  ";
  }
  const hasMore = (lines[index + 1]?.depth ?? 0) > depth;
  const own = depth === 0 ? "" : isLast ? "└─ " : "├─ ";
  const beside = depth === 0 ? "" : isLast ? "   " : "│  ";
  return { first: above + own, below: above + beside + (hasMore ? "│" : "") };
}

/** At spaces, and between signs that are written without any; an id stays whole, so that it can be copied. */
function broken(text: string, room: number): readonly string[] {
  if (room < NARROWEST_TEXT) return [text];
  const lines: string[] = [];
  let line = "";
  let left = room;
  for (const [piece] of text.matchAll(/[^\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\s]+\s*|./gsu)) {
    const width = columnsOf(piece.trimEnd());
    if (width > left && line !== "") {
      lines.push(line.trimEnd());
      line = "";
      left = room;
    }
    line += piece;
    left -= columnsOf(piece);
  }
  return [...lines, line];
}

/** A terminal shows signs of East Asia in two columns. */
const columnsOf = (text: string): number =>
  [...text].length +
  (text.match(/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/g)?.length ?? 0);

function since({ atMs }: ChainLine, startMs: number | null): string {
  if (atMs === null || startMs === null) return " ".repeat(TIME_WIDTH);
  const ms = atMs - startMs;
  return `${ms < 0 ? "-" : "+"}${duration(Math.abs(ms))}`.padStart(TIME_WIDTH);
}

function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${(ms / 60_000).toFixed(1)} min`;
  return `${(ms / 3_600_000).toFixed(1)} h`;
}
