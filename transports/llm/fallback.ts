/** Several models as one: the first that answers, in the order of the settings. */
import { err, type Result } from "../../runtime/result.ts";
import type { ChatAnswer, ChatOptions, ChatRequest, ModelFault, ModelPort } from "./model-port.ts";

export function fallback<M extends ModelPort>(models: readonly [M, ...M[]]): ModelPort {
  async function chat(
    request: ChatRequest,
    options: ChatOptions = {},
  ): Promise<Result<ChatAnswer, ModelFault>> {
    const faults: ModelFault[] = [];
    let hasSpoken = false;
    for (const model of models) {
      if (hasSpoken) options.onRestart?.();
      hasSpoken = false;
      const result = await model.chat(request, {
        ...options,
        onDelta: (text) => {
          hasSpoken = true;
          options.onDelta?.(text);
        },
      });
      if (result.ok || result.error.code === "aborted") return result;
      faults.push(result.error);
    }
    return err(together(faults));
  }

  return {
    name: models.map((model) => model.name).join(" > "),
    chat,
    /** One that would answer is enough. */
    async check(signal) {
      const results = await Promise.all(models.map((model) => model.check(signal)));
      const faults = results.flatMap((result) => (result.ok ? [] : [result.error]));
      return faults.length < models.length ? { ok: true, value: undefined } : err(together(faults));
    },
    async close() {
      await Promise.all(models.map((model) => model.close()));
    },
  };
}

/** The first model's code, as the one that was wanted; all sentences; the soonest time. */
function together(faults: readonly ModelFault[]): ModelFault {
  const [first] = faults;
  const waits = faults.flatMap((fault) => fault.retryAfterMs ?? []);
  return {
    code: first?.code ?? "unreachable",
    message: faults.map((fault) => fault.message).join(" "),
    ...(waits.length === 0 ? {} : { retryAfterMs: Math.min(...waits) }),
  };
}
