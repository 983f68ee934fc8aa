/**
 * The live feed, whatever carries it: a snapshot for each client that joins, then what changed, at
 * most four times a second.
 *
 *   NodeView ──changesSince(cursor of this client)──▶ one text for all at that cursor ──▶ sockets
 *
 * A client that reads slowly is passed over while its socket holds unsent bytes, and its cursor
 * stays behind: its next batch is computed from there, so nothing queues for it and nothing is lost.
 */
import type { Clock } from "../../runtime/clock.ts";
import { every } from "../every.ts";
import type { NodeView } from "../http/node-view.ts";

/** What a driver gives for each connection. */
export interface LiveSocket {
  /** Accepted by `send` and not yet given to the operating system. */
  bufferedBytes(): number;
  send(text: string): void;
}

export interface LiveFeedOptions {
  readonly view: Pick<NodeView, "snapshot" | "changesSince">;
  readonly clock: Pick<Clock, "after">;
  readonly clientsMax?: number;
  readonly batchMs?: number;
  readonly bufferedBytesMax?: number;
}

export interface LiveFeedStats {
  readonly clients: number;
  /** Messages given to sockets. */
  readonly sent: number;
  /** Times a client was passed over because it reads slowly. */
  readonly skipped: number;
  /** Connections refused because the feed was full. */
  readonly refused: number;
}

export interface LiveFeed {
  /** Sends the snapshot and starts the batches; false when the feed is full. */
  join(socket: LiveSocket): boolean;
  leave(socket: LiveSocket): void;
  stats(): LiveFeedStats;
  /** Ends the batches; the drivers close their sockets. */
  close(): void;
}

/** Four batches a second look live; more only costs the page's frames. */
const BATCH_MS = 250;
/** A whole office on a hundred screens; each may cost a `changesSince` of its own in a batch. */
const CLIENTS_MAX = 100;
/** A second's changes of a thousand leaves are about this much. */
const BUFFERED_BYTES_MAX = 256 * 1024;

export function createLiveFeed(options: LiveFeedOptions): LiveFeed {
  const { view, clock } = options;
  const { clientsMax = CLIENTS_MAX, batchMs = BATCH_MS } = options;
  const { bufferedBytesMax = BUFFERED_BYTES_MAX } = options;

  const cursorBySocket = new Map<LiveSocket, number>();
  /** The batch's texts by the cursor they start from; undefined where nothing changed. */
  const batch = new Map<number, { text: string; cursor: number } | undefined>();
  /** Shared by all who join between two batches. */
  let snapshot: { text: string; cursor: number } | undefined;
  let stopTicking: (() => void) | undefined;
  let sent = 0;
  let skipped = 0;
  let refused = 0;

  const changesFrom = (cursor: number): { text: string; cursor: number } | undefined => {
    if (batch.has(cursor)) return batch.get(cursor);
    const changes = view.changesSince(cursor);
    const message = changes && { text: JSON.stringify(changes), cursor: changes.cursor };
    batch.set(cursor, message);
    return message;
  };

  const tick = (): void => {
    snapshot = undefined;
    for (const [socket, cursor] of cursorBySocket) {
      if (socket.bufferedBytes() > bufferedBytesMax) {
        skipped += 1;
        continue;
      }
      const changes = changesFrom(cursor);
      if (changes === undefined) continue;
      socket.send(changes.text);
      sent += 1;
      cursorBySocket.set(socket, changes.cursor);
    }
    batch.clear();
  };

  const stop = (): void => {
    stopTicking?.();
    stopTicking = undefined;
    snapshot = undefined;
  };

  return {
    join: (socket) => {
      if (cursorBySocket.size >= clientsMax) {
        refused += 1;
        return false;
      }
      if (snapshot === undefined) {
        const now = view.snapshot();
        snapshot = { text: JSON.stringify(now), cursor: now.cursor };
      }
      cursorBySocket.set(socket, snapshot.cursor);
      socket.send(snapshot.text);
      sent += 1;
      stopTicking ??= every(clock, batchMs, tick);
      return true;
    },
    leave: (socket) => {
      cursorBySocket.delete(socket);
      if (cursorBySocket.size === 0) stop();
    },
    stats: () => ({ clients: cursorBySocket.size, sent, skipped, refused }),
    close: () => {
      cursorBySocket.clear();
      stop();
    },
  };
}
