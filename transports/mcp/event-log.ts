/**
 * What was sent on the event streams of one session, so that a client whose connection broke takes up
 * where it was (MCP, "Resumability and Redelivery"). The oldest gives way; who asks from before it gets
 * what there is.
 */
import type { EventStore } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";

/** Answers of some minutes: connections that break are back within seconds. */
const EVENTS_KEPT = 256;
/** The same, of large answers; 64 sessions keep 64 MiB at most. */
const EVENTS_LENGTH_MAX = 2 ** 20;

export class EventLog implements EventStore {
  /** Texts in the order in which they were sent; ids are `stream_number`. */
  readonly #events = new Map<string, string>();
  #sent = 0;
  #length = 0;

  async storeEvent(stream: string, message: JSONRPCMessage): Promise<string> {
    this.#sent += 1;
    const id = `${stream}_${this.#sent}`;
    const text = JSON.stringify(message);
    this.#events.set(id, text);
    this.#length += text.length;
    for (const [oldest, { length }] of this.#events) {
      const isFull = this.#events.size > EVENTS_KEPT || this.#length > EVENTS_LENGTH_MAX;
      // The newest stays, however large: its client may be on its way back already.
      if (!isFull || oldest === id) break;
      this.#events.delete(oldest);
      this.#length -= length;
    }
    return id;
  }

  async getStreamIdForEventId(id: string): Promise<string | undefined> {
    return streamOf(id);
  }

  async replayEventsAfter(
    last: string,
    { send }: { send: (id: string, message: JSONRPCMessage) => Promise<void> },
  ): Promise<string> {
    const stream = streamOf(last);
    const after = numberOf(last);
    for (const [id, text] of [...this.#events]) {
      // A stream begins with an event without a message, which only gives the client an id.
      if (streamOf(id) === stream && numberOf(id) > after && text !== "{}") {
        await send(id, JSON.parse(text));
      }
    }
    return stream;
  }
}

const streamOf = (id: string): string => id.slice(0, Math.max(id.lastIndexOf("_"), 0));
const numberOf = (id: string): number => Number(id.slice(id.lastIndexOf("_") + 1));
