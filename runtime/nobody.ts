/** The ref of an address where no actor is: what is told to it becomes a dead letter. */
import type { SystemCore } from "./actor-system.ts";
import { BYTES_LETTER } from "./dead-letters.ts";
import { messageType } from "./message-type.ts";
import type { SystemMessage, SystemRef } from "./system-messages.ts";

export class Nobody implements SystemRef {
  readonly path: string;
  readonly thread = -1;
  readonly #system: SystemCore;

  constructor(system: SystemCore, path: string) {
    this.#system = system;
    this.path = path;
  }

  get identity(): unknown {
    return this.path;
  }

  tell(message: unknown): boolean {
    const { deadLetters, tracing } = this.#system;
    deadLetters.put(message, this, "noSuchActor");
    const cause = tracing.causeTo(this.path);
    if (cause !== undefined) {
      tracing.lost(cause, this.path, messageType(message), "noSuchActor");
    }
    return true;
  }

  tellBytes(): boolean {
    return this.tell(BYTES_LETTER);
  }

  signal(message: SystemMessage): void {
    if (message.type === "Watch") {
      message.watcher.signal({ type: "Terminated", ref: this, cause: undefined });
    }
  }

  toJSON(): string {
    return this.path;
  }
}
