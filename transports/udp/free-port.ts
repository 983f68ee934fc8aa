/** Finds UDP ports for hubs whose settings name none. */
import { createSocket } from "node:dgram";
import { isIPv6 } from "node:net";
import { MycelError } from "../../runtime/errors.ts";

/** Room for a machine full of nodes of a hundred hubs. */
const PORTS_TRIED_MAX = 4_096;

/**
 * The first free port from `from` on that is not among `kept`, tried by binding each for a moment.
 * Another program may take it before its hub does; the link then says so and tries again.
 */
export async function freeUdpPort(
  host: string,
  from: number,
  kept: ReadonlySet<number>,
): Promise<number> {
  for (let port = from; port < from + PORTS_TRIED_MAX; port++) {
    if (!kept.has(port) && (await isUdpPortFree(host, port))) return port;
  }
  throw new MycelError(
    "E_PORT_TAKEN",
    `No free UDP port from ${from} on ${host}: set the hubs' ports in their links.`,
    { host, from },
  );
}

export function isUdpPortFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
    socket.once("error", () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ address: host, port, exclusive: true }, () => socket.close(() => resolve(true)));
  });
}
