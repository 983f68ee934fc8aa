/** The lines of an explanation as a tree, with times counted from the first. */
import type { ChainLine, Explanation } from "../../transports/http/office/explain-contract.ts";

const KIND_WIDTH = 8;

export function explainTree({ id, lines }: Explanation): string {
  const startMs = lines.find(({ atMs }) => atMs !== null)?.atMs ?? null;
  const rows = lines.map((line, index) => {
    const mark = line.id === id ? " ◀" : "";
    const name = line.id === null ? "" : ` (${line.id})`;
    const took = line.tookMs === null ? "" : `, took ${duration(line.tookMs)}`;
    const kind = line.kind.padEnd(KIND_WIDTH);
    return `${since(line, startMs)} ${branches(lines, index)}${kind} ${line.text}${took}${name}${mark}`;
  });
  const start = startMs === null ? "" : `${new Date(startMs).toISOString()}\n`;
  return `${start}${rows.join("\n")}\n`;
}

/** `│  └─ `: whether a line of each depth above goes on below this one. */
function branches(lines: readonly ChainLine[], index: number): string {
  const { depth } = lines[index] as ChainLine;
  let text = "";
  for (let level = 1; level <= depth; level++) {
    const next = lines.slice(index + 1).find((line) => line.depth <= level);
    const goesOn = next?.depth === level;
    text += level === depth ? (goesOn ? "├─ " : "└─ ") : goesOn ? "│  " : "   ";
  }
  return text;
}

const TIME_WIDTH = 9;

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
