/**
 * Emulated leaves of many hubs behind one emulated gateway: their frames share envelopes, as a radio
 * receiver's would, and leave when an envelope is full or the turn is over.
 */
import type { SendFrame } from "../../firmware/emulated/emulated-leaf.ts";
import { AT, FRAME } from "../../firmware/wire/frame-types.ts";
import { ENVELOPE } from "../../firmware/wire/gateway-types.ts";
import { SEALED_AT } from "../../firmware/wire/sealed-types.ts";
import { invariant } from "../../runtime/invariant.ts";
import { EnvelopeWriter, readEnvelope } from "../../transports/gateway/envelope.ts";
import type { GatewayAddress } from "./leaf-options.ts";
import { type HubReceiver, openUplink, type Uplink } from "./leaf-uplink.ts";

/** As `openUplink`. Hub n of `receiver` has number `firstHub` + n at the gateway. */
export async function openGateway(
  { link, hubs, firstHub }: GatewayAddress,
  receiver: HubReceiver,
  onClosed: (cause: unknown) => void,
): Promise<Uplink> {
  const writer = new EnvelopeWriter();
  let sent = 0;
  let received = 0;
  let isFlushing = false;

  const accept: HubReceiver = (_gateway, bytes, start, end) => {
    readEnvelope(bytes, start, end, (hub, _node, from, to) => {
      received += 1;
      if (hub >= firstHub && hub < firstHub + hubs) receiver(hub - firstHub, bytes, from, to);
    });
  };
  const packets = await openUplink(link, accept, onClosed, ENVELOPE.bytesMax);
  const [sendPacket] = packets.hubs;
  invariant(sendPacket !== undefined, "an uplink has at least one hub");

  /** What the driver has no room for stays. */
  const flush = (): void => {
    isFlushing = false;
    const { envelope, frames } = writer;
    if (frames === 0 || !sendPacket(envelope, envelope.length)) return;
    sent += frames;
    writer.clear();
  };
  const sendTo =
    (hub: number): SendFrame =>
    (bytes, length) => {
      const frame = bytes.subarray(0, length);
      if (!writer.add(hub, nodeOf(frame), frame)) {
        flush();
        if (!writer.add(hub, nodeOf(frame), frame)) return false;
      }
      if (!isFlushing) setImmediate(flush);
      isFlushing = true;
      return true;
    };
  return {
    hubs: Array.from({ length: hubs }, (_, at) => sendTo(firstHub + at)),
    waitingBytes: () => packets.waitingBytes(0),
    close: async (clock) => {
      flush();
      const totals = await packets.close(clock);
      return { ...totals, framesSent: sent, framesReceived: received };
    },
  };
}

/** As good a number for a radio peer as any: the leaf's id. */
const nodeOf = (frame: Uint8Array): number =>
  frame[AT.version] === FRAME.version
    ? (frame[AT.leafId] ?? 0)
    : (frame[SEALED_AT.leafId] ?? 0) | ((frame[SEALED_AT.leafId + 1] ?? 0) << 8);
