/**
 * One attempt within its time-outs. The driver is told to end, and is left behind if it does not: the caller's
 * answer is never later than the time-out.
 */
import type { Clock } from "../../../runtime/clock.ts";
import { err, type Result } from "../../../runtime/result.ts";
import type { ChatAnswer, ChatOptions, ChatRequest, ModelFault, ModelPort } from "../model-port.ts";

export interface AttemptTimes {
  /** What is left of the call's total. */
  readonly leftMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
}

export function timedChat(
  model: ModelPort,
  request: ChatRequest,
  { signal, onDelta, onAlive }: ChatOptions,
  { leftMs, firstByteMs, idleMs }: AttemptTimes,
  clock: Clock,
): Promise<Result<ChatAnswer, ModelFault>> {
  return new Promise((settle) => {
    const abort = new AbortController();
    let isOver = false;
    const end = (result: Result<ChatAnswer, ModelFault>): void => {
      if (isOver) return;
      isOver = true;
      stopTotal();
      stopSilence();
      signal?.removeEventListener("abort", onAbort);
      abort.abort();
      settle(result);
    };
    const late = (what: string) => () =>
      end(err({ code: "timeout", message: `${model.name}: ${what}.` }));
    const onAbort = (): void =>
      end(err({ code: "aborted", message: `${model.name}: the call was ended early.` }));

    const stopTotal = clock.after(
      leftMs,
      late(`no answer within the ${seconds(leftMs)} left for it`),
    );
    let stopSilence = clock.after(firstByteMs, late(`no byte within ${seconds(firstByteMs)}`));
    const alive = (): void => {
      if (isOver) return;
      stopSilence();
      stopSilence = clock.after(idleMs, late(`it fell silent for ${seconds(idleMs)}`));
      onAlive?.();
    };

    if (signal?.aborted) return onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    model
      .chat(request, {
        signal: abort.signal,
        onAlive: alive,
        // A driver that was left behind speaks to nobody.
        ...(onDelta === undefined ? {} : { onDelta: (text) => void (isOver || onDelta(text)) }),
      })
      .then(end, (thrown) =>
        end(err({ code: "badAnswer", message: `${model.name}: its driver failed: ${thrown}.` })),
      );
  });
}

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
