/** Tokens that are left of a prompt's budget, and of the share that one class of its lines may take. */
import type { TokenCache } from "./tokens.ts";

export class Budget {
  left: number;
  readonly #tokens: TokenCache;

  constructor(tokensMax: number, tokens: TokenCache) {
    this.left = tokensMax;
    this.#tokens = tokens;
  }

  of(text: string): number {
    return this.#tokens.of(text);
  }

  /** Whatever is left: for what must stand in each prompt. */
  spend(text: string): void {
    this.left -= this.of(text);
  }

  /** A part of what is left. */
  share(part: number): Share {
    return new Share(this, this.left * part);
  }
}

export class Share {
  readonly #budget: Budget;
  #left: number;

  constructor(budget: Budget, tokensMax: number) {
    this.#budget = budget;
    this.#left = tokensMax;
  }

  /** Whether there is room; then it is taken. */
  take(text: string): boolean {
    const tokens = this.#budget.of(text);
    if (tokens > this.#left || tokens > this.#budget.left) return false;
    this.#left -= tokens;
    this.#budget.left -= tokens;
    return true;
  }

  /** All of them or none. */
  takeAll(texts: readonly string[]): boolean {
    const tokens = texts.reduce((sum, text) => sum + this.#budget.of(text), 0);
    if (tokens > this.#left || tokens > this.#budget.left) return false;
    this.#left -= tokens;
    this.#budget.left -= tokens;
    return true;
  }
}
