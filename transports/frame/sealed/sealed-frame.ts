/**
 * A wire v2 frame as an object, and its line of JSON: for people, tests and the rare frame. The hot path
 * reads fields in place instead (read.ts).
 */
import type { CommandName } from "../../../firmware/wire/frame-types.ts";
import type { SEALED } from "../../../firmware/wire/sealed-types.ts";
import type { Reading } from "../frame.ts";

interface SealedOf<Type> {
  readonly version: typeof SEALED.version;
  readonly type: Type;
  /** 0 is the pairing key. */
  readonly keyNo: number;
  readonly leafId: number;
  readonly epoch: number;
  readonly sequence: number;
  /** There and true when a leaf wants this frame answered. */
  readonly answer?: true;
}

export interface Group {
  readonly ageMs: number;
  readonly readings: readonly Reading[];
}

export type SealedCommand = SealedOf<"COMMAND"> & {
  readonly commandId: number;
  readonly expiresS: number;
} & (
    | { readonly command: CommandName; readonly args: Readonly<Record<string, number | boolean>> }
    | { readonly command: number; readonly argsHex: string }
  );

export type SealedFrame =
  | (SealedOf<"REPORT"> & { readonly groups: readonly Group[] })
  | (SealedOf<"HEARTBEAT"> & {
      readonly batteryMv: number;
      readonly uptimeS: number;
      readonly waiting: number;
      readonly dropped: number;
      readonly configVersion: number;
    })
  | (SealedOf<"WAKE_NOTIFY"> & { readonly wokenLeafIds: readonly number[] })
  | (SealedOf<"REGISTER"> & {
      readonly hardware: string;
      readonly flags: number;
      readonly firmware: number;
      readonly configVersion: number;
      readonly capabilities: readonly string[];
    })
  | (SealedOf<"RESULT"> & {
      readonly results: readonly { readonly commandId: number; readonly outcome: string }[];
    })
  | (SealedOf<"PAIR_REQUEST"> & { readonly eui: string; readonly challenge: string })
  | SealedCommand
  | (SealedOf<"CONFIG"> & {
      readonly configVersion: number;
      readonly settings: readonly { readonly key: number; readonly valueHex: string }[];
    })
  | (SealedOf<"TIME_SYNC"> & { readonly unixMs: number })
  | (SealedOf<"REKEY"> & { readonly newKeyNo: number; readonly newKey: string })
  | (SealedOf<"PAIR_ACCEPT"> & {
      readonly challenge: string;
      readonly newLeafId: number;
      readonly newKeyNo: number;
      readonly newKey: string;
    })
  | (SealedOf<"ACK"> & {
      readonly ackEpoch: number;
      readonly ackSequence: number;
      readonly seenBefore: number;
    })
  | SealedOf<"WAKE">
  | (SealedOf<number> & { readonly payloadHex: string });

/** One line without its newline. `JSON.stringify` alone would lose the sign of -0. */
export function sealedLine(frame: SealedFrame): string {
  if (frame.type !== "REPORT") return JSON.stringify({ ok: true, ...frame });
  const { groups, ...head } = frame;
  const items = groups.map(({ ageMs, readings }) => {
    const values = readings.map(
      ({ channel, value }) =>
        `{"channel":${JSON.stringify(channel)},"value":${Object.is(value, -0) ? "-0" : value}}`,
    );
    return `{"ageMs":${ageMs},"readings":[${values.join(",")}]}`;
  });
  return `${JSON.stringify({ ok: true, ...head }).slice(0, -1)},"groups":[${items.join(",")}]}`;
}
