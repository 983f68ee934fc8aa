/**
 * Messages that wait for the broker: the newest of each topic, since a reading carries no time and an
 * old one would be taken for new. At the bound the topic that has waited longest gives way.
 */
export class PendingMessages {
  readonly #topicsMax: number;
  /** In the order in which the topics were last written to. */
  readonly #payloadByTopic = new Map<string, string>();
  #dropped = 0;

  constructor(topicsMax: number) {
    this.#topicsMax = topicsMax;
  }

  get size(): number {
    return this.#payloadByTopic.size;
  }

  /** Replaced by a newer one or pushed out, since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  put(topic: string, payload: string): void {
    if (this.#payloadByTopic.delete(topic)) this.#dropped += 1;
    if (this.#payloadByTopic.size >= this.#topicsMax) {
      for (const oldest of this.#payloadByTopic.keys()) {
        this.#payloadByTopic.delete(oldest);
        this.#dropped += 1;
        break;
      }
    }
    this.#payloadByTopic.set(topic, payload);
  }

  /** Hands out, oldest first, until `send` returns false; that one stays. */
  drain(send: (topic: string, payload: string) => boolean): void {
    for (const [topic, payload] of this.#payloadByTopic) {
      if (!send(topic, payload)) return;
      this.#payloadByTopic.delete(topic);
    }
  }
}
