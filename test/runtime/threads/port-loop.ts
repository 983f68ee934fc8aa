/**
 * Drives a port as an actor system's scheduler does, for tests without actors: drains in slices when
 * woken, and repeats refused sends when woken again.
 */
import type { ThreadPort, ThreadReceiver } from "../../../runtime/threads/thread-port.ts";

export interface PortLoop {
  /** Calls `send` until it returns true, now or after the next wake; later ones wait behind it. */
  push(send: () => boolean): void;
}

const DRAIN_MOST = 256;

export function runPortLoop(port: ThreadPort, receiver: ThreadReceiver): PortLoop {
  const waiting: (() => boolean)[] = [];
  let scheduled = false;

  const turn = (): void => {
    scheduled = false;
    while (waiting[0]?.()) waiting.shift();
    const handed = port.drain(receiver, DRAIN_MOST);
    port.flush();
    if (handed > 0 || port.rest()) schedule();
  };
  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(turn);
  };
  port.onWake(schedule);
  schedule();
  return {
    push: (send) => {
      waiting.push(send);
      schedule();
    },
  };
}
