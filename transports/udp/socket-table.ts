/**
 * What the Linux kernel says of a UDP socket: bytes that wait in its receive buffer, and datagrams
 * it dropped there. Elsewhere than on Linux nothing is known.
 *
 *   sl  local_address rem_address   st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode ref pointer drops
 *   0:  0100007F:1645 00000000:0000 07 00000000:00000300 00:00000000 00000000  0   0       4711  2   …       12
 *
 * Source: Linux, Documentation/networking/proc_net_tcp.rst and net/ipv4/udp.c (udp4_format_sock_seq).
 */
import { readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { endianness } from "node:os";

export interface KernelSocket {
  readonly waitingBytes: number;
  readonly dropped: number;
}

export function readKernelSocket(address: string, port: number): KernelSocket | undefined {
  const file = isIPv6(address) ? "/proc/net/udp6" : "/proc/net/udp";
  const known = findSocket(tables.get(file) ?? "", address, port);
  // One opened in this turn is not in the table yet.
  return known ?? findSocket(readTable(file), address, port);
}

/** As read in this turn of the event loop: a node asks for a hundred sockets at once. */
const tables = new Map<string, string>();

function readTable(file: string): string {
  if (tables.size === 0) setImmediate(() => tables.clear());
  let table = "";
  try {
    table = readFileSync(file, "latin1");
  } catch {
    // Not Linux: nothing is known.
  }
  tables.set(file, table);
  return table;
}

/** A local address and port name one socket, since links never share theirs. */
export function findSocket(table: string, address: string, port: number): KernelSocket | undefined {
  const local = table.indexOf(`: ${hexAddress(address)}:${hex(port, 4)} `);
  if (local < 0) return undefined;
  const columns = table
    .slice(local + 2, table.indexOf("\n", local))
    .trim()
    .split(/\s+/);
  const waitingBytes = Number.parseInt(columns[3]?.split(":")[1] ?? "", 16);
  const dropped = Number.parseInt(columns[11] ?? "", 10);
  if (Number.isNaN(waitingBytes) || Number.isNaN(dropped)) return undefined;
  return { waitingBytes, dropped };
}

/** As the kernel prints it: words of 32 bits, each in the machine's own byte order. */
function hexAddress(address: string): string {
  const bytes = isIPv6(address) ? bytesOfIPv6(address) : address.split(".").map(Number);
  let text = "";
  for (let at = 0; at < bytes.length; at += 4) {
    const word = bytes.slice(at, at + 4);
    if (endianness() === "LE") word.reverse();
    for (const byte of word) text += hex(byte, 2);
  }
  return text;
}

function bytesOfIPv6(address: string): number[] {
  // The URL parser writes an embedded IPv4 address as two groups.
  const plain = new URL(`http://[${address.replace(/%.*$/, "")}]`).hostname.slice(1, -1);
  const [head = "", tail] = plain.split("::");
  const groupsOf = (part: string): string[] => (part === "" ? [] : part.split(":"));
  const front = groupsOf(head);
  const back = groupsOf(tail ?? "");
  const zeros = Array.from({ length: 8 - front.length - back.length }, () => "0");
  return [...front, ...zeros, ...back].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

const hex = (value: number, digits: number): string =>
  value.toString(16).toUpperCase().padStart(digits, "0");
