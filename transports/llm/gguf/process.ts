/**
 * The process that holds a GGUF model, through node-llama-cpp. One call at a time, as there is one context.
 *
 *   Chat ──history, functions──▶ llama.cpp ──Progress…──▶ Answered
 *
 * Nothing is kept from call to call but what llama.cpp has computed of a prompt's beginning.
 */
import { statSync } from "node:fs";
import { listenAside, sideData } from "../../../runtime/threads/side-process-port.ts";
import type { ChatRequest } from "../model-port.ts";
import { chatHistory, dropNulls, functionsOf } from "./history.ts";
import type { FromGguf, GgufStart, ToGguf } from "./messages.ts";

const NOT_INSTALLED =
  "node-llama-cpp is not installed: `npm install --save-exact node-llama-cpp@3.22.1` and start again";

const { file, contextTokens, threads } = sideData<GgufStart>();
/** Id of a call → how to end it. At most the calls that the port lets in. */
const aborts = new Map<number, AbortController>();
let turn: Promise<void> = Promise.resolve();

const say = listenAside<ToGguf, FromGguf>((message) => {
  if (message.type === "Abort") {
    aborts.get(message.id)?.abort(new Error("aborted"));
    return;
  }
  const abort = new AbortController();
  aborts.set(message.id, abort);
  turn = turn.then(() => answer(message.id, message.request, abort.signal));
});

/** Loaded once; a failure is the answer to every call. */
const loaded = load();
loaded.then(
  () => say({ type: "Loaded" }),
  (cause: unknown) => say({ type: "LoadFailed", message: sentence(cause) }),
);

async function load() {
  // Before anything native looks at it.
  const stats = statSync(file);
  if (!stats.isFile()) throw new Error(`${file} is no file`);
  // llama.cpp would map it, and then read all of it from the disk for each token.
  const free = process.availableMemory();
  if (stats.size > free) {
    const sizes = [stats.size, free].map((bytes) => `${(bytes / 2 ** 30).toFixed(1)} GiB`);
    throw new Error(`it takes more than ${sizes[0]} of memory, and ${sizes[1]} are free`);
  }
  const llamaCpp = await import("node-llama-cpp").catch((cause) => {
    throw new Error(cause?.code === "ERR_MODULE_NOT_FOUND" ? NOT_INSTALLED : sentence(cause));
  });
  const llama = await llamaCpp.getLlama({
    gpu: false,
    build: "never",
    skipDownload: true,
    progressLogs: false,
    logLevel: llamaCpp.LlamaLogLevel.disabled,
    maxThreads: threads,
  });
  const model = await llama.loadModel({ modelPath: file });
  const contextSize = Math.min(contextTokens, model.trainContextSize);
  const context = await model.createContext({ contextSize, threads, sequences: 1 });
  const chat = new llamaCpp.LlamaChat({ contextSequence: context.getSequence() });
  return { llamaCpp, model, chat, contextSize };
}

async function answer(id: number, request: ChatRequest, signal: AbortSignal): Promise<void> {
  const fail = (
    code: "aborted" | "serverError" | "contextTooLong" | "badAnswer",
    message: string,
  ) => say({ type: "Answered", id, result: { ok: false, error: { code, message } } });
  try {
    if (signal.aborted) return fail("aborted", "the call was ended early");
    const { model, chat, contextSize } = await loaded;
    const history = chatHistory(request.messages);
    const functions = functionsOf(request.tools);
    const promptTokens = model.tokenize(JSON.stringify([history, functions])).length;
    // It would drop the beginning without a word, and with it the constitution.
    if (promptTokens + request.tokensMax > contextSize) {
      const needed = `${promptTokens} tokens of prompt and ${request.tokensMax} of answer`;
      return fail("contextTooLong", `${needed} are more than the context of ${contextSize}`);
    }
    let completionTokens = 0;
    const hasTools = request.tools.length > 0;
    const response = await chat.generateResponse(history, {
      signal,
      maxTokens: request.tokensMax,
      temperature: request.temperature,
      ...(request.seed === undefined ? {} : { seed: request.seed }),
      onToken: (tokens) => {
        completionTokens += tokens.length;
        say({ type: "Progress", id, text: "" });
      },
      onTextChunk: (text) => say({ type: "Progress", id, text }),
      ...(hasTools
        ? {
            functions: functions as never,
            documentFunctionParams: true,
            onFunctionCallParamsChunk: () => say({ type: "Progress", id, text: "" }),
          }
        : {}),
    });
    const called: readonly { functionName: string; params: unknown }[] =
      response.functionCalls ?? [];
    const toolCalls = called.map((call, index) => ({
      id: `call_${index + 1}_${call.functionName}`,
      name: call.functionName,
      argumentsText: JSON.stringify(dropNulls(call.params ?? {})),
    }));
    const calledTokens =
      toolCalls.length === 0 ? 0 : model.tokenize(JSON.stringify(toolCalls)).length;
    say({
      type: "Answered",
      id,
      result: {
        ok: true,
        value: {
          content: response.response,
          toolCalls,
          stop:
            toolCalls.length > 0
              ? "toolCalls"
              : response.metadata.stopReason === "maxTokens"
                ? "length"
                : "stop",
          usage: {
            promptTokens,
            completionTokens: completionTokens + calledTokens,
            // Counted before the chat's own marks were put around the texts.
            isExact: false,
            cost: 0,
          },
        },
      },
    });
  } catch (cause) {
    if (signal.aborted) fail("aborted", "the call was ended early");
    else fail("serverError", sentence(cause));
  } finally {
    aborts.delete(id);
  }
}

function sentence(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.replace(/\s+/g, " ").replace(/\.$/, "").slice(0, 300);
}
