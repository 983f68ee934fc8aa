/**
 * An engine that did not answer is left alone for a while: the sentences after that go out without its sound at
 * once, and not each after a time-out of its own.
 */
import { err } from "../../runtime/result.ts";
import type { SpeechPort } from "./speech-port.ts";

/** Two time-outs of VOICEVOX; one that is started anew needs as long to read its voices. */
const REST_MS = 30_000;

export function restingEngine(engine: SpeechPort, nowMs: () => number): SpeechPort {
  let untilMs = Number.NEGATIVE_INFINITY;
  return {
    ...engine,
    async synthesize(order, signal) {
      if (nowMs() < untilMs) {
        const message = `${engine.name} did not answer, and is left alone for ${REST_MS / 1_000} s.`;
        return err({ code: "unreachable", message });
      }
      const speech = await engine.synthesize(order, signal);
      const isAway =
        !speech.ok && (speech.error.code === "unreachable" || speech.error.code === "timeout");
      if (isAway && !signal?.aborted) untilMs = nowMs() + REST_MS;
      return speech;
    },
  };
}
