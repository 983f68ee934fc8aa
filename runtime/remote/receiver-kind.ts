/** What the senders of other threads have to know of whom a number means: its two lowest bits. */
import type { MailboxSpec } from "../supervisor.ts";
import { LANE, type Lane } from "../threads/thread-port.ts";

export const RECEIVER = {
  actor: 0,
  /** An actor whose mailbox has backpressure: nothing is sent to it without credit. */
  pushesBack: 1,
  /** The address of an answer, which passes data on its way. */
  answer: 2,
} as const;
export type ReceiverKind = (typeof RECEIVER)[keyof typeof RECEIVER];

export const receiverKind = (number: number): ReceiverKind => (number & 3) as ReceiverKind;

export const actorKind = (mailbox: MailboxSpec<never> | undefined): ReceiverKind =>
  mailbox?.overflow === "backpressure" ? RECEIVER.pushesBack : RECEIVER.actor;

/** Answers pass data on their way as well. */
export const laneTo = (kind: ReceiverKind): Lane =>
  kind === RECEIVER.answer ? LANE.control : LANE.data;
