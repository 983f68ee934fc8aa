/** Which driver serves which hub's link, by the address in the settings. */
import type { Socket } from "node:dgram";
import { createServer } from "node:net";
import { portlessHost } from "../config/addresses.ts";
import type { Config, HubConfig } from "../config/schema.ts";
import { MycelError } from "../runtime/errors.ts";
import { I2cLink } from "../transports/i2c/i2c-link.ts";
import type { Link } from "../transports/link.ts";
import { parseLinkAddress, type TcpAddress } from "../transports/link-address.ts";
import { listen } from "../transports/listen.ts";
import { SerialLink } from "../transports/serial/serial-link.ts";
import { TcpLink, tcpAddress } from "../transports/tcp/tcp-link.ts";
import { holdFreeUdpPort, holdUdpPort } from "../transports/udp/free-port.ts";
import { UdpLink, udpAddress } from "../transports/udp/udp-link.ts";

export interface HubLink {
  readonly config: HubConfig;
  readonly address: string;
  readonly makeLink: () => Link;
  /** Gives up the port, where no link has been made of it. */
  readonly release: () => void;
}

/** The first of the ports that hubs take when their settings name none. */
const UDP_PORT_FIRST = 5_701;

/**
 * In the order of the hubs, their UDP ports held from now on: two nodes that start at once would else
 * both find the same ones free. Throws `E_CONFIG_INVALID` and, for a port that is set, `E_PORT_TAKEN`.
 */
export async function hubLinks(
  hubs: Config["hubs"],
  say: (line: string) => void,
): Promise<HubLink[]> {
  const links: HubLink[] = [];
  try {
    await addLinks(links, hubs, say);
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
): Promise<void> {
  const named = namedPorts(hubs);
  let next = UDP_PORT_FIRST;
  for (const hub of hubs) {
    const host = portlessHost(hub.link);
    if (host === undefined) {
      links.push(await linkAt(hub));
      continue;
    }
    while (named.has(next)) next += 1;
    const { port, socket } = await holdFreeUdpPort(host, next, named);
    if (port !== next) say(`port ${next} is taken; hub ${hub.id} uses ${port}`);
    next = port + 1;
    links.push(udpLinkAt(hub, host, port, socket));
  }
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

async function linkAt(hub: HubConfig): Promise<HubLink> {
  const parsed = parseLinkAddress(hub.link);
  const refuse = (why: string) =>
    new MycelError("E_CONFIG_INVALID", `The link of hub ${hub.id}: ${why}`, { hub: hub.id });
  if (!parsed.ok) throw refuse(parsed.error);
  const address = parsed.value;
  switch (address.kind) {
    case "udp": {
      if (address.firstPort !== address.lastPort) throw refuse(ONE_PORT);
      const socket = await holdUdpPort(address.host, address.firstPort);
      if (socket === undefined) {
        throw new MycelError(
          "E_PORT_TAKEN",
          `UDP port ${address.firstPort} on ${address.host} for hub ${hub.id} is in use or not allowed: stop what listens there, or change the hub's link.`,
          { hub: hub.id },
        );
      }
      return udpLinkAt(hub, address.host, address.firstPort, socket);
    }
    case "tcp":
      return await tcpLinkAt(hub, address, refuse);
    case "serial":
      return {
        config: hub,
        address: hub.link,
        makeLink: () => new SerialLink(address),
        release: () => {},
      };
    case "i2c":
      return {
        config: hub,
        address: hub.link,
        makeLink: () => new I2cLink(address),
        release: () => {},
      };
    case "memory":
      throw refuse("a memory link is for tests; use udp://, tcp://, serial:// or i2c://.");
  }
}

const ONE_PORT = "a hub listens on one port, not a range.";

/** The port is taken when the link is opened; here it is seen whether it can be. */
async function tcpLinkAt(
  hub: HubConfig,
  { host, firstPort, lastPort, framing }: TcpAddress,
  refuse: (why: string) => MycelError,
): Promise<HubLink> {
  if (firstPort !== lastPort) throw refuse(ONE_PORT);
  const server = createServer();
  await listen(server, { host, port: firstPort, portFixed: true });
  await new Promise((resolve) => server.close(resolve));
  const allow = hub.allow.length > 0 ? { allow: hub.allow } : {};
  return {
    config: hub,
    address: tcpAddress(host, firstPort),
    makeLink: () => new TcpLink({ host, port: firstPort, framing, ...allow }),
    release: () => {},
  };
}

function udpLinkAt(hub: HubConfig, host: string, port: number, bound: Socket): HubLink {
  let held: Socket | undefined = bound;
  const allow = hub.allow.length > 0 ? { allow: hub.allow } : {};
  return {
    config: hub,
    address: udpAddress(host, port),
    makeLink: () => {
      const socket = held;
      held = undefined;
      return new UdpLink({ host, port, socket, ...allow });
    },
    release: () => {
      held?.close();
      held = undefined;
    },
  };
}
