/**
 * Who an id belongs to: what a hub makes of a REGISTER frame and of an operator's word. Pure.
 *
 *   standing        same hardware      other hardware                    operator
 *   (none)          adopted            -                                 add: adopted
 *   stranger        adopted            -                                 adopt: adopted
 *   adopted         rebooted           disputed, refused                 -
 *   disputed        rebooted           refused                           agree: adopted with the claim
 *                                                                        keep: adopted as before
 *
 * Wire v1 proves no sender: this keeps an id from changing hands unnoticed, and nothing more.
 */

import type { LeafRecord } from "../leaf/messages.ts";
import type { RecordEventKind } from "./sentences.ts";

export interface Registration {
  /** `undefined`: nothing to save. */
  readonly record: LeafRecord | undefined;
  readonly accepted: boolean;
  readonly event: RecordEventKind | undefined;
}

export function register(
  known: LeafRecord,
  hardware: string,
  capabilities: readonly string[],
): Registration {
  if (known.standing === "disputed") {
    // The first claim stays: two claimants in turn would otherwise write and alert without end.
    if (hardware !== known.hardware) return refused(undefined, undefined);
    return accepted(withCapabilities(known, capabilities), "leaf_rebooted");
  }
  if (known.hardware === undefined || known.standing === "stranger") {
    return accepted({ ...known, hardware, capabilities, standing: "adopted" }, "leaf_registered");
  }
  if (hardware !== known.hardware) {
    return refused({ ...known, standing: "disputed", claimedHardware: hardware }, "leaf_disputed");
  }
  return accepted(withCapabilities(known, capabilities), "leaf_rebooted");
}

/** The claim wins: the id now belongs to the hardware that asked for it. */
export const agree = (known: LeafRecord, capabilities: readonly string[]): LeafRecord => ({
  ...known,
  hardware: known.claimedHardware,
  capabilities,
  standing: "adopted",
  claimedHardware: undefined,
});

/** A leaf that was only heard; saved once an operator or a registration makes it known. */
export const stranger = (hub: string, leafId: number, zone: string): LeafRecord => ({
  hub,
  leafId,
  name: defaultName(leafId),
  zone,
  hardware: undefined,
  capabilities: [],
  standing: "stranger",
  claimedHardware: undefined,
});

export const defaultName = (leafId: number): string => `leaf_${leafId}`;

const accepted = (record: LeafRecord | undefined, event: RecordEventKind): Registration => ({
  record,
  accepted: true,
  event,
});

const refused = (
  record: LeafRecord | undefined,
  event: RecordEventKind | undefined,
): Registration => ({
  record,
  accepted: false,
  event,
});

/** A reboot with nothing new needs no write. */
const withCapabilities = (
  known: LeafRecord,
  capabilities: readonly string[],
): LeafRecord | undefined => {
  const isSame =
    capabilities.length === known.capabilities.length &&
    capabilities.every((name, i) => name === known.capabilities[i]);
  return isSame ? undefined : { ...known, capabilities };
};
