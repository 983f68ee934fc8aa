/** The gateway's envelope: every number that gateway and node must agree on. GATEWAY.md draws it. */
export const ENVELOPE = {
  magic: 0x47,
  version: 1,
  /** Magic and version. */
  headerBytes: 2,
  /** Before each frame: hub, node, length. */
  entryBytes: 5,
  /** What goes out by itself: no IP network takes a datagram of this size apart. */
  bytesSent: 1_400,
  /** What is taken: a packet on a stream. A UDP datagram holds less. */
  bytesMax: 65_535,
} as const;

/** In the order in which they are looked for; what stands before a `cutOff` counts. */
export const ENVELOPE_FAULTS = ["notEnvelope", "otherVersion", "cutOff"] as const;

export type EnvelopeFault = (typeof ENVELOPE_FAULTS)[number];
