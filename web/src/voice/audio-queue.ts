/**
 * What is to be said, one thing after the other: the most pressing first, in the order in which it came.
 *
 *   enqueue ──▶ │ 0 answers to a person │ 1 announcements │ 2 the agent's words │ ──▶ player, one at a time
 *                                                        the tail is dropped when it is full
 *
 * While the browser lets nobody speak (no click yet) the queue holds; what has grown old by then is dropped.
 */

/** As the seed has them. */
export const PRIORITY = { userAction: 0, announcement: 1, voiceEvent: 2 } as const;
export const QUEUE_MAX = 20;
/** An announcement older than this is no news. */
export const FRESH_MS = 60_000;

export interface Utterance {
  readonly id: string;
  readonly priority: 0 | 1 | 2;
  readonly text: string;
  /** Null: the browser's own speech says the text. */
  readonly audioUrl: string | null;
  readonly atMs: number;
}

/** Says one thing and answers when that has ended; `blocked`: it must be asked for again after a click. */
export interface Player {
  play(utterance: Utterance, signal: AbortSignal): Promise<"said" | "blocked">;
}

export interface QueueState {
  readonly current: Utterance | undefined;
  readonly waiting: readonly Utterance[];
  /** The last thing that was said or shown. */
  readonly last: Utterance | undefined;
  readonly isBlocked: boolean;
  /** Since the page was opened. */
  readonly dropped: number;
}

export interface AudioQueue {
  /** False: it had no place. */
  enqueue(utterance: Utterance): boolean;
  /** Ends what is being said. */
  skip(): void;
  /** Forgets what waits, of this priority and less pressing. */
  clear(from: Utterance["priority"]): void;
  /** Somebody has clicked: the browser lets the page speak. */
  unblock(): void;
  state(): QueueState;
  subscribe(listener: () => void): () => void;
}

export function createAudioQueue(player: Player, nowMs: () => number): AudioQueue {
  let state: QueueState = {
    current: undefined,
    waiting: [],
    last: undefined,
    isBlocked: false,
    dropped: 0,
  };
  let speaking: AbortController | undefined;
  const listeners = new Set<() => void>();

  const show = (change: Partial<QueueState>): void => {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  };

  function enqueue(utterance: Utterance): boolean {
    if (state.current?.id === utterance.id || state.waiting.some(({ id }) => id === utterance.id)) {
      return true;
    }
    const after = state.waiting.findLastIndex(({ priority }) => priority <= utterance.priority) + 1;
    const longer = state.waiting.toSpliced(after, 0, utterance);
    const waiting = longer.slice(0, QUEUE_MAX);
    show({ waiting, dropped: state.dropped + longer.length - waiting.length });
    void next();
    return waiting.includes(utterance);
  }

  async function next(): Promise<void> {
    if (speaking !== undefined || state.isBlocked) return;
    const fresh = state.waiting.filter(isFresh);
    const [current, ...waiting] = fresh;
    const dropped = state.dropped + state.waiting.length - fresh.length;
    if (current === undefined) {
      if (state.waiting.length > 0) show({ waiting: [], dropped });
      return;
    }
    speaking = new AbortController();
    show({ current, waiting, dropped });
    // A player that fails has not said it, and the next one may be said all the same.
    const outcome = await player.play(current, speaking.signal).catch(() => "said" as const);
    speaking = undefined;
    if (outcome === "blocked") {
      show({ current: undefined, waiting: [current, ...state.waiting], isBlocked: true });
      return;
    }
    show({ current: undefined, last: current });
    void next();
  }

  const isFresh = ({ priority, atMs }: Utterance): boolean =>
    priority === PRIORITY.userAction || nowMs() - atMs <= FRESH_MS;

  return {
    enqueue,
    skip: () => speaking?.abort(),
    clear(from) {
      const waiting = state.waiting.filter(({ priority }) => priority < from);
      if (waiting.length < state.waiting.length) show({ waiting });
    },
    unblock() {
      if (!state.isBlocked) return;
      show({ isBlocked: false });
      void next();
    },
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
