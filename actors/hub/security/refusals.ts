/** Why a sealed frame is refused, beside the faults that its codec has in common with v1's. */
export const SEALED_REFUSALS = [
  /** The frame's length is not what its header says. */
  "badLength",
  /** Changed on its way, or not sealed under the leaf's key. */
  "badTag",
  /** No leaf with this id has a key: it has to be paired. */
  "notPaired",
  /** A generation of the key that is not in force, or not any more. */
  "unknownKey",
  /** Its counter was seen, or lies further back than the window knows. */
  "replayed",
  /** Sealed under the right key, with a counter that may have been seen before the node died. */
  "uncertain",
  /** A device asks to be paired, and no operator has opened the hub for it. */
  "pairingClosed",
  /** The hub does not accept this version of the wire. */
  "versionRefused",
  /** A v1 frame under the id of a leaf that has a key. */
  "downgradeRefused",
] as const;

export type SealedRefusal = (typeof SEALED_REFUSALS)[number];
