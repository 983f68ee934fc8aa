/** What goes between the port and the process that holds a GGUF model. */
import type { Result } from "../../../runtime/result.ts";
import type { ChatAnswer, ChatRequest, ModelFault } from "../model-port.ts";

export interface GgufStart {
  readonly file: string;
  readonly contextTokens: number;
  readonly threads: number;
}

export type ToGguf =
  | { readonly type: "Chat"; readonly id: number; readonly request: ChatRequest }
  | { readonly type: "Abort"; readonly id: number };

export type FromGguf =
  | { readonly type: "Loaded" }
  | { readonly type: "LoadFailed"; readonly message: string }
  /** Text or not, it computes: what the time-outs go by. */
  | { readonly type: "Progress"; readonly id: number; readonly text: string }
  | {
      readonly type: "Answered";
      readonly id: number;
      readonly result: Result<Omit<ChatAnswer, "model">, ModelFault>;
    };
