/** A sealed frame as an object, given its key: for people and rare frames, since it allocates. */
import { COMMANDS } from "../../../firmware/wire/frame-types.ts";
import { SEALED, SEALED_AT, type SealedFault } from "../../../firmware/wire/sealed-types.ts";
import { err, ok, type Result } from "../../../runtime/result.ts";
import { shortestFloat32 } from "../float32.ts";
import { toHex } from "../hex.ts";
import {
  capabilityName,
  channelName,
  commandName,
  hardwareName,
  outcomeName,
  sealedTypeName,
} from "../names.ts";
import {
  ackCounter,
  ackSeenBefore,
  beatBatteryMv,
  beatConfigVersion,
  beatDropped,
  beatUptimeS,
  beatWaiting,
  checkOpened,
  checkSealed,
  configVersion,
  firstGroup,
  firstSetting,
  groupAgeMs,
  groupChannel,
  groupCount,
  groupEnd,
  groupValue,
  pairAcceptChallengeAt,
  pairAcceptKeyAt,
  pairAcceptKeyNo,
  pairAcceptLeafId,
  pairRequestChallengeAt,
  pairRequestEuiAt,
  rekeyKeyAt,
  rekeyKeyNo,
  resultCommandId,
  resultCount,
  resultOutcome,
  sealedCommandArg,
  sealedCommandArgAt,
  sealedCommandArgBytes,
  sealedCommandCode,
  sealedCommandExpiresS,
  sealedCommandId,
  sealedEpoch,
  sealedKeyNo,
  sealedKind,
  sealedLeafId,
  sealedRegisterCapability,
  sealedRegisterCapabilityCount,
  sealedRegisterConfigVersion,
  sealedRegisterFirmware,
  sealedRegisterFlags,
  sealedRegisterHardware,
  sealedSequence,
  sealedWantsAnswer,
  settingBytes,
  settingEnd,
  settingKey,
  settingValueAt,
  timeSyncUnixMs,
  wokenCount,
  wokenLeafId,
} from "./read.ts";
import { openFrame } from "./seal.ts";
import type { SealedFrame } from "./sealed-frame.ts";

/** `key`: an expanded one (`expandKey`). */
export function decodeSealed(
  key: Int32Array,
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): Result<SealedFrame, SealedFault> {
  const fault = checkSealed(bytes, start, end);
  if (fault !== undefined) return err(fault);
  const opened = new Uint8Array(end - start - SEALED.tagBytes);
  if (openFrame(key, 0, bytes, start, end, opened, 0) === 0) return err("badTag");
  return decodeOpened(opened);
}

/** Of a frame that was opened already: header and payload. */
export function decodeOpened(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): Result<SealedFrame, SealedFault> {
  const fault = checkOpened(bytes, start, end);
  if (fault !== undefined) return err(fault);
  const kind = sealedKind(bytes, start);
  const type = sealedTypeName(kind);
  const head = {
    version: SEALED.version,
    keyNo: sealedKeyNo(bytes, start),
    leafId: sealedLeafId(bytes, start),
    epoch: sealedEpoch(bytes, start),
    sequence: sealedSequence(bytes, start),
    ...(sealedWantsAnswer(bytes, start) ? { answer: true as const } : {}),
  };
  const { version, ...others } = head;
  const as = <Type>(name: Type) => ({ version, type: name, ...others });
  const hexAt = (at: number, length: number): string => toHex(bytes, at, at + length);
  switch (type) {
    case "REPORT": {
      const groups = [];
      for (let at = firstGroup(start); at < end; at = groupEnd(bytes, at)) {
        const group = at;
        const readings = Array.from({ length: groupCount(bytes, group) }, (_, index) => ({
          channel: channelName(groupChannel(bytes, group, index)),
          value: shortestFloat32(groupValue(bytes, group, index)),
        }));
        groups.push({ ageMs: groupAgeMs(bytes, group), readings });
      }
      return ok({ ...as(type), groups });
    }
    case "HEARTBEAT":
      return ok({
        ...as(type),
        batteryMv: beatBatteryMv(bytes, start),
        uptimeS: beatUptimeS(bytes, start),
        waiting: beatWaiting(bytes, start),
        dropped: beatDropped(bytes, start),
        configVersion: beatConfigVersion(bytes, start),
      });
    case "WAKE_NOTIFY": {
      const length = wokenCount(bytes, start);
      const wokenLeafIds = Array.from({ length }, (_, index) => wokenLeafId(bytes, start, index));
      return ok({ ...as(type), wokenLeafIds });
    }
    case "REGISTER": {
      const length = sealedRegisterCapabilityCount(bytes, start);
      return ok({
        ...as(type),
        hardware: hardwareName(sealedRegisterHardware(bytes, start)),
        flags: sealedRegisterFlags(bytes, start),
        firmware: sealedRegisterFirmware(bytes, start),
        configVersion: sealedRegisterConfigVersion(bytes, start),
        capabilities: Array.from({ length }, (_, index) =>
          capabilityName(sealedRegisterCapability(bytes, start, index)),
        ),
      });
    }
    case "RESULT": {
      const results = Array.from({ length: resultCount(start, end) }, (_, index) => ({
        commandId: resultCommandId(bytes, start, index),
        outcome: outcomeName(resultOutcome(bytes, start, index)),
      }));
      return ok({ ...as(type), results });
    }
    case "PAIR_REQUEST":
      return ok({
        ...as(type),
        eui: hexAt(pairRequestEuiAt(start), SEALED.euiBytes),
        challenge: hexAt(pairRequestChallengeAt(start), SEALED.challengeBytes),
      });
    case "COMMAND":
      return ok({
        ...as(type),
        commandId: sealedCommandId(bytes, start),
        expiresS: sealedCommandExpiresS(bytes, start),
        ...commandOf(bytes, start),
      });
    case "CONFIG": {
      const settings = [];
      for (let at = firstSetting(start); at < end; at = settingEnd(bytes, at)) {
        const valueHex = hexAt(settingValueAt(at), settingBytes(bytes, at));
        settings.push({ key: settingKey(bytes, at), valueHex });
      }
      return ok({ ...as(type), configVersion: configVersion(bytes, start), settings });
    }
    case "TIME_SYNC":
      return ok({ ...as(type), unixMs: timeSyncUnixMs(bytes, start) });
    case "REKEY":
      return ok({
        ...as(type),
        newKeyNo: rekeyKeyNo(bytes, start),
        newKey: hexAt(rekeyKeyAt(start), SEALED.keyBytes),
      });
    case "PAIR_ACCEPT":
      return ok({
        ...as(type),
        challenge: hexAt(pairAcceptChallengeAt(start), SEALED.challengeBytes),
        newLeafId: pairAcceptLeafId(bytes, start),
        newKeyNo: pairAcceptKeyNo(bytes, start),
        newKey: hexAt(pairAcceptKeyAt(start), SEALED.keyBytes),
      });
    case "ACK": {
      const counter = ackCounter(bytes, start);
      const ackEpoch = Math.floor(counter / 0x10000);
      const seenBefore = ackSeenBefore(bytes, start);
      return ok({ ...as(type), ackEpoch, ackSequence: counter % 0x10000, seenBefore });
    }
    case "WAKE":
      return ok(as(type));
    case undefined:
      return ok({ ...as(kind), payloadHex: toHex(bytes, start + SEALED_AT.payload, end) });
  }
}

function commandOf(bytes: Uint8Array, start: number) {
  const code = sealedCommandCode(bytes, start);
  const command = commandName(code);
  if (command === undefined) {
    const at = sealedCommandArgAt(start);
    return { command: code, argsHex: toHex(bytes, at, at + sealedCommandArgBytes(bytes, start)) };
  }
  const { field } = COMMANDS[command];
  if (field === undefined) return { command, args: {} };
  const arg = sealedCommandArg(bytes, start);
  return { command, args: { [field]: field === "on" ? arg !== 0 : arg } };
}
