/**
 * A link moves whole frames between leaves and a hub. It knows where a frame begins and ends, and
 * nothing of what it means.
 *
 *   leaf ──bytes──▶ driver ──(bytes, start, end, peer)──▶ hub        hub ──send(peer, frame)──▶ leaf
 */
import type { Result } from "../runtime/result.ts";

/**
 * Called for each frame: `bytes[start, end)` is valid until it returns. `peer` is a small integer
 * that stands for the sender's address on this link, for answers. False: there was no room for it.
 */
export type FrameReceiver = (
  bytes: Uint8Array,
  start: number,
  end: number,
  peer: number,
) => unknown;

/** The longest frame there is: wire v2's, ESP-NOW's own bound. */
export const FRAME_BYTES_MAX = 250;

/** `peerUnknown`: never heard, or forgotten since; `full`: the outbound queue is at its bound. */
export type SendRefusal = "peerUnknown" | "frameTooLong" | "full" | "closed";

/** Counters since `open`, all frames unless named otherwise. */
export interface LinkStats {
  readonly received: number;
  readonly sent: number;
  /** Refused before a frame came of it, by reason: `notAllowed`, `badCrc`, `tooLong`, … */
  readonly refused: Readonly<Record<string, number>>;
  /** Lost in the operating system's receive buffer, where it says so. */
  readonly lostByKernel: number | undefined;
  /** How often a sender was held back, since the receiver had no room. */
  readonly heldBack?: number;
}

export interface Link {
  /** Where leaves reach it, once open: `udp://127.0.0.1:5701`, `serial:///dev/ttyUSB0`. */
  readonly address: string;
  /**
   * Opens the driver; throws a `MycelError` such as `E_PORT_TAKEN`. `onClosed` is called once if the
   * link later fails by itself (device unplugged), not after `close`.
   */
  open(receiver: FrameReceiver, onClosed: (cause: unknown) => void): Promise<void>;
  send(peer: number, frame: Uint8Array): Result<void, SendRefusal>;
  /**
   * Of a link that can hold its senders back: it keeps a frame that the receiver had no room for, and
   * offers it again now. Other links have lost it.
   */
  offer?(): void;
  stats(): LinkStats;
  close(): Promise<void>;
}

export const NO_STATS: LinkStats = { received: 0, sent: 0, refused: {}, lostByKernel: undefined };

/** Of two drivers, one after the other, on the same link. */
export function addStats(a: LinkStats, b: LinkStats): LinkStats {
  const refused: Record<string, number> = { ...a.refused };
  for (const [reason, count] of Object.entries(b.refused)) {
    refused[reason] = (refused[reason] ?? 0) + count;
  }
  const isLossKnown = a.lostByKernel !== undefined || b.lostByKernel !== undefined;
  const canHoldBack = a.heldBack !== undefined || b.heldBack !== undefined;
  return {
    received: a.received + b.received,
    sent: a.sent + b.sent,
    refused,
    lostByKernel: isLossKnown ? (a.lostByKernel ?? 0) + (b.lostByKernel ?? 0) : undefined,
    ...(canHoldBack && { heldBack: (a.heldBack ?? 0) + (b.heldBack ?? 0) }),
  };
}
