/**
 * nact's actor system: an actor of a kernel system, under which nact's actors live.
 *
 *   start() ──▶ kernel of its own ──▶ mycel://nact/user/NAME ──▶ spawn(system, …)
 *   start({ kernel }) ──▶ beside the native actors of a system that is there already
 *
 * Systems are found by name, so that a ref is plain data.
 */

import type { ActorRef } from "../actor-ref.ts";
import { createActorSystem, type ActorSystem as KernelSystem } from "../actor-system.ts";
import { receive, type Signal, same } from "../behavior.ts";
import type { ActorCell } from "../cell/actor-cell.ts";
import { anySeed } from "../random.ts";
import { WITHOUT_TIME_LIMIT } from "../supervisor.ts";
import type { ActorLife } from "./actor-life.ts";
import { consoleLog } from "./console-log.ts";
import { silentLog } from "./log-facade.ts";
import { Parent } from "./parent.ts";
import { type ActorSystemRef, type AnyRef, Path, type Ref, SystemReference } from "./references.ts";
import type { Fault } from "./supervision.ts";
import type { ActorMailbox, ActorSystemName, Logger, PersistenceEngine } from "./types.ts";

/** What a plugin gets: to its type nothing, as in nact, and in truth a `NactSystem`. */
export abstract class ActorSystem {}

export type Plugin = (system: ActorSystem) => void;

export interface SystemOptions {
  readonly name?: ActorSystemName;
  /** Lives in this system, and stops without it. Default: a system of its own. */
  readonly kernel?: KernelSystem;
  /** Of actors that have no other; default 8,192 messages, refuse. */
  readonly mailbox?: ActorMailbox;
}

/** Started and not stopped. */
const systems = new Map<string | undefined, NactSystem>();

export const systemOf = (ref: AnyRef): NactSystem | undefined => systems.get(ref.system?.name);

export class NactSystem extends Parent {
  readonly name: string;
  readonly path: Path;
  readonly reference: SystemReference;
  readonly kernel: KernelSystem;
  readonly cell: ActorCell<never>;
  readonly mailbox: ActorMailbox | undefined;
  /** Where the answers of open queries go, each until its time has passed. */
  readonly answers = new Map<number, ActorRef<unknown>>();
  // Set by plugins, under nact's names.
  createLogger: (reference: Ref<unknown>) => Logger = () => silentLog;
  persistenceEngine: PersistenceEngine | undefined;
  readonly #ownsKernel: boolean;
  #lastAnswerId = 0;
  #lastJobId = 0;

  constructor({ name, kernel, mailbox }: SystemOptions, plugins: readonly Plugin[]) {
    super();
    this.name = name || anyName();
    this.path = new Path([], this.name);
    this.reference = new SystemReference(this.path);
    this.kernel = kernel ?? createActorSystem({ node: "nact", logger: consoleLog });
    this.#ownsKernel = kernel === undefined;
    this.mailbox = mailbox;
    this.cell = this.#spawnCell().untyped;
    systems.set(this.name, this);
    for (const plugin of plugins) plugin(this);
  }

  get system(): NactSystem {
    return this;
  }

  stop(): void {
    if (this.stopped) return;
    this.close();
    if (this.#ownsKernel) void this.kernel.shutdown();
    else this.cell.signal({ type: "Stop" });
  }

  /** Nobody above decides: the actor at the top is stopped. */
  async decide(fault: Fault, child: ActorLife): Promise<void> {
    child.cell.log.error({ err: fault.error }, "stopped after a fault that nobody decided about");
    child.stop();
  }

  actorAt(parts: readonly string[]): ActorLife | undefined {
    let at: Parent | undefined = this;
    for (const part of parts) at = at?.children.get(part);
    return at === this ? undefined : (at as ActorLife | undefined);
  }

  anonymousName(parent: Parent): string {
    for (;;) {
      const name = `anonymous-${Math.floor(this.cell.random() * 0x1_0000_0000)}`;
      if (!parent.children.has(name)) return name;
    }
  }

  nextAnswerId(): number {
    this.#lastAnswerId += 1;
    return this.#lastAnswerId;
  }

  /** Calls `job` once, later; returns how to take it back. */
  after(delayMs: number, job: () => void): () => void {
    this.#lastJobId += 1;
    const key = `job-${this.#lastJobId}`;
    if (!this.stopped) this.cell.startTimer(key, job as never, delayMs);
    return () => this.cell.cancelTimer(key);
  }

  #spawnCell(): ActorCell<() => void> {
    return this.kernel.spawn<() => void>({
      // Each actor below has a time of its own.
      ...WITHOUT_TIME_LIMIT,
      id: this.name,
      start: () =>
        receive(
          (job) => {
            job();
            return same;
          },
          { onSignal: (signal) => this.#onSignal(signal) },
        ),
      restart: "temporary",
    }) as ActorCell<() => void>;
  }

  #onSignal({ type }: Signal): typeof same {
    if (type === "PostStop") this.close();
    return same;
  }

  close(): void {
    if (systems.get(this.name) === this) systems.delete(this.name);
    this.stopped = true;
    for (const child of this.children.values()) child.close();
  }
}

/** A name or options first, if any; then plugins, called in their order. */
export function start(
  first?: Plugin | ActorSystemName | SystemOptions,
  ...rest: Plugin[]
): ActorSystemRef {
  const options = typeof first === "string" ? { name: first } : first;
  const system =
    typeof options === "function"
      ? new NactSystem({}, [options, ...rest])
      : new NactSystem(options ?? {}, rest);
  return system.reference;
}

const anyName = (): string => [0, 0, 0, 0].map(() => anySeed().toString(36)).join("-");
