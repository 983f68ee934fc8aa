/** By what name a message is told of: its `type`, or what JavaScript calls it. */

export const messageType = (message: unknown): string =>
  typeof message === "object" && message !== null && "type" in message
    ? String(message.type)
    : typeof message;
