/** A sealed frame from its object, given its key: for people, tests and vectors. */
import { COMMANDS } from "../../../firmware/wire/frame-types.ts";
import { SEALED, SEALED_TYPES } from "../../../firmware/wire/sealed-types.ts";
import { err, ok, type Result } from "../../../runtime/result.ts";
import { Draft, type EncodeFault, isWhole } from "../draft.ts";
import { capabilityCode, channelCode, hardwareCode, outcomeCode } from "../names.ts";
import { sealFrame } from "./seal.ts";
import type { SealedCommand, SealedFrame } from "./sealed-frame.ts";
import { writeHeader } from "./write.ts";

/** `key`: an expanded one (`expandKey`). */
export function encodeSealed(frame: SealedFrame, key: Int32Array): Result<Uint8Array, EncodeFault> {
  const draft = new Draft(SEALED.headerBytes, SEALED.payloadBytesMax, SEALED.bytesMax);
  putPayload(draft, frame);
  if (draft.fault !== undefined) return err(draft.fault);

  const { keyNo, leafId, epoch, sequence } = frame;
  const code = typeof frame.type === "number" ? frame.type : SEALED_TYPES[frame.type];
  const type = frame.answer === true ? code | SEALED.answerBit : code;
  const sound =
    isWhole(type, 0xff) &&
    isWhole(keyNo, 0xff) &&
    isWhole(leafId, 0xffff) &&
    isWhole(epoch, SEALED.epochMax) &&
    isWhole(sequence, SEALED.sequenceMax);
  if (!sound) return err("outOfRange");
  writeHeader(draft.bytes, 0, type, keyNo, leafId, epoch, sequence);
  return ok(draft.bytes.slice(0, sealFrame(key, 0, draft.bytes, 0, draft.at)));
}

function putPayload(draft: Draft, frame: SealedFrame): void {
  switch (frame.type) {
    case "REPORT":
      for (const { ageMs, readings } of frame.groups) {
        draft.whole(ageMs, 4);
        draft.whole(readings.length, 1);
        for (const { channel, value } of readings) {
          draft.code(channelCode(channel));
          draft.float32(value);
        }
      }
      return;
    case "HEARTBEAT":
      draft.whole(frame.batteryMv, 2);
      draft.whole(frame.uptimeS, 4);
      draft.whole(frame.waiting, 2);
      draft.whole(frame.dropped, 2);
      draft.whole(frame.configVersion, 2);
      return;
    case "WAKE_NOTIFY":
      draft.whole(frame.wokenLeafIds.length, 1);
      for (const leafId of frame.wokenLeafIds) draft.whole(leafId, 2);
      return;
    case "REGISTER":
      draft.code(hardwareCode(frame.hardware));
      draft.whole(frame.flags, 1);
      draft.whole(frame.firmware, 2);
      draft.whole(frame.configVersion, 2);
      draft.whole(frame.capabilities.length, 1);
      for (const capability of frame.capabilities) draft.code(capabilityCode(capability));
      return;
    case "RESULT":
      for (const { commandId, outcome } of frame.results) {
        draft.whole(commandId, 4);
        draft.code(outcomeCode(outcome));
      }
      return;
    case "PAIR_REQUEST":
      draft.hex(frame.eui, SEALED.euiBytes);
      draft.hex(frame.challenge, SEALED.challengeBytes);
      return;
    case "COMMAND":
      putCommand(draft, frame);
      return;
    case "CONFIG":
      draft.whole(frame.configVersion, 2);
      for (const { key, valueHex } of frame.settings) {
        draft.whole(key, 1);
        putCounted(draft, valueHex);
      }
      return;
    case "TIME_SYNC":
      draft.whole(frame.unixMs % 0x100000000, 4);
      draft.whole(Math.floor(frame.unixMs / 0x100000000), 4);
      return;
    case "PAIR_ACCEPT":
      draft.hex(frame.challenge, SEALED.challengeBytes);
      draft.whole(frame.newLeafId, 2);
      putKey(draft, frame);
      return;
    case "REKEY":
      putKey(draft, frame);
      return;
    case "ACK":
      draft.whole(frame.ackEpoch, 4);
      draft.whole(frame.ackSequence, 2);
      draft.whole(frame.seenBefore, 4);
      return;
    case "WAKE":
      return;
    default:
      draft.hex(frame.payloadHex);
  }
}

function putCommand(draft: Draft, frame: SealedCommand): void {
  draft.whole(frame.commandId, 4);
  draft.whole(frame.expiresS, 2);
  if ("argsHex" in frame) {
    draft.whole(frame.command, 1);
    putCounted(draft, frame.argsHex);
    return;
  }
  const { id, bytes, field } = COMMANDS[frame.command];
  draft.whole(id, 1);
  draft.whole(bytes, 1);
  if (field !== undefined) draft.whole(Number(frame.args[field]), bytes);
}

function putCounted(draft: Draft, hex: string): void {
  draft.whole(hex.replace(/[\s:]+/g, "").length >> 1, 1);
  draft.hex(hex);
}

function putKey(
  draft: Draft,
  { newKeyNo, newKey }: { readonly newKeyNo: number; readonly newKey: string },
): void {
  draft.whole(newKeyNo, 1);
  draft.hex(newKey, SEALED.keyBytes);
}
