/**
 * Addresses in the settings, so that a wrong one is told with all other mistakes and not by a driver
 * that is opened later.
 */
import { isIP } from "node:net";

const PORT_MAX = 65_535;
const HUB_NUMBER_MAX = 65_535;

export const HUB_LINK_HELP =
  "allowed: udp://HOST, udp://HOST:PORT or tcp://HOST:PORT with a port from 1 to 65535, serial:///dev/NAME?baud=RATE; the last two with framing=resync; i2c:///dev/i2c-N?leaves=0x30,0x31&every=100ms; ble://hciN; gateway://ID/NUMBER";

export function isHubLink(text: string): boolean {
  if (text.startsWith("gateway://")) return gatewayPlace(text) !== undefined;
  if (/^ble:\/\/(hci\d{1,2}|\/[^?\0]+)$/.test(text)) return true;
  if (/^i2c:\/\/\/[^?\0]+\?leaves=(0x[1-6][\da-f],?)+(&every=[1-9]\d{0,4}ms)?$/i.test(text))
    return true;
  const [place = "", query, ...more] = text.split("?");
  const settings = query?.split("&") ?? [];
  const areAll = (form: RegExp): boolean => settings.every((setting) => form.test(setting));
  if (more.length > 0) return false;
  if (place.startsWith("serial://")) {
    return (
      /^serial:\/\/[^\0]+$/.test(place) && areAll(/^(baud=[1-9]\d{1,7}|framing=(cobs|resync))$/)
    );
  }
  const parts = /^(udp|tcp):\/\/(?:\[([^\]]+)\]|[\w.-]+)(?::(\d{1,5}))?$/.exec(place);
  if (parts === null) return false;
  const [, kind, v6, port = kind === "udp" ? "1" : "0"] = parts;
  if (kind === "udp" ? query !== undefined : !areAll(/^framing=(cobs|resync)$/)) return false;
  return (v6 === undefined || isIP(v6) === 6) && Number(port) >= 1 && Number(port) <= PORT_MAX;
}

export const GATEWAY_LINK_HELP =
  "allowed: udp://HOST:PORT, tcp://HOST:PORT, serial:///dev/NAME?baud=RATE";

/** A gateway's packets have a frame of their own, so it listens at a port that it knows. */
export const isGatewayLink = (text: string): boolean =>
  isHubLink(text) &&
  !/^(gateway|i2c|ble):/.test(text) &&
  !text.includes("framing=") &&
  portlessHost(text) === undefined;

/** `gateway://gw_north/7`: the hub with number 7 at the gateway `gw_north`. */
export function gatewayPlace(link: string): { gateway: string; number: number } | undefined {
  const [, gateway, digits] = /^gateway:\/\/([a-z0-9_-]{1,64})\/(0|[1-9]\d{0,4})$/.exec(link) ?? [];
  const number = Number(digits);
  return gateway === undefined || number > HUB_NUMBER_MAX ? undefined : { gateway, number };
}

/** Of a UDP link without a port: the node finds a free one. */
export const portlessHost = (link: string): string | undefined =>
  /^udp:\/\/(\[[^\]]+\]|[^:/]+)$/.exec(link)?.[1]?.replace(/^\[|\]$/g, "");

export const SENDERS_HELP = "allowed: an IP address, or a network such as 192.0.2.0/24";

export function isSenders(text: string): boolean {
  const [address = "", prefix, ...more] = text.split("/");
  const bitsMax = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  const bits = prefix === undefined ? 0 : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  return more.length === 0 && bits <= bitsMax;
}

export const BROKER_HELP = "allowed: embedded, mqtt://HOST:PORT, mqtts://HOST:PORT";

export function isBroker(text: string): boolean {
  if (text === "embedded") return true;
  if (!/^mqtts?:\/\/[^\s/@?#]+$/.test(text) || !URL.canParse(text)) return false;
  const { hostname, port } = new URL(text);
  return hostname !== "" && port !== "0";
}
