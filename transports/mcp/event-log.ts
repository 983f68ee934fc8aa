/**
 * What was sent on the event streams of one session, so that a client whose connection broke takes up
 * where it was (MCP, "Resumability and Redelivery"). The oldest gives way; who asks from before it gets
 * what there is.
 */
import type { EventStore } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";

/** Answers of some minutes: connections that break are back within seconds. */
const EVENTS_KEPT = 256;

export class EventLog implements EventStore {
  /** In the order in which they were sent; ids are `stream_number`. */
  readonly #events = new Map<
    string,
    { readonly stream: string; readonly message: JSONRPCMessage }
  >();
  #sent = 0;

  async storeEvent(stream: string, message: JSONRPCMessage): Promise<string> {
    this.#sent += 1;
    const id = `${stream}_${this.#sent}`;
    this.#events.set(id, { stream, message });
    if (this.#events.size > EVENTS_KEPT) {
      for (const oldest of this.#events.keys()) {
        this.#events.delete(oldest);
        break;
      }
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
    for (const [id, event] of [...this.#events]) {
      // A stream begins with an event without a message, which only gives the client an id.
      const isMessage = Object.keys(event.message).length > 0;
      if (event.stream === stream && numberOf(id) > after && isMessage) {
        await send(id, event.message);
      }
    }
    return stream;
  }
}

const streamOf = (id: string): string => id.slice(0, Math.max(id.lastIndexOf("_"), 0));
const numberOf = (id: string): number => Number(id.slice(id.lastIndexOf("_") + 1));
