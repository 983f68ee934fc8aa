/**
 * Puts an answer together from the pieces of a stream, whatever a server sends: pieces without an index, without
 * an id, arguments as an object. Bounded by the answer's bytes (watched-fetch.ts) and by the number of calls.
 */
import type { ToolCall } from "../model-port.ts";

/** Five rounds of a handful of calls are the agent's; a model that asks for more is in a loop. */
export const TOOL_CALLS_MAX = 32;

export interface CallPiece {
  readonly index?: number | null | undefined;
  readonly id?: string | null | undefined;
  readonly name?: string | null | undefined;
  readonly argumentsText?: string | undefined;
}

interface Call {
  id: string;
  name: string;
  argumentsText: string;
}

export class AnswerBuilder {
  content = "";
  readonly #onDelta: ((text: string) => void) | undefined;
  readonly #calls: Call[] = [];
  /** A server's index → the call it means, the last call where there is no index. */
  readonly #byIndex = new Map<number | undefined, Call>();

  constructor(onDelta: ((text: string) => void) | undefined) {
    this.#onDelta = onDelta;
  }

  addText(text: string): void {
    if (text === "") return;
    this.content += text;
    this.#onDelta?.(text);
  }

  addCall({ index, id, name, argumentsText = "" }: CallPiece): void {
    const at = index ?? undefined;
    let call = this.#byIndex.get(at);
    if (call === undefined || isAnother(call, id, name, at)) {
      if (this.#calls.length >= TOOL_CALLS_MAX) return;
      call = { id: "", name: "", argumentsText: "" };
      this.#calls.push(call);
    }
    this.#byIndex.set(at, call).set(undefined, call);
    call.id ||= id ?? "";
    // Some servers send the whole name with each piece, none sends it in parts.
    call.name ||= name ?? "";
    call.argumentsText += argumentsText;
  }

  /** In the order in which they began; one without a name is none, and one without arguments takes none. */
  get toolCalls(): readonly ToolCall[] {
    return this.#calls
      .filter((call) => call.name !== "")
      .map((call, index) => ({
        id: call.id || `call_${index + 1}_${call.name}`,
        name: call.name,
        argumentsText: call.argumentsText || "{}",
      }));
  }
}

/**
 * Whether a piece begins a new call where one is known. An id of its own does so where there is no index; where
 * there is one it takes a name too, as Ollama gave all calls of an answer the index 0, and other servers give
 * each piece of a call a new id.
 */
const isAnother = (
  call: Call,
  id: string | null | undefined,
  name: string | null | undefined,
  index: number | undefined,
): boolean => Boolean(id) && id !== call.id && (index === undefined || Boolean(name && call.id));
