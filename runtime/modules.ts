/**
 * Behaviors by module URL, so that any thread can build them. A module is loaded once, ahead of the
 * first start; until then the actor's mailbox holds its messages. One that cannot be loaded, or lacks
 * the export, is a fault of the child that its parent's supervision handles.
 */
import type { Behavior } from "./behavior.ts";
import { MycelError } from "./errors.ts";
import type { Placed } from "./supervisor.ts";

interface Waiting {
  moduleLoaded(cause: unknown): void;
}

type Exports = Readonly<Record<string, unknown>>;

export class Modules {
  /** As many as the program has; a failed one is tried again at the next start. */
  readonly #loaded = new Map<string, Exports>();
  readonly #loading = new Map<string, Promise<void>>();

  isLoaded(url: string): boolean {
    return this.#loaded.has(url);
  }

  /** How many loads have not ended. */
  get pending(): number {
    return this.#loading.size;
  }

  load(url: string, waiting: Waiting): void {
    this.preload(url).then(
      () => waiting.moduleLoaded(undefined),
      (cause) => waiting.moduleLoaded(cause),
    );
  }

  preload(url: string): Promise<void> {
    if (this.#loaded.has(url)) return Promise.resolve();
    let loading = this.#loading.get(url);
    if (loading === undefined) {
      loading = this.#import(url).finally(() => this.#loading.delete(url));
      this.#loading.set(url, loading);
    }
    return loading;
  }

  build<M>({ module, name, options }: Placed<M>): Behavior<M> {
    const make = this.#loaded.get(module)?.[name];
    if (typeof make !== "function") {
      throw new MycelError("E_MODULE_LOAD", `${module} exports no function ${name}.`, {
        module,
        name,
      });
    }
    return make(options) as Behavior<M>;
  }

  async #import(url: string): Promise<void> {
    try {
      this.#loaded.set(url, (await import(url)) as Exports);
    } catch (cause) {
      throw new MycelError(
        "E_MODULE_LOAD",
        `${url} cannot be loaded; see the cause.`,
        { module: url },
        cause,
      );
    }
  }
}
