/** A port that nobody has at this moment; for tests of what happens when somebody does. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";

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
