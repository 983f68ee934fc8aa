/**
 * The hops of a trace as server-sent events, for as long as somebody reads them.
 *
 *   NodeView.trace ──hops──▶ `data: {…}` ──▶ the reader; one that reads too slowly misses some
 */
import { Readable } from "node:stream";
import { ok, type Result } from "../../runtime/result.ts";
import type { TraceEvent } from "./contract.ts";
import type { NodeView } from "./node-view.ts";

/** Not yet read by who asked: some thousand hops. */
const UNREAD_BYTES_MAX = 256 * 1024;

export function traceStream(view: NodeView, actor: string): Result<Readable, "tracersFull"> {
  let stop = (): void => {};
  const stream = new Readable({
    read() {},
    destroy(error, done) {
      stop();
      done(error);
    },
  });
  let missedHere = 0;
  const push = ({ hops, missed }: Pick<TraceEvent, "hops" | "missed">): void => {
    if (stream.readableLength > UNREAD_BYTES_MAX) {
      missedHere += hops.length + missed;
      return;
    }
    const event: TraceEvent = { actor, hops, missed: missed + missedHere };
    missedHere = 0;
    stream.push(`data: ${JSON.stringify(event)}\n\n`);
  };
  push({ hops: [], missed: 0 });
  const tracing = view.trace(actor, push);
  if (!tracing.ok) return tracing;
  stop = tracing.value;
  return ok(stream);
}
