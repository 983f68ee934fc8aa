/** A leaf's radio in a test's hands: any bytes, over a UDP socket with an address of its own. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { encodeFrame } from "../../transports/frame/encode.ts";
import type { Frame } from "../../transports/frame/frame.ts";

export interface Radio {
  send(bytes: Uint8Array): Promise<void>;
  report(leafId: number, readings: Readonly<Record<string, number>>): Promise<void>;
  register(leafId: number, hardware: string): Promise<void>;
  /** What the hub sends to this address, from now on. */
  listen(heard: (bytes: Uint8Array) => void): void;
  close(): void;
}

/** `hub` as in `node.json`: `udp://127.0.0.1:5701`. */
export async function openRadio(hub: string): Promise<Radio> {
  const { hostname, port } = new URL(hub);
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const send = (bytes: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) =>
      socket.send(bytes, Number(port), hostname, (fault) => (fault ? reject(fault) : resolve())),
    );
  const sendFrame = (frame: Frame): Promise<void> => {
    const encoded = encodeFrame(frame);
    if (!encoded.ok) throw new Error(`no such frame: ${encoded.error}`);
    return send(encoded.value);
  };
  return {
    send,
    report: (leafId, readings) =>
      sendFrame({
        version: 1,
        type: "SENSOR_REPORT",
        leafId,
        readings: Object.entries(readings).map(([channel, value]) => ({ channel, value })),
      }),
    register: (leafId, hardware) =>
      sendFrame({
        version: 1,
        type: "REGISTER",
        leafId,
        hardware,
        capabilities: ["temperature"],
      }),
    listen: (heard) => void socket.on("message", (bytes) => heard(new Uint8Array(bytes))),
    close: () => socket.close(),
  };
}
