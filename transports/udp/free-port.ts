/** Finds UDP ports for hubs whose settings name none. */
import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { MycelError } from "../../runtime/errors.ts";

/** Room for a machine full of nodes of a hundred hubs. */
const PORTS_TRIED_MAX = 4_096;

/** A port with the socket that has it; nobody else can take it until that is closed. */
export interface HeldPort {
  readonly port: number;
  readonly socket: Socket;
}

/** The first free port from `from` on that is not among `kept`. */
export async function holdFreeUdpPort(
  host: string,
  from: number,
  kept: ReadonlySet<number>,
): Promise<HeldPort> {
  for (let port = from; port < from + PORTS_TRIED_MAX; port++) {
    const socket = kept.has(port) ? undefined : await holdUdpPort(host, port);
    if (socket !== undefined) return { port, socket };
  }
  throw new MycelError(
    "E_PORT_TAKEN",
    `No free UDP port from ${from} on ${host}: set the hubs' ports in their links.`,
    { host, from },
  );
}

/** Undefined when the port is taken, or not for us. What comes before someone listens is dropped. */
export function holdUdpPort(host: string, port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
    const onError = (): void => {
      socket.close();
      resolve(undefined);
    };
    socket.once("error", onError);
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.off("error", onError);
      resolve(socket);
    });
  });
}
