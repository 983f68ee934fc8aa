/**
 * The live feed, whatever carries it: to each client what is newer than its cursors, at most four times a second.
 *
 *   LiveSource ──…Since(cursor of this client)──▶ one message for all at that cursor ──▶ sockets
 *
 * A client that reads slowly is passed over while its socket holds unsent bytes, and its cursors stay behind:
 * its next batch is computed from there, so nothing queues for it and nothing is lost. A client that comes back
 * names its cursors and goes on from there; what it gets twice is the newest state both times.
 */
import type { Clock } from "../../runtime/clock.ts";
import { every } from "../every.ts";
import { type Watch, watchSchema } from "../http/contract.ts";
import type { LiveSource } from "../http/node-view.ts";

/** What a driver gives for each connection. */
export interface LiveSocket {
  /** Accepted by `send` and not yet given to the operating system. */
  bufferedBytes(): number;
  send(message: string | Uint8Array): void;
}

export interface LiveFeedOptions {
  readonly source: LiveSource;
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
  /** Clients that went on where they were cut off, without a snapshot. */
  readonly resumed: number;
}

export interface LiveFeed {
  /** `query`: what the client asked for in the address. False when the feed is full. */
  join(socket: LiveSocket, query?: string): boolean;
  /** What the client looks at now; false when that cannot be understood. */
  take(socket: LiveSocket, text: string): boolean;
  leave(socket: LiveSocket): void;
  stats(): LiveFeedStats;
  /** Ends the batches; the drivers close their sockets. */
  close(): void;
}

/** Four batches a second look live; more only costs the page's frames. */
const BATCH_MS = 250;
/** A whole office on a hundred screens; each may cost a comparison of its own in a batch. */
const CLIENTS_MAX = 100;
/** A second's rows of 16,000 leaves are about this much. */
const BUFFERED_BYTES_MAX = 256 * 1024;
/** Of all clients together: some 2 ms each, and after a restart a hundred may want 13 at once. */
const RECORD_PAGES_MAX = 16;

interface Client {
  cursor: number;
  records: number;
  rows: number;
  leaves: number;
  watch: Watch;
}

const WATCH_NOTHING: Watch = { type: "Watch", no: 0, channel: null, rows: "none", focus: [] };

export function createLiveFeed(options: LiveFeedOptions): LiveFeed {
  const { source, clock } = options;
  const { clientsMax = CLIENTS_MAX, batchMs = BATCH_MS } = options;
  const { bufferedBytesMax = BUFFERED_BYTES_MAX } = options;

  const clients = new Map<LiveSocket, Client>();
  /** The batch's messages by what they answer; undefined where nothing changed. */
  const batch = new Map<string, Message | undefined>();
  let recordPages = 0;
  /** Shared by all who join between two batches. */
  let snapshot: Message | undefined;
  let stopTicking: (() => void) | undefined;
  let sent = 0;
  let skipped = 0;
  let refused = 0;
  let resumed = 0;

  const once = (key: string, make: () => Message | undefined): Message | undefined => {
    if (!batch.has(key)) batch.set(key, make());
    return batch.get(key);
  };
  const changes = (from: number): Message | undefined =>
    once(`changes ${from}`, () => textOf(source.changesSince(from)));
  const records = (from: number): Message | undefined =>
    once(`records ${from}`, () => {
      const page = textOf(source.recordsSince(from));
      if (page !== undefined) recordPages += 1;
      return page;
    });
  const rows = (from: number, { no, channel, rows: of }: Watch): Message | undefined =>
    once(`rows ${from} ${no} ${channel} ${of}`, () => {
      const found = source.rowsSince(from, { no, channel, rows: of });
      return found && { data: found.bytes, cursor: found.cursor };
    });

  /** Who the leaves are goes first, so that a row is not met by a stranger longer than need be. */
  const tell = (socket: LiveSocket, client: Client): void => {
    const send = (message: Message): number => {
      socket.send(message.data);
      sent += 1;
      return message.cursor;
    };
    while (recordPages < RECORD_PAGES_MAX && socket.bufferedBytes() <= bufferedBytesMax) {
      const page = records(client.records);
      if (page === undefined) break;
      client.records = send(page);
    }
    const changed = changes(client.cursor);
    if (changed !== undefined) client.cursor = send(changed);
    const moved = rows(client.rows, client.watch);
    if (moved !== undefined) client.rows = send(moved);
    const whole = source.leavesSince(client.leaves, client.watch.focus);
    if (whole === undefined) return;
    const { cursor, leaves } = whole;
    client.leaves = send({ cursor, data: JSON.stringify({ type: "Leaves", leaves }) });
  };

  const tick = (): void => {
    snapshot = undefined;
    source.look();
    for (const [socket, client] of clients) {
      if (socket.bufferedBytes() > bufferedBytesMax) skipped += 1;
      else tell(socket, client);
    }
    batch.clear();
    recordPages = 0;
  };

  const stop = (): void => {
    stopTicking?.();
    stopTicking = undefined;
    snapshot = undefined;
  };

  return {
    join: (socket, query = "") => {
      if (clients.size >= clientsMax) {
        refused += 1;
        return false;
      }
      const { run, ...client } = clientOf(query);
      clients.set(socket, client);
      if (source.reaches(run, client.cursor)) {
        resumed += 1;
      } else {
        snapshot ??= textOf(source.snapshot());
        Object.assign(client, { records: 0, rows: 0, cursor: snapshot?.cursor ?? 0 });
        socket.send(snapshot?.data ?? "");
        sent += 1;
      }
      stopTicking ??= every(clock, batchMs, tick);
      return true;
    },
    take: (socket, text) => {
      const client = clients.get(socket);
      const watch = watchOf(text);
      if (client === undefined || watch === undefined) return false;
      if (watch.channel !== client.watch.channel || watch.rows !== client.watch.rows) {
        client.rows = 0; // what it did not watch until now, it does not know
      }
      client.leaves = 0;
      client.watch = watch;
      return true;
    },
    leave: (socket) => {
      clients.delete(socket);
      if (clients.size === 0) stop();
    },
    stats: () => ({ clients: clients.size, sent, skipped, refused, resumed }),
    close: () => {
      clients.clear();
      stop();
    },
  };
}

interface Message {
  readonly data: string | Uint8Array;
  readonly cursor: number;
}

const textOf = (value: { readonly cursor: number } | undefined): Message | undefined =>
  value && { data: JSON.stringify(value), cursor: value.cursor };

/** From the address: where a client was cut off, and what it looks at. What is no number starts at 0. */
function clientOf(query: string): Client & { readonly run: string } {
  const given = new URLSearchParams(query);
  const cursor = (name: string): number => {
    const value = Number(given.get(name));
    return Number.isSafeInteger(value) && value > 0 ? value : 0;
  };
  return {
    run: given.get("run") ?? "",
    cursor: cursor("cursor"),
    records: cursor("records"),
    rows: cursor("rows"),
    leaves: 0,
    watch: watchOf(given.get("watch") ?? "") ?? WATCH_NOTHING,
  };
}

function watchOf(text: string): Watch | undefined {
  try {
    return watchSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
