/**
 * The way from emulated leaves to their hubs: one socket for all leaves of the process, since hubs
 * tell leaves by their ids, and a socket each would cost more than the leaves themselves.
 */
import { lookup } from "node:dns/promises";
import { isIPv6 } from "node:net";
import type { SendFrame } from "../../firmware/emulated/emulated-leaf.ts";
import type { Clock } from "../../runtime/clock.ts";
import { MycelError } from "../../runtime/errors.ts";
import { FRAME_BYTES_MAX, type Link } from "../../transports/link.ts";
import type { SerialAddress, TcpAddress, UdpAddress } from "../../transports/link-address.ts";
import { SERIAL_PEER, SerialLink } from "../../transports/serial/serial-link.ts";
import { HUB_PEER, TcpClient } from "../../transports/tcp/tcp-client.ts";
import { readKernelSocket } from "../../transports/udp/socket-table.ts";
import { UdpLink } from "../../transports/udp/udp-link.ts";
import type { HubAddress } from "./leaf-options.ts";

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
  address: HubAddress,
  receiver: HubReceiver,
  onClosed: (cause: unknown) => void,
  frameBytesMax: number = FRAME_BYTES_MAX,
): Promise<Uplink> {
  switch (address.kind) {
    case "udp":
      return openUdp(address, receiver, onClosed, frameBytesMax);
    case "tcp":
      return openTcp(address, receiver, onClosed, frameBytesMax);
    case "serial":
      return openSerial(address, receiver, onClosed, frameBytesMax);
  }
}

async function openUdp(
  { host, firstPort, lastPort }: UdpAddress,
  receiver: HubReceiver,
  onClosed: (cause: unknown) => void,
  frameBytesMax: number,
): Promise<Uplink> {
  const address = await resolve(host);
  // A hub on this machine is spoken to over loopback, where no other machine can answer.
  const local = address === "::1" || address.startsWith("127.");
  const everywhere = isIPv6(address) ? "::" : "0.0.0.0";
  const own = local ? address : everywhere;
  const link = new UdpLink({ host: own, port: 0, allow: [address], frameBytesMax });
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
  return { hubs, waitingBytes, close: (clock) => drained([link], clock) };
}

/** A connection for each hub. */
async function openTcp(
  { host, firstPort, lastPort, framing }: TcpAddress,
  receiver: HubReceiver,
  onClosed: (cause: unknown) => void,
  frameBytesMax: number,
): Promise<Uplink> {
  const links: TcpClient[] = [];
  try {
    for (let port = firstPort; port <= lastPort; port++) {
      const hub = links.length;
      const link = new TcpClient({ host, port, framing, frameBytesMax });
      await link.open((bytes, start, end) => receiver(hub, bytes, start, end), onClosed);
      links.push(link);
    }
  } catch (cause) {
    await Promise.all(links.map((link) => link.close()));
    throw cause;
  }
  return {
    hubs: links.map((link) => sendTo(link, HUB_PEER)),
    waitingBytes: () => undefined,
    close: (clock) => drained(links, clock),
  };
}

async function openSerial(
  address: SerialAddress,
  receiver: HubReceiver,
  onClosed: (cause: unknown) => void,
  frameBytesMax: number,
): Promise<Uplink> {
  const link = new SerialLink({ ...address, frameBytesMax });
  await link.open((bytes, start, end) => receiver(0, bytes, start, end), onClosed);
  return {
    hubs: [sendTo(link, SERIAL_PEER)],
    waitingBytes: () => undefined,
    close: (clock) => drained([link], clock),
  };
}

const sendTo =
  (link: Link, peer: number): SendFrame =>
  (bytes, length) =>
    link.send(peer, bytes.subarray(0, length)).ok;

async function drained(links: readonly Link[], clock: Clock): Promise<LinkTotals> {
  const sentNow = (): number => links.reduce((sum, link) => sum + link.stats().sent, 0);
  const giveUpMs = clock.monotonicMs() + DRAIN_MS_MAX;
  let before = -1;
  // Sent when the count stands still: a link hands over what it has within a few ms or never.
  while (sentNow() !== before && clock.monotonicMs() < giveUpMs) {
    before = sentNow();
    await new Promise<void>((resolve) => {
      clock.after(20, resolve);
    });
  }
  await Promise.all(links.map((link) => link.close()));
  const totals = { framesSent: 0, framesReceived: 0, refused: {} as Record<string, number> };
  for (const { sent, received, refused } of links.map((link) => link.stats())) {
    totals.framesSent += sent;
    totals.framesReceived += received;
    for (const [reason, count] of Object.entries(refused)) {
      totals.refused[reason] = (totals.refused[reason] ?? 0) + count;
    }
  }
  return totals;
}

async function resolve(host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (cause) {
    const text = `The hub's name "${host}" leads to no address: check how it is spelt.`;
    throw new MycelError("E_LINK_OPEN", text, { host }, cause);
  }
}
