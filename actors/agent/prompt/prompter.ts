/**
 * The first request of a cycle: constitution and office, within the budget.
 *
 *   constitution ──▶ system ─┐
 *   world ──buildPrompt──▶ user ─┴──▶ messages, tokens, what was shown
 */
import type { ChatMessage } from "../../../transports/llm/model-port.ts";
import { type AgentSettings, FIRST_PROMPT_SHARE } from "../agent-options.ts";
import { type ConstitutionText, constitution } from "../constitution.ts";
import type { World } from "../inbox/world.ts";
import { toolSpecs } from "../tools.ts";
import { type BuiltPrompt, buildPrompt } from "./context.ts";
import { type CountTokens, MESSAGE_TOKENS, TokenCache } from "./tokens.ts";

/** Lines of a prompt whose tokens are remembered: those of 1,024 zones, 2,000 events and the tasks. */
const LINES_MAX = 16_384;

export interface FirstRequest extends Pick<BuiltPrompt, "seen" | "context"> {
  readonly messages: readonly ChatMessage[];
  readonly tokens: number;
}

export class Prompter {
  readonly specs: ReturnType<typeof toolSpecs>;
  readonly count: CountTokens;
  readonly #settings: AgentSettings;
  readonly #lines: TokenCache;
  readonly #constitution: () => ConstitutionText;
  readonly #onFault: (fault: string) => void;
  readonly #specsTokens: number;
  #toldFault: string | undefined;

  /** `onFault`: what is wrong with the constitution, each time that it is something else. */
  constructor(settings: AgentSettings, count: CountTokens, onFault: (fault: string) => void) {
    this.specs = toolSpecs(settings.language);
    this.count = count;
    this.#settings = settings;
    this.#lines = new TokenCache(count, LINES_MAX);
    this.#constitution = constitution(settings.language, settings.promptFile);
    this.#onFault = onFault;
    this.#specsTokens = count(JSON.stringify(this.specs));
  }

  first(cycleId: string, world: World, note: string | undefined, nowMs: number): FirstRequest {
    const { language, promptTokensMax } = this.#settings;
    const { text: system, fault } = this.#constitution();
    const fixed = this.count(system) + this.#specsTokens + 2 * MESSAGE_TOKENS;
    const first = Math.floor(promptTokensMax * FIRST_PROMPT_SHARE);
    this.#tell(fault ?? (fixed < first ? undefined : noRoom(fixed, first)));
    const known = { ...world.known(nowMs), cycleId, note };
    const { text, tokens, seen, context } = buildPrompt(
      known,
      language,
      first - fixed,
      this.#lines,
    );
    return {
      messages: [
        { role: "system", content: system },
        { role: "user", content: text },
      ],
      tokens: fixed + tokens,
      seen,
      context,
    };
  }

  #tell(fault: string | undefined): void {
    if (fault !== undefined && fault !== this.#toldFault) this.#onFault(fault);
    this.#toldFault = fault;
  }
}

const noRoom = (fixed: number, first: number): string =>
  `it and the tools take ${fixed} tokens of the ${first} that a first request may have: raise office.agent.promptTokensMax or shorten it`;
