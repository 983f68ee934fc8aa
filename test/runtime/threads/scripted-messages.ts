/** What a test and its scripted workers say to each other. */

export type Script =
  | { readonly do: "echo"; readonly value: unknown }
  | { readonly do: "log"; readonly count: number }
  /** Sends `count` records of the stream to a thread, every tenth as an object. */
  | { readonly do: "stream"; readonly to: number; readonly count: number }
  /** Does not drain until the test lets it go on. */
  | { readonly do: "block" }
  | { readonly do: "throw" | "reject" | "exit" | "outOfMemory" | "hang" };

export type Told =
  | { readonly told: "echo"; readonly value: unknown; readonly epoch: number }
  | {
      readonly told: "streamEnd";
      readonly from: number;
      readonly count: number;
      readonly fault: string | undefined;
    };

/** Name of two shared words: 1 when blocked workers may go on, and how many have blocked. */
export const GATE = "gate";

/** Targets: what is said to the script, and what belongs to a stream. */
export const SCRIPT = 1;
export const STREAM = 2;
