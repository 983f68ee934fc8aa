/**
 * The way from emulated leaves to their hubs: one socket for all leaves of the process, since hubs
 * tell leaves by their ids, and a socket each would cost more than the leaves themselves.
 */
import { lookup } from "node:dns/promises";
import { isIPv6 } from "node:net";
import type { SendFrame } from "../../firmware/emulated/emulated-leaf.ts";
import type { Clock } from "../../runtime/clock.ts";
import { MycelError } from "../../runtime/errors.ts";
import type { Link } from "../../transports/link.ts";
import type { SerialAddress, UdpAddress } from "../../transports/link-address.ts";
import { SERIAL_PEER, SerialLink } from "../../transports/serial/serial-link.ts";
import { readKernelSocket } from "../../transports/udp/socket-table.ts";
import { UdpLink } from "../../transports/udp/udp-link.ts";

/** Frames from hub number `hub`, counted as the address names them. */
export type HubReceiver = (hub: number, bytes: Uint8Array, start: number, end: number) => void;

export interface Uplink {
  /** One for each hub. */
  readonly hubs: readonly SendFrame[];
  /** What waits unread at a hub, where this machine's kernel knows. */
  waitingBytes(hub: number): number | undefined;
  /** Waits until all that was sent has left, for a second at most, and closes. */
  close(clock: Clock): Promise<LinkTotals>;
}

export interface LinkTotals {
  readonly framesSent: number;
  readonly framesReceived: number;
  readonly refused: Readonly<Record<string, number>>;
}

const DRAIN_MS_MAX = 1000;

/** Throws E_LINK_OPEN when there is no way; `onClosed` as `Link.open` has it. */
export function openUplink(
  address: UdpAddress | SerialAddress,
  receiver: HubReceiver,
  onClosed: (cause: unknown) => void,
): Promise<Uplink> {
  return address.kind === "udp"
    ? openUdp(address, receiver, onClosed)
    : openSerial(address, receiver, onClosed);
}

async function openUdp(
  { host, firstPort, lastPort }: UdpAddress,
  receiver: HubReceiver,
  onClosed: (cause: unknown) => void,
): Promise<Uplink> {
  const address = await resolve(host);
  // A hub on this machine is spoken to over loopback, where no other machine can answer.
  const local = address === "::1" || address.startsWith("127.");
  const everywhere = isIPv6(address) ? "::" : "0.0.0.0";
  const link = new UdpLink({ host: local ? address : everywhere, port: 0, allow: [address] });
  const hubByPeer = new Map<number, number>();
  await link.open((bytes, start, end, peer) => {
    const hub = hubByPeer.get(peer);
    if (hub !== undefined) receiver(hub, bytes, start, end);
  }, onClosed);
  const ports = Array.from({ length: lastPort - firstPort + 1 }, (_, at) => firstPort + at);
  const hubs = ports.map((port, hub) => {
    const peer = link.peerOf(address, port);
    hubByPeer.set(peer, hub);
    return sendTo(link, peer);
  });
  const waitingBytes = (hub: number): number | undefined => {
    const port = ports[hub] ?? 0;
    const socket = readKernelSocket(address, port) ?? readKernelSocket(everywhere, port);
    return local ? socket?.waitingBytes : undefined;
  };
  return { hubs, waitingBytes, close: (clock) => drained(link, clock) };
}

async function openSerial(
  address: SerialAddress,
  receiver: HubReceiver,
  onClosed: (cause: unknown) => void,
): Promise<Uplink> {
  const link = new SerialLink(address);
  await link.open((bytes, start, end) => receiver(0, bytes, start, end), onClosed);
  return {
    hubs: [sendTo(link, SERIAL_PEER)],
    waitingBytes: () => undefined,
    close: (clock) => drained(link, clock),
  };
}

const sendTo =
  (link: Link, peer: number): SendFrame =>
  (bytes, length) =>
    link.send(peer, bytes.subarray(0, length)).ok;

async function drained(link: Link, clock: Clock): Promise<LinkTotals> {
  const giveUpMs = clock.monotonicMs() + DRAIN_MS_MAX;
  let before = -1;
  // Sent when the count stands still: a link hands over what it has within a few ms or never.
  while (link.stats().sent !== before && clock.monotonicMs() < giveUpMs) {
    before = link.stats().sent;
    await new Promise<void>((resolve) => {
      clock.after(20, resolve);
    });
  }
  await link.close();
  const { sent, received, refused } = link.stats();
  return { framesSent: sent, framesReceived: received, refused };
}

async function resolve(host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (cause) {
    const text = `The hub's name "${host}" leads to no address: check how it is spelt.`;
    throw new MycelError("E_LINK_OPEN", text, { host }, cause);
  }
}
