/**
 * Hardware played by a program in C, with the firmware's own code for the leaves: a bus, a Bluetooth
 * controller. It takes a socket where Linux has a device, and a test has the leaves' other ends.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildHelper, type HelperProgram } from "../../../transports/helper/build-helper.ts";
import { HelperProcess, SAYS } from "../../../transports/helper/helper-process.ts";

export interface PseudoDevice {
  /** Takes the place of `/dev/i2c-1`, or of `hci0`. */
  readonly path: string;
  /** By leaf: what it was given. */
  readonly heard: (leaf: number) => Uint8Array[];
  offer(leaf: number, frame: Uint8Array): void;
  /** In the program's words. */
  befall(leaf: number, mishap: string): void;
  unplug(): Promise<void>;
}

export async function pseudoDevice(
  program: HelperProgram,
  args: readonly string[],
): Promise<PseudoDevice> {
  const path = await buildHelper(program);
  const dir = mkdtempSync(join(tmpdir(), "mycel-device-"));
  const socket = join(dir, "device");
  const heardBy = new Map<number, Uint8Array[]>();
  const heard = (leaf: number): Uint8Array[] => {
    const frames = heardBy.get(leaf) ?? [];
    heardBy.set(leaf, frames);
    return frames;
  };
  const ready = Promise.withResolvers<void>();
  const device = new HelperProcess(path, [socket, ...args], {
    onReady: ready.resolve,
    onFrame: (bytes, start, end, leaf) =>
      void heard(leaf).push(Uint8Array.from(bytes.subarray(start, end))),
    onSent: () => {},
    onNotSent: () => {},
    onRefused: () => {},
    onEnd: (why) => ready.reject(new Error(why)),
  });
  await ready.promise;
  return {
    path: socket,
    heard,
    offer: (leaf, frame) => device.send(leaf, frame),
    befall: (leaf, mishap) => device.say(SAYS.refused, leaf, Buffer.from(mishap)),
    unplug: async () => {
      await device.end();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
