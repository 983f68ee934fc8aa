/**
 * A GGUF file computed on this machine by a worker process of the node: the port here, llama.cpp there
 * (gguf/process.ts). A file that makes llama.cpp abort ends that process and not the node. It is started by the
 * first call, and again by the call after its end.
 *
 *   chat ──Chat──▶ worker ──Progress, Answered──▶ ChatAnswer
 */
import { extname } from "node:path";
import { err, ok, type Result } from "../../runtime/result.ts";
import { type SideProcess, startSideProcess } from "../../runtime/threads/side-process.ts";
import type { FromGguf, GgufStart, ToGguf } from "./gguf/messages.ts";
import type { ChatAnswer, ChatOptions, ModelFault, ModelPort } from "./model-port.ts";

export interface GgufOptions extends GgufStart {
  readonly name?: string | undefined;
}

const WORKER = new URL(`./gguf/process${extname(import.meta.url)}`, import.meta.url);

type Settle = (result: Result<ChatAnswer, ModelFault>) => void;

export function ggufModel({ file, contextTokens, threads, ...options }: GgufOptions): ModelPort {
  const name = options.name ?? `gguf:${file.split("/").at(-1)}`;
  const fault = (code: ModelFault["code"], text: string) =>
    err<ModelFault>({ code, message: `${name}: ${text}.` });
  let worker: SideProcess<ToGguf> | undefined;
  let whenLoaded: Promise<Result<void, ModelFault>> | undefined;
  let count = 0;
  /** Bounded by the gate of tended.ts. */
  const calls = new Map<number, { readonly settle: Settle; readonly options: ChatOptions }>();

  function start(): SideProcess<ToGguf> {
    if (worker !== undefined) return worker;
    let onLoaded: (result: Result<void, ModelFault>) => void = () => {};
    whenLoaded = new Promise((done) => {
      onLoaded = done;
    });
    const end = (reason: string): void => {
      worker = undefined;
      onLoaded(fault("serverError", reason));
      for (const call of [...calls.values()]) call.settle(fault("serverError", reason));
    };
    const started = startSideProcess<ToGguf, FromGguf>(
      WORKER,
      { file, contextTokens, threads } satisfies GgufStart,
      {
        onMessage: (message) => hear(message),
        onEnd: (reason) => end(`its worker ended: ${reason}`),
      },
    );
    const hear = (message: FromGguf): void => {
      switch (message.type) {
        case "Loaded":
          onLoaded(ok(undefined));
          return;
        case "LoadFailed":
          void started.terminate();
          end(`it cannot be loaded: ${message.message}`);
          return;
        case "Progress": {
          const call = calls.get(message.id);
          call?.options.onAlive?.();
          if (message.text !== "") call?.options.onDelta?.(message.text);
          return;
        }
        case "Answered": {
          const { result } = message;
          calls
            .get(message.id)
            ?.settle(
              result.ok
                ? ok({ ...result.value, model: name })
                : fault(result.error.code, result.error.message),
            );
        }
      }
    };
    worker = started;
    return started;
  }

  return {
    name,
    chat: (request, chatOptions = {}) =>
      new Promise((done) => {
        const { signal } = chatOptions;
        if (signal?.aborted) return done(fault("aborted", "the call was ended early"));
        const id = ++count;
        const aside = start();
        const onAbort = (): void => {
          aside.post({ type: "Abort", id });
          settle(fault("aborted", "the call was ended early"));
        };
        const settle: Settle = (result) => {
          calls.delete(id);
          signal?.removeEventListener("abort", onAbort);
          done(result);
        };
        calls.set(id, { settle, options: chatOptions });
        signal?.addEventListener("abort", onAbort, { once: true });
        aside.post({ type: "Chat", id, request });
      }),
    async check(signal) {
      start();
      const late = new Promise<Result<void, ModelFault>>((done) => {
        const onAbort = (): void => done(fault("timeout", "it is not loaded yet"));
        if (signal.aborted) onAbort();
        else signal.addEventListener("abort", onAbort, { once: true });
      });
      return Promise.race([whenLoaded ?? late, late]);
    },
    async close() {
      const ended = worker;
      worker = undefined;
      for (const call of [...calls.values()]) call.settle(fault("aborted", "the model was closed"));
      await ended?.terminate();
    },
  };
}
