/** Reads the flags of `mycel leaf`; a mistake is wrong usage, said in one sentence. */
import { InvalidArgumentError } from "commander";
import { LEAVES_PER_HUB_MAX, SEALED_LEAVES_PER_HUB_MAX } from "../../firmware/emulated/swarm.ts";
import { SEALED } from "../../firmware/wire/sealed-types.ts";
import { fromHex } from "../../transports/frame/hex.ts";
import {
  parseLinkAddress,
  type SerialAddress,
  type TcpAddress,
  type UdpAddress,
} from "../../transports/link-address.ts";

export type HubAddress = UdpAddress | TcpAddress | SerialAddress;

/** Many hubs behind one gateway, by their numbers there. */
export interface GatewayAddress {
  readonly kind: "gateway";
  readonly link: HubAddress;
  readonly hubs: number;
  readonly firstHub: number;
}

/** What is written on the command line: one of `hub` and `gateway`. */
export interface WrittenFlags extends Omit<LeafFlags, "hub"> {
  readonly hub?: HubAddress;
  readonly gateway?: HubAddress;
  readonly hubs?: number;
  readonly firstHub?: number;
}

export interface LeafFlags {
  readonly hub: HubAddress | GatewayAddress;
  readonly count?: number;
  readonly every: number;
  readonly seed: number;
  readonly speed: number | "max";
  readonly start: number | "now";
  readonly zones: readonly string[];
  readonly firstId?: number;
  readonly replay?: string;
  readonly for?: number;
  readonly json?: true;
  readonly wire: 1 | 2;
  readonly fleetSecret?: Uint8Array;
  readonly state?: string;
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
/** A day: whoever wants longer gaps wants no leaf process. */
const DURATION_MS_MAX = 24 * 3_600_000;
/** As many as one process can keep busy; also keeps a mistyped range from 65 535 sockets. */
const PORTS_MAX = 64;
const ZONES_MAX = 64;
const SPEED_MAX = 1_000_000;

export function hubFlag(text: string): HubAddress {
  const parsed = parseLinkAddress(text);
  if (!parsed.ok) throw new InvalidArgumentError(parsed.error);
  const address = parsed.value;
  if (address.kind === "memory") {
    throw new InvalidArgumentError(
      "A memory link does not leave its process: use udp, tcp or serial.",
    );
  }
  if (address.kind === "i2c" || address.kind === "ble") {
    throw new InvalidArgumentError(
      "Leaves on a bus or a radio are devices: use udp, tcp or serial.",
    );
  }
  if (address.kind !== "serial" && address.firstPort === 0) {
    throw new InvalidArgumentError("Name the port that the hub listens on; 0 is none.");
  }
  if (hubCount(address) > PORTS_MAX) {
    throw new InvalidArgumentError(`One process serves at most ${PORTS_MAX} ports.`);
  }
  return address;
}

export function hubCount(address: HubAddress | GatewayAddress): number {
  if (address.kind === "gateway") return address.hubs;
  return address.kind === "serial" ? 1 : address.lastPort - address.firstPort + 1;
}

/** `500ms`, `1s`, `2m`, `1.5h`; in ms. */
export function durationFlag(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const durationMs = Number(amount) * (UNIT_MS[unit ?? ""] ?? Number.NaN);
  if (!(durationMs >= 1 && durationMs <= DURATION_MS_MAX)) {
    throw new InvalidArgumentError("Write a time from 1ms to 24h, such as 500ms, 1s or 2m.");
  }
  return durationMs;
}

export function wholeFlag(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= low && value <= high)) {
      throw new InvalidArgumentError(`Write a whole number from ${low} to ${high}.`);
    }
    return value;
  };
}

export function speedFlag(text: string): number | "max" {
  if (text === "max") return text;
  const speed = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(speed > 0 && speed <= SPEED_MAX)) {
    throw new InvalidArgumentError(`Write a number above 0 and up to ${SPEED_MAX}, or max.`);
  }
  return speed;
}

/** ms since midnight. */
export function startFlag(text: string): number | "now" {
  if (text === "now") return text;
  const [, hour, minute] = /^(\d{1,2}):(\d\d)$/.exec(text) ?? [];
  const startMs = (Number(hour) * 60 + Number(minute)) * 60_000;
  if (!(Number(hour) < 24 && Number(minute) < 60)) {
    throw new InvalidArgumentError("Write a time of day such as 08:30, or now.");
  }
  return startMs;
}

export function zonesFlag(text: string): readonly string[] {
  const zones = text.split(",").map((zone) => zone.trim());
  if (zones.length > ZONES_MAX || zones.some((zone) => !/^[\w.-]{1,64}$/.test(zone))) {
    throw new InvalidArgumentError(`Write up to ${ZONES_MAX} zone names such as main,meeting.`);
  }
  return zones;
}

export function wireFlag(text: string): 1 | 2 {
  if (text !== "1" && text !== "2") throw new InvalidArgumentError("Write 1 or 2.");
  return text === "1" ? 1 : 2;
}

export function fleetSecretFlag(text: string): Uint8Array {
  const secret = fromHex(text);
  if (secret?.length !== SEALED.keyBytes) {
    throw new InvalidArgumentError(`Write ${SEALED.keyBytes} bytes as 32 hex digits.`);
  }
  return secret;
}

/** Undefined, when not one way to the hubs is named. */
export function flagsOf({
  hub,
  gateway,
  hubs,
  firstHub,
  ...rest
}: WrittenFlags): LeafFlags | undefined {
  if (gateway === undefined) {
    const isPlain = hub !== undefined && hubs === undefined && firstHub === undefined;
    return isPlain ? { ...rest, hub } : undefined;
  }
  if (hub !== undefined || hubCount(gateway) > 1) return undefined;
  const numbers = { hubs: hubs ?? 1, firstHub: firstHub ?? 1 };
  return { ...rest, hub: { kind: "gateway", link: gateway, ...numbers } };
}

/** What no single flag can know; undefined when all is well. */
export function contradiction(flags: LeafFlags): string | undefined {
  const hubs = hubCount(flags.hub);
  const count = flags.count ?? 1;
  const perHub = Math.ceil(count / hubs);
  const ports = hubs === 1 ? "one hub" : `${hubs} hubs`;
  const leavesMax = flags.wire === 2 ? SEALED_LEAVES_PER_HUB_MAX : LEAVES_PER_HUB_MAX;
  if (perHub > leavesMax) {
    return `${count} leaves are too many for ${ports}: a hub has ids for ${leavesMax} leaves, so name ${Math.ceil(count / leavesMax)} ${flags.hub.kind === "gateway" ? "hubs" : "ports"} or more.`;
  }
  if (firstIdOf(flags) + perHub > leavesMax) {
    return `Ids from ${firstIdOf(flags)} on leave room for ${leavesMax - firstIdOf(flags)} leaves a hub, not for ${perHub}.`;
  }
  if (flags.wire === 2 && flags.fleetSecret === undefined) {
    return "Leaves of wire 2 pair by install codes: give the hub's --fleet-secret.";
  }
  if (flags.wire === 1 && (flags.fleetSecret !== undefined || flags.state !== undefined)) {
    return "--fleet-secret and --state are for --wire 2: leaves of wire 1 have no keys.";
  }
  if (flags.wire === 2 && flags.replay !== undefined) {
    return "A recording is replayed by wire 1: leave --wire out.";
  }
  if (flags.replay !== undefined && count > 1) {
    return "A recording is replayed as one leaf: leave --count out.";
  }
  if (flags.replay === undefined && flags.speed === "max") {
    return "--speed max is for --replay: an office has no end to hurry to.";
  }
  return undefined;
}

/** From 1 on, as people count, unless the hub is full to its last id. */
export function firstIdOf(flags: LeafFlags): number {
  const full = Math.ceil((flags.count ?? 1) / hubCount(flags.hub)) === LEAVES_PER_HUB_MAX;
  return flags.firstId ?? (full ? 0 : 1);
}
