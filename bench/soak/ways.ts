/**
 * Who sends to whom in the soak. A way is one sender's messages to one receiver, numbered apart, so that
 * each can be accounted for.
 */

export type WayKind =
  /** Messages and bytes to a mailbox that drops the oldest when it is full. */
  | "plain"
  /** The same to one that pushes back. */
  | "credit"
  /** To an actor that is moved from thread to thread. */
  | "rover"
  /** Commands to an actor whose state is kept in the journal. */
  | "saver"
  /** Questions, and their answers. */
  | "question"
  | "answer"
  /** To a child that lives for one message, and to one that has ended. */
  | "mayfly"
  | "ghost";

export interface Way {
  readonly id: number;
  readonly kind: WayKind;
  /** Thread of the sender. */
  readonly from: number;
  /** Thread of the receiver; undefined where it changes. */
  readonly to: number | undefined;
  /** Its number among those of its kind: the receiver's. */
  readonly index: number;
}

export const ROVERS = 3;

/** All ways between so many threads, the main one included. */
export function waysOf(threads: number): Way[] {
  const ways: Way[] = [];
  const add = (kind: WayKind, from: number, to: number | undefined, index: number): void => {
    ways.push({ id: ways.length, kind, from, to, index });
  };
  for (let from = 0; from < threads; from += 1) {
    for (let to = 0; to < threads; to += 1) {
      add("plain", from, to, to);
      add("credit", from, to, to);
      add("saver", from, to, to);
    }
    for (let rover = 0; rover < ROVERS; rover += 1) add("rover", from, undefined, rover);
    const next = (from + 1) % threads;
    add("question", from, next, next);
    add("answer", next, from, from);
    add("mayfly", from, undefined, from);
    add("ghost", from, undefined, from);
  }
  return ways;
}

export function wayOf(ways: readonly Way[], kind: WayKind, from: number, index: number): number {
  const way = ways.find((each) => each.kind === kind && each.from === from && each.index === index);
  if (way === undefined) throw new Error(`there is no way ${kind} from ${from} to ${index}`);
  return way.id;
}
