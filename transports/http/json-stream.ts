/**
 * A large answer as JSON piece by piece: lists that are not arrays are read as they are sent, some entries a turn,
 * since 25,000 leaves at once are 13 MB and hold up all else on their thread.
 *
 *   {hubs: [..], leaves: generator} ──▶ {"hubs":[..],"leaves":[ · 200 leaves · 200 leaves · ]}
 */
import { Readable } from "node:stream";

/** Some 100 KB and 2 ms of leaves. */
const ENTRIES_A_PIECE = 200;

export const jsonStream = (value: object): Readable =>
  Readable.from(pieces(value), { objectMode: false });

async function* pieces(value: object): AsyncGenerator<string> {
  let before = "{";
  for (const [key, part] of Object.entries(value)) {
    yield `${before}${JSON.stringify(key)}:`;
    before = ",";
    if (isList(part)) yield* list(part);
    else yield JSON.stringify(part);
  }
  yield "}";
}

async function* list(entries: Iterable<unknown>): AsyncGenerator<string> {
  let piece = "[";
  let count = 0;
  for (const entry of entries) {
    piece += `${count === 0 ? "" : ","}${JSON.stringify(entry)}`;
    count += 1;
    if (count % ENTRIES_A_PIECE !== 0) continue;
    yield piece;
    piece = "";
    // Whoever reads fast takes a piece in the same turn.
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
  yield `${piece}]`;
}

const isList = (part: unknown): part is Iterable<unknown> =>
  typeof part === "object" && part !== null && !Array.isArray(part) && Symbol.iterator in part;
