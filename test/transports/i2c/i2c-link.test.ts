import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MycelError } from "../../../runtime/errors.ts";
import { I2cLink } from "../../../transports/i2c/i2c-link.ts";
import { noCompiler } from "../../firmware/toolchain.ts";
import { type PseudoDevice, pseudoDevice } from "../helper/pseudo-device.ts";
import { describeLink, type LinkPair, until } from "../link-compliance.ts";

const ADDRESSES = [0x30, 0x31, 0x6f];
const pseudoBus = (addresses: readonly number[]): Promise<PseudoDevice> =>
  pseudoDevice(
    {
      name: "pseudo-bus",
      sources: [
        "test/transports/i2c/pseudo_bus.c",
        "transports/helper/helper_port.c",
        "transports/helper/helper_port.h",
        "firmware/src/mycel_i2c.c",
        "firmware/include/mycel_i2c.h",
        "firmware/src/mycel_stream.c",
      ],
    },
    addresses.map(String),
  );
const linkTo = (bus: PseudoDevice): I2cLink =>
  new I2cLink({ path: bus.path, leaves: ADDRESSES, everyMs: 1 });
const ignore = (): void => {};
const frame = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, at) => at * 3);

describeLink(
  "i2c",
  async (): Promise<LinkPair> => {
    const bus = await pseudoBus(ADDRESSES);
    let leaves = 0;
    return {
      hub: linkTo(bus),
      again: () => linkTo(bus),
      leavesMax: ADDRESSES.length,
      leaf: async () => {
        const address = ADDRESSES[leaves++] as number;
        return {
          heard: bus.heard(address),
          send: (bytes) => bus.offer(address, bytes),
          // A leaf cannot offer what is no frame; a bus can spoil what it does.
          sendRaw: (bytes) => {
            bus.befall(address, bytes.length % 2 === 0 ? "damaged" : "cut");
            bus.offer(address, frame(5));
          },
        };
      },
      end: () => bus.unplug(),
    };
  },
  noCompiler,
);

describe("I2cLink", { skip: noCompiler }, () => {
  test("hands each frame over once, both ways, on a bus that damages every other transfer", async (t) => {
    const bus = await pseudoBus([0x30]);
    const link = new I2cLink({ path: bus.path, leaves: [0x30], everyMs: 1 });
    const heard: Uint8Array[] = [];
    await link.open(
      (bytes, start, end) => void heard.push(Uint8Array.from(bytes.subarray(start, end))),
      ignore,
    );
    const frames = Array.from({ length: 40 }, (_, n) => frame(5 + n));
    bus.offer(0x30, frame(4));
    await until(() => heard.length === 1, "the leaf to be heard");
    const mishaps = ["damaged", "cut", "absent"] as const;
    let n = 0;
    const spoil = setInterval(() => {
      bus.befall(0x30, mishaps[n++ % mishaps.length] as (typeof mishaps)[number]);
    }, 2);
    t.after(async () => {
      clearInterval(spoil);
      await link.close();
      await bus.unplug();
    });
    for (const each of frames) {
      bus.offer(0x30, each);
      assert.ok(link.send(0x30, each).ok);
    }
    await until(() => heard.length > frames.length, "all frames from the leaf");
    await until(() => bus.heard(0x30).length >= frames.length, "all frames to it");
    assert.deepEqual(heard.slice(1), frames);
    assert.deepEqual(bus.heard(0x30), frames);
  });

  test("tells once of a leaf that is absent, and hears it when it comes", async () => {
    const bus = await pseudoBus([0x31]);
    const link = new I2cLink({ path: bus.path, leaves: [0x30, 0x31], everyMs: 1 });
    let heard = 0;
    await link.open(() => {
      heard += 1;
    }, ignore);
    await until(() => link.stats().refused["absent"] === 1, "0x30 to be missed");
    bus.offer(0x31, frame(9));
    await until(() => heard === 1, "0x31");
    assert.equal(link.stats().refused["absent"], 1);
    await link.close();
    await bus.unplug();
  });

  test("says that the bus is gone, once", async () => {
    const bus = await pseudoBus([0x30]);
    const link = new I2cLink({ path: bus.path, leaves: [0x30], everyMs: 1 });
    const causes: unknown[] = [];
    await link.open(ignore, (cause) => void causes.push(cause));
    await bus.unplug();
    await until(() => causes.length === 1, "the end to be told");
    assert.ok(causes[0] instanceof MycelError && causes[0].code === "E_LINK_CLOSED");
    assert.deepEqual(link.send(0x30, frame(5)), { ok: false, error: "closed" });
    await link.close();
  });

  test("refuses a bus that is not there, and a file that is none, in one sentence", async () => {
    for (const path of ["/dev/i2c-nowhere", "/dev/null"]) {
      const link = new I2cLink({ path, leaves: [0x30], everyMs: 1 });
      await assert.rejects(link.open(ignore, ignore), (fault) => {
        assert.ok(fault instanceof MycelError);
        assert.equal(fault.code, "E_LINK_OPEN");
        assert.match(fault.message, /^[^\n]+\.$/);
        return true;
      });
    }
  });
});
