/**
 * What a sealed leaf keeps where a restart does not reach it: its epoch, its keys, the last command it ran.
 * In memory, or in a file for all leaves of a process: a line of JSON for each change, the newest counts.
 */
import { appendFileSync, closeSync, fsyncSync, openSync, readFileSync, renameSync } from "node:fs";

export interface LeafKey {
  readonly keyNo: number;
  /** 16 bytes, hex. */
  readonly key: string;
}

export interface LeafState {
  /** Of the last start, or above; the next one begins above it. */
  readonly epoch: number;
  readonly leafId?: number;
  readonly key?: LeafKey;
  /** The key before, until the hub was heard under the new one. */
  readonly before?: LeafKey;
  /** Of the hub's last frame, as of this note. */
  readonly hubCounter: number;
  readonly lastCommand?: { readonly id: number; readonly outcome: number };
  readonly configVersion: number;
  readonly intervalS?: number;
  readonly heartbeatEvery?: number;
}

/** One leaf's. What was given to `save` is safe when it returns. */
export interface LeafMemory {
  load(): LeafState | undefined;
  save(state: LeafState): void;
}

export function inMemory(): LeafMemory {
  let kept: LeafState | undefined;
  return {
    load: () => kept,
    save: (state) => {
      kept = state;
    },
  };
}

/** A torn last line is left out: what it would have allowed was not done yet. */
export class LeafMemoryFile {
  readonly #path: string;
  readonly #states = new Map<string, LeafState>();
  /** Changes of the leaves' start, written together by `flush`. */
  #waiting: string[] | undefined = [];
  #fd = -1;

  constructor(path: string) {
    this.#path = path;
    for (const line of readLines(path)) {
      try {
        const { name, ...state } = JSON.parse(line) as LeafState & { readonly name: string };
        this.#states.set(name, state);
      } catch {}
    }
  }

  of(name: string): LeafMemory {
    return {
      load: () => this.#states.get(name),
      save: (state) => {
        this.#states.set(name, state);
        const line = lineOf(name, state);
        if (this.#waiting !== undefined) this.#waiting.push(line);
        else {
          appendFileSync(this.#fd, line);
          fsyncSync(this.#fd);
        }
      },
    };
  }

  /**
   * To be called when all leaves are there and before the first of them sends: starts a fresh file with
   * what each has said, since 25,000 jumps of epochs are one write as well.
   */
  flush(): void {
    this.#waiting = undefined;
    const fresh = `${this.#path}.new`;
    const fd = openSync(fresh, "w", 0o600);
    const lines = [...this.#states].map(([name, state]) => lineOf(name, state));
    appendFileSync(fd, lines.join(""));
    fsyncSync(fd);
    renameSync(fresh, this.#path);
    this.#fd = fd;
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }
}

const lineOf = (name: string, state: LeafState): string =>
  `${JSON.stringify({ name, ...state })}\n`;

function readLines(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n");
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw fault;
  }
}
