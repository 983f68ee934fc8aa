/**
 * A link's helper process, and the words it has for frames (helper_port.h is the other side):
 *
 *   0     1 2       3        4
 *   kind  peer u16  length   body …        peer little-endian
 *
 * The helper ends when its stdin does, after what it was given.
 */
import { type ChildProcess, spawn } from "node:child_process";

export const SAYS = { ready: 0, frame: 1, sent: 2, notSent: 3, refused: 4, failed: 5 } as const;

const HEADER_BYTES = 4;

export interface HelperEvents {
  onReady(): void;
  /** `bytes[start, end)` is valid until it returns. */
  onFrame(bytes: Uint8Array, start: number, end: number, peer: number): void;
  onSent(peer: number): void;
  onNotSent(peer: number, why: string): void;
  onRefused(peer: number, why: string): void;
  /** Once, when the process has ended; `why` is undefined after `end`. */
  onEnd(why: string | undefined): void;
}

/** A helper that does not end by itself hangs in a driver. */
const END_MS_MAX = 2_000;

export class HelperProcess {
  readonly #child: ChildProcess;
  readonly #events: HelperEvents;
  readonly #ended: Promise<void>;
  #isEnding = false;
  #failure: string | undefined;
  /** The beginning of a message whose rest has not come. */
  #rest: Uint8Array = new Uint8Array(0);

  constructor(program: string, args: readonly string[], events: HelperEvents) {
    this.#events = events;
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#child.stdout?.on("data", (chunk: Uint8Array) => this.#hear(chunk));
    // Told by the end of the process.
    this.#child.stdin?.on("error", () => {});
    this.#child.on("error", (cause) => {
      this.#failure = cause.message;
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on("close", (status, signal) => {
        resolve();
        const unforeseen = this.#failure ?? `its helper ended with ${signal ?? `status ${status}`}`;
        this.#events.onEnd(this.#isEnding ? undefined : unforeseen);
      });
    });
  }

  send(peer: number, frame: Uint8Array): void {
    this.say(SAYS.frame, peer, frame);
  }

  /** `body`: at most 255 bytes. */
  say(kind: number, peer: number, body: Uint8Array): void {
    const bytes = new Uint8Array(HEADER_BYTES + body.length);
    bytes.set([kind, peer & 0xff, peer >>> 8, body.length]);
    bytes.set(body, HEADER_BYTES);
    this.#child.stdin?.write(bytes);
  }

  /** Lets it hand over what it was given. */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.#child.stdin?.end();
    const late = setTimeout(() => this.#child.kill("SIGKILL"), END_MS_MAX);
    await this.#ended;
    clearTimeout(late);
  }

  #hear(chunk: Uint8Array): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (at + HEADER_BYTES <= bytes.length) {
      const end = at + HEADER_BYTES + (bytes[at + 3] as number);
      if (end > bytes.length) break;
      this.#tell(bytes, at, end);
      at = end;
    }
    this.#rest = bytes.slice(at);
  }

  #tell(bytes: Uint8Array, at: number, end: number): void {
    const peer = (bytes[at + 1] as number) | ((bytes[at + 2] as number) << 8);
    const body = at + HEADER_BYTES;
    const text = (): string => Buffer.from(bytes.subarray(body, end)).toString();
    switch (bytes[at]) {
      case SAYS.ready:
        this.#events.onReady();
        break;
      case SAYS.frame:
        this.#events.onFrame(bytes, body, end, peer);
        break;
      case SAYS.sent:
        this.#events.onSent(peer);
        break;
      case SAYS.notSent:
        this.#events.onNotSent(peer, text());
        break;
      case SAYS.refused:
        this.#events.onRefused(peer, text());
        break;
      default:
        this.#failure = text();
    }
  }
}
