/** Which driver serves a link of the settings, and whether its port can be had. */
import { createServer } from "node:net";
import { MycelError } from "../runtime/errors.ts";
import { BleLink } from "../transports/ble/ble-link.ts";
import { I2cLink } from "../transports/i2c/i2c-link.ts";
import type { Link } from "../transports/link.ts";
import { parseLinkAddress } from "../transports/link-address.ts";
import { listen } from "../transports/listen.ts";
import { SerialLink } from "../transports/serial/serial-link.ts";
import { TcpLink, tcpAddress } from "../transports/tcp/tcp-link.ts";
import { type HeldPort, holdUdpPort } from "../transports/udp/free-port.ts";
import { UdpLink, udpAddress } from "../transports/udp/udp-link.ts";

export interface ListeningPlace {
  readonly address: string;
  /** A new driver for each time the link is opened. */
  readonly makeLink: () => Link;
  /** Its drivers have `offer`. */
  readonly holdsSenders?: boolean;
  /** Gives up the port, where no link has been made of it. */
  readonly release: () => void;
}

export interface PlaceOptions {
  /** For sentences: `hub swarm_hub_01`. */
  readonly of: string;
  readonly link: string;
  /** Empty: all. */
  readonly allow: readonly string[];
  /** Of what the driver is to carry, where it is no leaf's frame. */
  readonly frameBytesMax?: number;
}

/** Throws `E_CONFIG_INVALID` and `E_PORT_TAKEN`. A UDP port is held from now on. */
export async function listeningPlace(options: PlaceOptions): Promise<ListeningPlace> {
  const { of, link } = options;
  const refuse = (why: string) =>
    new MycelError("E_CONFIG_INVALID", `The link of ${of}: ${why}`, { of });
  const parsed = parseLinkAddress(link);
  if (!parsed.ok) throw refuse(parsed.error);
  const place = parsed.value;
  if (place.kind === "memory") {
    throw refuse("a memory link is for tests; use udp://, tcp://, serial://, i2c:// or ble://.");
  }
  if ("firstPort" in place && place.firstPort !== place.lastPort) {
    throw refuse("a hub listens on one port, not a range.");
  }
  const common = commonOptions(options);
  switch (place.kind) {
    case "udp": {
      const { host, firstPort: port } = place;
      const socket = await holdUdpPort(host, port);
      if (socket !== undefined) return udpPlace(host, { port, socket }, options);
      throw new MycelError(
        "E_PORT_TAKEN",
        `UDP port ${port} on ${host} for ${of} is in use or not allowed: stop what listens there, or change the link.`,
        { of },
      );
    }
    case "tcp": {
      const { host, firstPort: port, framing } = place;
      // The port is taken when the link is opened; here it is seen whether it can be.
      const server = createServer();
      await listen(server, { host, port, portFixed: true });
      await new Promise((resolve) => server.close(resolve));
      return {
        address: tcpAddress(host, port),
        makeLink: () => new TcpLink({ host, port, framing, ...common }),
        holdsSenders: true,
        release: () => {},
      };
    }
    case "serial":
      return {
        address: link,
        makeLink: () => new SerialLink({ ...place, ...common }),
        release: () => {},
      };
    case "ble":
      return { address: link, makeLink: () => new BleLink(place), release: () => {} };
    case "i2c":
      return { address: link, makeLink: () => new I2cLink(place), release: () => {} };
  }
}

/** At a port that is held already. */
export function udpPlace(
  host: string,
  { port, socket: bound }: HeldPort,
  options: Omit<PlaceOptions, "link">,
): ListeningPlace {
  let held: HeldPort["socket"] | undefined = bound;
  const common = commonOptions(options);
  return {
    address: udpAddress(host, port),
    makeLink: () => {
      const socket = held;
      held = undefined;
      return new UdpLink({ host, port, socket, ...common });
    },
    release: () => {
      held?.close();
      held = undefined;
    },
  };
}

const commonOptions = ({ allow, frameBytesMax }: Omit<PlaceOptions, "link">) => ({
  ...(allow.length > 0 && { allow }),
  ...(frameBytesMax !== undefined && { frameBytesMax }),
});
