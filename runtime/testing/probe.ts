/** An actor for tests that keeps what it gets. */
import type { ActorContext } from "../actor-context.ts";
import type { ActorRef } from "../actor-ref.ts";
import type { ActorSystem } from "../actor-system.ts";
import { receive, type Signal, same, setup } from "../behavior.ts";
import { invariant } from "../invariant.ts";

export interface ReceivedBytes {
  readonly bytes: Uint8Array;
  readonly tag: number;
  readonly atMs: number;
}

export interface Probe<M> {
  readonly ref: ActorRef<M>;
  readonly path: string;
  /** All since the start or the last `take`, oldest first. */
  readonly messages: readonly M[];
  readonly bytes: readonly ReceivedBytes[];
  readonly signals: readonly Signal[];
  /** Paths of `Terminated`, in order. */
  readonly terminated: readonly string[];
  /** The messages so far, which are then forgotten. */
  take(): M[];
  watch(ref: ActorRef<never>): void;
  unwatch(ref: ActorRef<never>): void;
}

let probes = 0;

/** Run the simulation once before `watch`, so that the probe has started. */
export function createProbe<M>(system: ActorSystem, id?: string): Probe<M> {
  const messages: M[] = [];
  const bytes: ReceivedBytes[] = [];
  const signals: Signal[] = [];
  let context: ActorContext<M> | undefined;
  probes += 1;
  const ref = system.spawn<M>({
    id: id ?? `probe-${probes}`,
    start: () =>
      setup((ctx) => {
        context = ctx;
        return receive<M>(
          (message) => {
            messages.push(message);
            return same;
          },
          {
            onSignal: (signal) => {
              signals.push(signal);
              return same;
            },
            onBytes: (buffer, start, end, tag, atMs) => {
              bytes.push({ bytes: buffer.slice(start, end), tag, atMs });
              return same;
            },
          },
        );
      }),
    restart: "temporary",
    shutdownMs: 1_000,
  });
  const started = (): ActorContext<M> => {
    invariant(context !== undefined, "the probe has started: run the simulation first");
    return context;
  };
  return {
    ref,
    path: ref.path,
    messages,
    bytes,
    signals,
    get terminated() {
      return signals.flatMap((signal) => (signal.type === "Terminated" ? [signal.ref.path] : []));
    },
    take: () => messages.splice(0),
    watch: (watched) => started().watch(watched),
    unwatch: (watched) => started().unwatch(watched),
  };
}
