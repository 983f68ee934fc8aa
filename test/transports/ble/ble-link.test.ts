import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MycelError } from "../../../runtime/errors.ts";
import { BleLink } from "../../../transports/ble/ble-link.ts";
import { noCompiler } from "../../firmware/toolchain.ts";
import { type PseudoDevice, pseudoDevice } from "../helper/pseudo-device.ts";
import { describeLink, type LinkPair, until } from "../link-compliance.ts";

const LEAVES = 3;
const pseudoController = (): Promise<PseudoDevice> =>
  pseudoDevice(
    {
      name: "pseudo-controller",
      sources: [
        "test/transports/ble/pseudo_controller.c",
        "transports/ble/hci.h",
        "transports/helper/helper_port.c",
        "transports/helper/helper_port.h",
        "firmware/src/mycel_ble.c",
        "firmware/include/mycel_ble.h",
      ],
    },
    [String(LEAVES)],
  );
const linkTo = ({ path }: PseudoDevice): BleLink => new BleLink({ adapter: path });
const ignore = (): void => {};
const frame = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, at) => at * 3);

describeLink(
  "ble",
  async (): Promise<LinkPair> => {
    const controller = await pseudoController();
    let leaves = 0;
    return {
      hub: linkTo(controller),
      again: () => linkTo(controller),
      leavesMax: LEAVES,
      leaf: async () => {
        const leaf = leaves++;
        return {
          heard: controller.heard(leaf),
          send: (bytes) => controller.offer(leaf, bytes),
          // A radio delivers whole and in order, or loses a notification.
          sendRaw: (bytes) => {
            if (bytes.length % 2 === 0) controller.befall(leaf, "loses");
            controller.offer(leaf, frame(120));
          },
        };
      },
      end: () => controller.unplug(),
    };
  },
  noCompiler,
);

describe("BleLink", { skip: noCompiler }, () => {
  interface Case {
    readonly mishap: "drops" | "deaf" | "mute";
    readonly counted: string;
  }
  const cases: readonly Case[] = [
    { mishap: "drops", counted: "connectionLost" },
    { mishap: "deaf", counted: "connectFailed" },
    { mishap: "mute", counted: "timeout" },
  ];
  for (const { mishap, counted } of cases) {
    test(`counts ${counted} of a leaf and comes back to it`, async (t) => {
      const controller = await pseudoController();
      const link = linkTo(controller);
      const heard: Uint8Array[] = [];
      let peer = 0;
      await link.open((bytes, start, end, from) => {
        peer = from;
        heard.push(Uint8Array.from(bytes.subarray(start, end)));
      }, ignore);
      t.after(async () => {
        await link.close();
        await controller.unplug();
      });
      if (mishap !== "drops") controller.befall(0, mishap);
      controller.offer(0, frame(9));
      await until(() => heard.length === 1, "the leaf to be heard");
      if (mishap === "drops") controller.befall(0, mishap);
      await until(() => link.stats().refused[counted] === 1, counted);
      controller.offer(0, frame(200));
      assert.ok(link.send(peer, frame(201)).ok);
      await until(() => heard.length === 2 && controller.heard(0).length === 1, "both ways");
      assert.deepEqual(heard[1], frame(200));
      assert.deepEqual(controller.heard(0)[0], frame(201));
      await until(() => link.stats().sent === 1, "its frame to count as sent");
    });
  }

  test("says that the adapter is gone, once", async () => {
    const controller = await pseudoController();
    const link = linkTo(controller);
    const causes: unknown[] = [];
    await link.open(ignore, (cause) => void causes.push(cause));
    await controller.unplug();
    await until(() => causes.length === 1, "the end to be told");
    assert.ok(causes[0] instanceof MycelError && causes[0].code === "E_LINK_CLOSED");
    await link.close();
  });

  test("refuses an adapter that is not there in one sentence", async () => {
    for (const adapter of ["hci99", "/dev/no-controller"]) {
      await assert.rejects(new BleLink({ adapter }).open(ignore, ignore), (fault) => {
        assert.ok(fault instanceof MycelError);
        assert.equal(fault.code, "E_LINK_OPEN");
        assert.match(fault.message, /^[^\n]+\.$/);
        return true;
      });
    }
  });
});
