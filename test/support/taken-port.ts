/** A port that somebody has, for tests of what happens to those who want it. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";

export async function takenTcpPort(): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, server };
}
