/**
 * Ports for tests that must know theirs beforehand, or keep one over a restart. They come from the
 * system's own range, far from 5701 and 8420, which the next node that starts beside a test would take.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";

/** A port that somebody has, for tests of what happens to those who want it. */
export async function takenTcpPort(): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, server };
}

export async function freeTcpPort(): Promise<number> {
  const { port, server } = await takenTcpPort();
  server.close();
  await once(server, "close");
  return port;
}

export async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}
