/**
 * Reads where a link is: `udp://127.0.0.1:5701`, a range of ports `udp://127.0.0.1:5701..5704`,
 * the same with `tcp`, `serial:///dev/ttyUSB0?baud=115200`, `memory://name`. A refusal is one sentence.
 */
import { err, ok, type Result } from "../runtime/result.ts";
import type { Framing } from "./frame/framing.ts";

export interface UdpAddress {
  readonly kind: "udp";
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  /** 0 lets the system choose, for a hub. */
  readonly firstPort: number;
  readonly lastPort: number;
}

export interface TcpAddress extends Omit<UdpAddress, "kind"> {
  readonly kind: "tcp";
  /** `resync`: a bridge passes on what an old leaf sends bare on its UART. */
  readonly framing: Framing;
}

export interface SerialAddress {
  readonly kind: "serial";
  readonly path: string;
  readonly baud: number;
  /** `resync`: an old leaf sends its frames bare. */
  readonly framing: Framing;
}

export interface I2cAddress {
  readonly kind: "i2c";
  readonly path: string;
  /** Addresses on the bus, 0x10 to 0x6f. */
  readonly leaves: readonly number[];
  readonly everyMs: number;
}

interface BleAddress {
  readonly kind: "ble";
  /** `hci0`, or the path of a socket behind which somebody plays a controller. */
  readonly adapter: string;
}

interface MemoryAddress {
  readonly kind: "memory";
  readonly name: string;
}

export type LinkAddress =
  | UdpAddress
  | TcpAddress
  | SerialAddress
  | I2cAddress
  | BleAddress
  | MemoryAddress;

const PORT_MAX = 65_535;
/** What leaves of the old system speak. */
const BAUD_DEFAULT = 115_200;
/** From the slowest rate UARTs offer to the fastest that USB bridges do. */
const BAUD_MIN = 50;
const BAUD_MAX = 12_000_000;
/** What the bus leaves to devices, less what common sensors take. */
const I2C_MIN = 0x10;
const I2C_MAX = 0x6f;
/** Ten looks a second at each leaf: 1 % of a bus of 100 kHz for each. */
const I2C_EVERY_MS = 100;

export function parseLinkAddress(text: string): Result<LinkAddress, string> {
  const [, scheme, rest] = /^([a-z0-9]+):\/\/(.*)$/s.exec(text) ?? [];
  if ((scheme === "udp" || scheme === "tcp") && rest !== undefined) {
    return parseIp(scheme, text, rest);
  }
  if (scheme === "serial" && rest !== undefined) return parseSerial(text, rest);
  if (scheme === "i2c" && rest !== undefined) return parseI2c(text, rest);
  if (scheme === "ble" && rest !== undefined) return parseBle(text, rest);
  if (scheme === "memory" && rest !== undefined) return parseMemory(text, rest);
  return err(
    `"${text}" is no link address: write udp://HOST:PORT, tcp://HOST:PORT, serial:///dev/NAME, i2c:///dev/i2c-N?leaves=0x30, ble://hciN or memory://NAME.`,
  );
}

function parseIp(
  kind: "udp" | "tcp",
  text: string,
  rest: string,
): Result<UdpAddress | TcpAddress, string> {
  const [place = "", query, ...more] = rest.split("?");
  const parts = /^(?:\[([0-9A-Fa-f:.%\w]+)\]|([\w.-]+)):(\d{1,5})(?:\.\.(\d{1,5}))?$/.exec(place);
  const host = parts?.[1] ?? parts?.[2];
  if (parts === null || host === undefined) {
    return err(`"${text}" needs a host and a port, such as ${kind}://127.0.0.1:5701.`);
  }
  const firstPort = Number(parts[3]);
  const lastPort = parts[4] === undefined ? firstPort : Number(parts[4]);
  if (firstPort > PORT_MAX || lastPort > PORT_MAX) {
    return err(`"${text}" names a port above ${PORT_MAX}.`);
  }
  if (lastPort < firstPort) {
    return err(`"${text}" counts down: write the lower port first.`);
  }
  if (firstPort === 0 && lastPort !== 0) {
    return err(`"${text}" starts a range at port 0, which stands for any free port.`);
  }
  const ports = { host, firstPort, lastPort };
  const settings = query === undefined ? {} : readQuery(query);
  if (kind === "udp") {
    return query === undefined ? ok({ kind, ...ports }) : err(`"${text}" ends with its port.`);
  }
  if (more.length > 0 || settings === undefined || settings.baud !== undefined) {
    return err(`"${text}" may say ?framing=resync and nothing else.`);
  }
  return ok({ kind, ...ports, framing: settings.framing ?? "cobs" });
}

function parseSerial(text: string, rest: string): Result<SerialAddress, string> {
  const [path = "", query, ...more] = rest.split("?");
  if (path === "" || path.includes("\0")) {
    return err(`"${text}" needs the path of a device, such as serial:///dev/ttyUSB0.`);
  }
  const settings = query === undefined ? {} : readQuery(query);
  if (more.length > 0 || settings === undefined) {
    return err(
      `"${text}" may say ?baud=RATE from ${BAUD_MIN} to ${BAUD_MAX}, framing=resync, and nothing else.`,
    );
  }
  const { baud = BAUD_DEFAULT, framing = "cobs" } = settings;
  return ok({ kind: "serial", path, baud, framing });
}

/** `baud=9600&framing=resync`, each at most once. */
function readQuery(query: string): { baud?: number; framing?: Framing } | undefined {
  const settings: { baud?: number; framing?: Framing } = {};
  for (const part of query.split("&")) {
    const [name = "", value = "", ...more] = part.split("=");
    if (more.length > 0 || name in settings) return undefined;
    const baud = /^\d{1,8}$/.test(value) ? Number(value) : Number.NaN;
    if (name === "baud" && baud >= BAUD_MIN && baud <= BAUD_MAX) settings.baud = baud;
    else if (name === "framing" && (value === "cobs" || value === "resync")) {
      settings.framing = value;
    } else return undefined;
  }
  return settings;
}

function parseI2c(text: string, rest: string): Result<I2cAddress, string> {
  const [, path, list = "", every] =
    /^(\/[^?\0]+)\?leaves=((?:0x[0-9a-f]{2},?)+)(?:&every=(\d{1,5})ms)?$/i.exec(rest) ?? [];
  if (path === undefined) {
    return err(`"${text}" needs a bus and its leaves, such as i2c:///dev/i2c-1?leaves=0x30,0x31.`);
  }
  const leaves = list.split(",").filter(Boolean).map(Number);
  if (leaves.some((leaf) => leaf < I2C_MIN || leaf > I2C_MAX)) {
    return err(`"${text}" names a leaf outside 0x10 to 0x6f, which the bus keeps for itself.`);
  }
  if (new Set(leaves).size < leaves.length) return err(`"${text}" names a leaf twice.`);
  const everyMs = every === undefined ? I2C_EVERY_MS : Number(every);
  if (everyMs < 1) return err(`"${text}" polls every 0 ms: write every=100ms.`);
  return ok({ kind: "i2c", path, leaves, everyMs });
}

function parseBle(text: string, rest: string): Result<BleAddress, string> {
  if (!/^(hci\d{1,2}|\/[^?\0]+)$/.test(rest)) {
    return err(`"${text}" needs an adapter, such as ble://hci0.`);
  }
  return ok({ kind: "ble", adapter: rest });
}

function parseMemory(text: string, rest: string): Result<MemoryAddress, string> {
  if (!/^[\w.-]{1,64}$/.test(rest)) {
    return err(`"${text}" needs a name of up to 64 letters, digits, "-", "_" or ".".`);
  }
  return ok({ kind: "memory", name: rest });
}
