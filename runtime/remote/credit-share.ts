/** How much of a mailbox's room each other thread may hold credit for. */
import { BYTE_RING_BYTES_MAX } from "../limits.ts";

export interface CreditShare {
  readonly messages: number;
  readonly bytes: number;
}

/** The room of a mailbox, dealt out to so many other threads; at least one message for each. */
export const shareOf = (capacity: number, threads: number): CreditShare => ({
  messages: Math.max(1, Math.floor(capacity / threads)),
  bytes: bytesShareOf(threads),
});

/** What a thread may send before it has heard of the mailbox: its first message asks for more. */
export const firstShareOf = (threads: number): CreditShare => ({
  messages: 1,
  bytes: bytesShareOf(threads),
});

const bytesShareOf = (threads: number): number => Math.floor(BYTE_RING_BYTES_MAX / threads);
