/** Pages as CSV (RFC 4180): names have no comma, quote or line break, so none is quoted. */
import { shortestFloat32 } from "../../../transports/frame/float32.ts";
import type { Page } from "./pages.ts";

/** Rows of a chunk: some 300 KB of text. */
const CHUNK_ROWS = 4_096;

export function* csvOf(pages: Iterable<Page>): Iterable<string> {
  yield "time,atMs,hub,leaf,channel,value\r\n";
  for (const { series, samples, count } of pages) {
    const names = `${series.hub},${series.leaf},${series.name}`;
    for (let from = 0; from < count; from += CHUNK_ROWS) {
      let text = "";
      for (let i = from; i < Math.min(from + CHUNK_ROWS, count); i++) {
        const atMs = samples.atMs[i] as number;
        const value = shortestFloat32(samples.values[i] as number);
        text += `${new Date(atMs).toISOString()},${atMs},${names},${value}\r\n`;
      }
      yield text;
    }
  }
}
