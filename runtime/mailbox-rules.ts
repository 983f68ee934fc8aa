/**
 * What a mailbox asks of a message: by a function of its spec, or by name, which also an actor on another
 * thread can be given, since functions do not cross.
 */
import type { MailboxSpec } from "./supervisor.ts";

export type MessageKey = string | number | undefined;

/** For `conflate`; throws what the spec's function throws. */
export function keyOf<M>({ conflateBy }: MailboxSpec<M>, message: M): MessageKey {
  if (typeof conflateBy === "function") return conflateBy(message);
  const key = conflateBy === undefined ? undefined : fieldOf(message, conflateBy);
  return typeof key === "string" || typeof key === "number" ? key : undefined;
}

/** Whether it passes the data; throws what the spec's function throws. */
export function isControl<M>({ isControl: rule }: MailboxSpec<M>, message: M): boolean {
  if (rule === undefined) return false;
  if (typeof rule === "function") return rule(message);
  return rule.includes(fieldOf(message, "type") as string);
}

const fieldOf = (message: unknown, field: string): unknown =>
  typeof message === "object" && message !== null
    ? (message as Record<string, unknown>)[field]
    : undefined;
