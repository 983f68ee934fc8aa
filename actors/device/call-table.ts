/**
 * Calls of foreign devices that wait for their answers, and for a while those that have ended, so that an
 * answer that comes late or twice is known as such.
 *
 *   open ─▶ waits ──answer──▶ ended (answered)      later answers: `duplicate`
 *                 └─10 s────▶ ended (timedOut)                     `late`
 *
 * An answer counts only under the topic of the device that was asked. Pure.
 */
import { err, ok, type Result } from "../../runtime/result.ts";
import { CALL_MS_MAX } from "./outcome.ts";

export interface OpenCall<T> {
  readonly id: string;
  readonly agent: string;
  readonly tool: string;
  readonly startedAtMs: number;
  readonly asker: T;
}

export const ANSWER_FAULTS = ["unknownId", "wrongAgent", "late", "duplicate"] as const;
export type AnswerFault = (typeof ANSWER_FAULTS)[number];

/** Each is a message on the bus within 10 s; an agent makes one at a time. */
const WAITING_MAX = 256;
/** So that one device that is dead does not take all of them. */
const WAITING_OF_ONE_MAX = 32;
/** Late answers come seconds later: as many as may wait, four times. */
const ENDED_KEPT = 4 * WAITING_MAX;

export class CallTable<T> {
  readonly #waiting = new Map<string, OpenCall<T>>();
  readonly #ofAgent = new Map<string, number>();
  /** Device → its calls that are known here, ended ones included. */
  readonly #known = new Map<string, number>();
  /** In the order in which they ended. */
  readonly #ended = new Map<string, { readonly call: OpenCall<T>; readonly isAnswered: boolean }>();

  get size(): number {
    return this.#waiting.size;
  }

  hasRoomFor(agent: string): boolean {
    const ofAgent = this.#ofAgent.get(agent) ?? 0;
    return this.#waiting.size < WAITING_MAX && ofAgent < WAITING_OF_ONE_MAX;
  }

  open(call: OpenCall<T>): void {
    this.#waiting.set(call.id, call);
    count(this.#ofAgent, call.agent, 1);
    count(this.#known, call.agent, 1);
  }

  /** Whether anything of this device could be meant for us. */
  concerns(agent: string): boolean {
    return this.#known.has(agent);
  }

  /** Ends the call that is answered; or says what the answer is instead, and of which call. */
  answer(agent: string, id: string): Result<OpenCall<T>, AnswerFault> {
    const waiting = this.#waiting.get(id);
    const ended = this.#ended.get(id);
    const call = waiting ?? ended?.call;
    if (call === undefined) return err("unknownId");
    if (call.agent !== agent) return err("wrongAgent");
    if (ended !== undefined) return err(ended.isAnswered ? "duplicate" : "late");
    this.#end(call, true);
    return ok(call);
  }

  /** Its time is over; undefined when it has been answered. */
  expire(id: string): OpenCall<T> | undefined {
    const call = this.#waiting.get(id);
    if (call !== undefined) this.#end(call, false);
    return call;
  }

  /** Never sent: as if it had not been asked. */
  withdraw(id: string): void {
    const call = this.#waiting.get(id);
    if (call === undefined) return;
    this.#leave(call);
    count(this.#known, call.agent, -1);
  }

  /** Ends them all. */
  takeAll(): OpenCall<T>[] {
    const calls = [...this.#waiting.values()];
    for (const call of calls) this.#end(call, false);
    return calls;
  }

  #end(call: OpenCall<T>, isAnswered: boolean): void {
    this.#leave(call);
    this.#ended.set(call.id, { call, isAnswered });
    if (this.#ended.size <= ENDED_KEPT) return;
    for (const [oldest, { call: gone }] of this.#ended) {
      this.#ended.delete(oldest);
      count(this.#known, gone.agent, -1);
      return;
    }
  }

  #leave({ id, agent }: OpenCall<T>): void {
    this.#waiting.delete(id);
    count(this.#ofAgent, agent, -1);
  }
}

function count(counts: Map<string, number>, agent: string, by: 1 | -1): void {
  const now = (counts.get(agent) ?? 0) + by;
  if (now === 0) counts.delete(agent);
  else counts.set(agent, now);
}

export const timeoutSentence = (tool: string, agent: string): string =>
  `Tool execution timed out: ${tool} on ${agent}. No answer in ${CALL_MS_MAX / 1_000} s; it may have been done all the same.`;
