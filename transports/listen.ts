/**
 * Takes a TCP port for a server. A port set by the user is taken or refused; a default one gives way
 * to the next free one.
 */
import type { Server } from "node:net";
import { MycelError } from "../runtime/errors.ts";

export interface ListenAt {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Set by the user, so that no other port will do. */
  readonly portFixed: boolean;
}

/** Enough for a machine full of nodes; beyond it something else is wrong. */
const PORTS_TRIED_MAX = 100;

/** Returns the port taken; throws `E_PORT_TAKEN`, or `E_LINK_OPEN` for an address that is not ours. */
export async function listen(server: Server, { host, port, portFixed }: ListenAt): Promise<number> {
  const last = portFixed || port === 0 ? port : Math.min(port + PORTS_TRIED_MAX - 1, 65_535);
  for (let candidate = port; candidate <= last; candidate++) {
    const taken = await tryListen(server, host, candidate);
    if (taken !== undefined) return taken;
  }
  const which = last === port ? `Port ${port}` : `Every port from ${port} to ${last}`;
  throw new MycelError(
    "E_PORT_TAKEN",
    `${which} on ${host} is in use: stop what listens there, or set another port.`,
    { host, port },
  );
}

/** Undefined when another program has the port. */
function tryListen(server: Server, host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      server.off("error", onError);
      server.off("listening", onListening);
      act();
    };
    const onError = (error: NodeJS.ErrnoException): void =>
      settle(() => {
        if (error.code === "EADDRINUSE") return resolve(undefined);
        reject(cannotListen(host, port, error));
      });
    const onListening = (): void =>
      settle(() => {
        const address = server.address();
        resolve(typeof address === "object" && address !== null ? address.port : port);
      });
    server.on("error", onError);
    server.on("listening", onListening);
    server.listen({ host, port, exclusive: true });
  });
}

function cannotListen(host: string, port: number, cause: NodeJS.ErrnoException): MycelError {
  const why =
    cause.code === "EACCES"
      ? "ports below 1024 need a privilege this process lacks"
      : cause.code === "EADDRNOTAVAIL" || cause.code === "ENOTFOUND"
        ? "this machine has no such address"
        : cause.message;
  return new MycelError(
    "E_LINK_OPEN",
    `Cannot listen on ${host}:${port}: ${why}.`,
    { host, port },
    cause,
  );
}

/** A host as part of an address to connect to; that of "every interface" is this machine's own. */
export function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
