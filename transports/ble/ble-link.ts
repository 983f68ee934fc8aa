/**
 * Leaves over Bluetooth Low Energy (firmware/wire/BLE.md), served by a helper process that has the
 * adapter to itself. A peer stands for a leaf's Bluetooth address.
 */
import type { HelperProgram } from "../helper/build-helper.ts";
import { HelperLink } from "../helper/helper-link.ts";

const HELPER: HelperProgram = {
  name: "ble-helper",
  sources: [
    "transports/ble/ble_helper.c",
    "transports/ble/hci.c",
    "transports/ble/hci.h",
    "transports/helper/helper_port.c",
    "transports/helper/helper_port.h",
    "firmware/src/mycel_ble.c",
    "firmware/include/mycel_ble.h",
  ],
};

export class BleLink extends HelperLink {
  /** `hci0`, or the path of a socket behind which somebody plays a controller. */
  constructor({ adapter }: { readonly adapter: string }) {
    super({ address: `ble://${adapter}`, program: HELPER, args: [adapter] });
  }
}
