/** The links of all hubs and gateways, by the addresses in the settings. */

import { gatewayPlace, portlessHost } from "../config/addresses.ts";
import type { Config, HubConfig } from "../config/schema.ts";
import { ENVELOPE } from "../firmware/wire/gateway-types.ts";
import { invariant } from "../runtime/invariant.ts";
import { Gateway } from "../transports/gateway/gateway.ts";
import type { Link } from "../transports/link.ts";
import { parseLinkAddress } from "../transports/link-address.ts";
import { holdFreeUdpPort } from "../transports/udp/free-port.ts";
import { listeningPlace, udpPlace } from "./listening-place.ts";

export interface HubLink {
  readonly config: HubConfig;
  readonly address: string;
  readonly makeLink: () => Link;
  readonly holdsSenders?: boolean;
  /** Gives up the port, where no link has been made of it. */
  readonly release: () => void;
}

export interface GatewayPlace {
  readonly id: string;
  readonly gateway: Gateway;
  readonly release: () => void;
}

/** The first of the ports that hubs take when their settings name none. */
const UDP_PORT_FIRST = 5_701;

/** Each opens with the first of its hubs. Throws as `hubLinks`. */
export async function gatewayPlaces(gateways: Config["gateways"]): Promise<GatewayPlace[]> {
  const places: GatewayPlace[] = [];
  try {
    for (const { id, link, allow } of gateways) {
      const frameBytesMax = ENVELOPE.bytesMax;
      const place = await listeningPlace({ of: `gateway ${id}`, link, allow, frameBytesMax });
      const gateway = new Gateway({ id, makeLink: place.makeLink });
      places.push({ id, gateway, release: place.release });
    }
    return places;
  } catch (error) {
    for (const { release } of places) release();
    throw error;
  }
}

/**
 * In the order of the hubs, their UDP ports held from now on: two nodes that start at once would else
 * both find the same ones free. Throws `E_CONFIG_INVALID` and, for a port that is set, `E_PORT_TAKEN`.
 */
export async function hubLinks(
  hubs: Config["hubs"],
  say: (line: string) => void,
  gateways: readonly GatewayPlace[] = [],
): Promise<HubLink[]> {
  const links: HubLink[] = [];
  try {
    await addLinks(links, hubs, say, gateways);
    return links;
  } catch (error) {
    for (const { release } of links) release();
    throw error;
  }
}

async function addLinks(
  links: HubLink[],
  hubs: Config["hubs"],
  say: (line: string) => void,
  gateways: readonly GatewayPlace[],
): Promise<void> {
  const named = namedPorts(hubs);
  let next = UDP_PORT_FIRST;
  for (const config of hubs) {
    const options = { of: `hub ${config.id}`, link: config.link, allow: config.allow };
    const host = portlessHost(config.link);
    if (host === undefined) {
      const place = throughGateway(config.link, gateways) ?? (await listeningPlace(options));
      links.push({ config, ...place });
      continue;
    }
    while (named.has(next)) next += 1;
    const held = await holdFreeUdpPort(host, next, named);
    if (held.port !== next) say(`port ${next} is taken; hub ${config.id} uses ${held.port}`);
    next = held.port + 1;
    links.push({ config, ...udpPlace(host, held, options) });
  }
}

function throughGateway(
  link: string,
  gateways: readonly GatewayPlace[],
): Omit<HubLink, "config"> | undefined {
  const place = gatewayPlace(link);
  if (place === undefined) return undefined;
  const found = gateways.find(({ id }) => id === place.gateway);
  invariant(
    found !== undefined,
    `${link}: findContradictions() refuses a gateway that is not there`,
  );
  return {
    address: link,
    makeLink: () => found.gateway.link(place.number),
    release: () => {},
  };
}

/** Kept for the hubs that name them, whatever their address: nobody listens there yet. */
function namedPorts(hubs: Config["hubs"]): ReadonlySet<number> {
  const ports = new Set<number>();
  for (const { link } of hubs) {
    const parsed = parseLinkAddress(link);
    if (parsed.ok && parsed.value.kind === "udp") ports.add(parsed.value.firstPort);
  }
  return ports;
}
