/** A bus with leaves on it, played by pseudo_bus.c with the firmware's own code for the slave's side. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildHelper } from "../../../transports/helper/build-helper.ts";
import { HelperProcess, SAYS } from "../../../transports/helper/helper-process.ts";

export interface PseudoBus {
  /** Takes the place of `/dev/i2c-1`. */
  readonly path: string;
  /** By address: frames that leaves were given. */
  readonly heard: ReadonlyMap<number, readonly Uint8Array[]>;
  offer(address: number, frame: Uint8Array): void;
  /** To the leaf's next transfer. */
  befall(address: number, mishap: "absent" | "damaged" | "cut"): void;
  unplug(): Promise<void>;
}

export async function pseudoBus(addresses: readonly number[]): Promise<PseudoBus> {
  const program = await buildHelper({
    name: "pseudo-bus",
    sources: [
      "test/transports/i2c/pseudo_bus.c",
      "transports/helper/helper_port.c",
      "transports/helper/helper_port.h",
      "firmware/src/mycel_i2c.c",
      "firmware/include/mycel_i2c.h",
      "firmware/src/mycel_stream.c",
    ],
  });
  const dir = mkdtempSync(join(tmpdir(), "mycel-i2c-"));
  const path = join(dir, "bus");
  const heard = new Map<number, Uint8Array[]>(addresses.map((address) => [address, []]));
  const ready = Promise.withResolvers<void>();
  const bus = new HelperProcess(program, [path, ...addresses.map(String)], {
    onReady: ready.resolve,
    onFrame: (bytes, start, end, peer) =>
      void heard.get(peer)?.push(Uint8Array.from(bytes.subarray(start, end))),
    onSent: () => {},
    onNotSent: () => {},
    onRefused: () => {},
    onEnd: (why) => ready.reject(new Error(why)),
  });
  await ready.promise;
  return {
    path,
    heard,
    offer: (address, frame) => bus.send(address, frame),
    befall: (address, mishap) => bus.say(SAYS.refused, address, Buffer.from(mishap)),
    unplug: async () => {
      await bus.end();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
