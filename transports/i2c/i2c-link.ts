/** Leaves on an I2C bus (firmware/wire/I2C.md), polled by a helper process. A peer is a leaf's address on the bus. */
import type { HelperProgram } from "../helper/build-helper.ts";
import { HelperLink } from "../helper/helper-link.ts";

export interface I2cLinkOptions {
  /** `/dev/i2c-1` */
  readonly path: string;
  /** Addresses on the bus, 0x10 to 0x6f. */
  readonly leaves: readonly number[];
  readonly everyMs: number;
}

const HELPER: HelperProgram = {
  name: "i2c-helper",
  sources: [
    "transports/i2c/i2c_helper.c",
    "transports/helper/helper_port.c",
    "transports/helper/helper_port.h",
    "firmware/src/mycel_i2c.c",
    "firmware/include/mycel_i2c.h",
    "firmware/src/mycel_stream.c",
    "firmware/include/mycel_stream.h",
  ],
};

export class I2cLink extends HelperLink {
  constructor({ path, leaves, everyMs }: I2cLinkOptions) {
    const addresses = leaves.map((leaf) => `0x${leaf.toString(16)}`);
    super({
      address: `i2c://${path}?leaves=${addresses.join(",")}&every=${everyMs}ms`,
      program: HELPER,
      args: [path, String(everyMs), ...addresses],
    });
  }
}
