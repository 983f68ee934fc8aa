import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SerialPort } from "serialport";
import { MycelError } from "../../../runtime/errors.ts";
import { seededRandom } from "../../../runtime/random.ts";
import { Splitter, toStream } from "../../../transports/frame/splitter.ts";
import { SERIAL_PEER, SerialLink } from "../../../transports/serial/serial-link.ts";
import { describeLink, type LeafEnd, type LinkPair, until } from "../link-compliance.ts";
import { noSocat, ptyPair } from "./pty-pair.ts";

const ignore = (): void => {};
const baud = 115_200;

async function openPort(path: string): Promise<SerialPort> {
  const port = new SerialPort({ path, baudRate: baud, autoOpen: false });
  await new Promise<void>((resolve, reject) => {
    port.open((fault) => (fault === null ? resolve() : reject(fault)));
  });
  port.on("error", ignore);
  return port;
}

async function leafOn(path: string): Promise<LeafEnd & { port: SerialPort }> {
  const port = await openPort(path);
  const heard: Uint8Array[] = [];
  const splitter = new Splitter((bytes, start, end) => void heard.push(bytes.slice(start, end)));
  port.on("data", (chunk: Uint8Array) => splitter.feed(chunk));
  return {
    port,
    heard,
    send: (frame) => void port.write(toStream(frame)),
    // The zero that a leaf sends after noise, so that the noise costs no frame.
    sendRaw: (bytes) => void port.write(Uint8Array.of(...bytes, 0)),
  };
}

const closePort = (port: SerialPort): Promise<void> =>
  new Promise((resolve) => {
    port.close(() => resolve());
  });

describeLink(
  "serial",
  async (): Promise<LinkPair> => {
    const line = await ptyPair();
    const leaves: SerialPort[] = [];
    return {
      hub: new SerialLink({ path: line.near, baud }),
      again: () => new SerialLink({ path: line.near, baud }),
      leavesMax: 1,
      leaf: async () => {
        const leaf = await leafOn(line.far);
        leaves.push(leaf.port);
        return leaf;
      },
      end: async () => {
        await Promise.all(leaves.map(closePort));
        await line.unplug();
      },
    };
  },
  noSocat,
);

describe("SerialLink", { skip: noSocat }, () => {
  test("onClosed comes once when the device is unplugged, and a link to it can be opened no more", async () => {
    const line = await ptyPair();
    const link = new SerialLink({ path: line.near, baud });
    const causes: unknown[] = [];
    await link.open(ignore, (cause) => void causes.push(cause));
    await line.unplug();
    await until(() => causes.length > 0, "onClosed");
    assert.deepEqual(link.send(SERIAL_PEER, new Uint8Array(5)), { ok: false, error: "closed" });
    await link.close();
    await assert.rejects(
      new SerialLink({ path: line.near, baud }).open(ignore, ignore),
      (fault) => {
        assert.ok(fault instanceof MycelError);
        assert.equal(fault.code, "E_LINK_OPEN");
        assert.match(fault.message, /no such device/);
        return true;
      },
    );
    assert.equal(causes.length, 1);
    assert.ok(causes[0] instanceof MycelError && causes[0].code === "E_LINK_CLOSED");
  });

  test("onClosed does not come after close()", async () => {
    const line = await ptyPair();
    const link = new SerialLink({ path: line.near, baud });
    let calls = 0;
    await link.open(ignore, () => void calls++);
    await link.close();
    await line.unplug();
    assert.equal(calls, 0);
  });

  test("frames cut anywhere by the line arrive whole", async () => {
    const line = await ptyPair();
    const link = new SerialLink({ path: line.near, baud });
    const heard: number[][] = [];
    await link.open(
      (bytes, start, end) => void heard.push([...bytes.subarray(start, end)]),
      ignore,
    );
    const leaf = await openPort(line.far);
    const frame = Uint8Array.from({ length: 60 }, (_, at) => at);
    for (const byte of toStream(frame)) {
      leaf.write(Uint8Array.of(byte));
      await new Promise<void>((resolve) => void leaf.drain(() => resolve()));
    }
    await until(() => heard.length === 1, "the frame");
    assert.deepEqual(heard[0], [...frame]);
    await link.close();
    await closePort(leaf);
    await line.unplug();
  });

  test("with framing=resync it hears an old leaf's bare frames and answers with bare ones", async () => {
    const line = await ptyPair();
    const link = new SerialLink({ path: line.near, baud, framing: "resync" });
    assert.equal(link.address, `serial://${line.near}?baud=${baud}&framing=resync`);
    const heard: string[] = [];
    await link.open(
      (bytes, start, end) =>
        void heard.push(Buffer.from(bytes.subarray(start, end)).toString("hex")),
      ignore,
    );
    const leaf = await openPort(line.far);
    let said = "";
    leaf.on("data", (chunk: Uint8Array) => {
      said += Buffer.from(chunk).toString("hex");
    });
    leaf.write(Buffer.from("00ff5301fe07ab53010101010101000000b441a6", "hex"));
    leaf.write(Buffer.from("5301fe08a4", "hex"));
    await until(() => heard.includes("5301fe08a4"), "the last frame");
    assert.equal(heard[0], "5301fe07ab");
    assert.ok(link.send(SERIAL_PEER, Buffer.from("5301ff07aa", "hex")).ok);
    await until(() => said === "5301ff07aa", "the answer");
    assert.equal(link.stats().refused["noise"], 1);
    await link.close();
    await closePort(leaf);
    await line.unplug();
  });

  test("send() answers full when the device reads no more, and close() still returns", async () => {
    const line = await ptyPair();
    const link = new SerialLink({ path: line.near, baud });
    await link.open(ignore, ignore);
    const frame = new Uint8Array(245).fill(1);
    let accepted = 0;
    // 64 KiB in the pipe, then the link's own bound.
    await until(() => {
      while (link.send(SERIAL_PEER, frame).ok) accepted++;
      return accepted > 64;
    }, "the line to fill");
    assert.deepEqual(link.send(SERIAL_PEER, frame), { ok: false, error: "full" });
    await link.close();
    await line.unplug();
  });

  test("counts random bytes on the line by reason and accounts for every frame between delimiters", async () => {
    const line = await ptyPair();
    const link = new SerialLink({ path: line.near, baud });
    let delivered = 0;
    await link.open(() => void delivered++, ignore);
    const leaf = await openPort(line.far);
    const random = seededRandom(815);
    let delimiters = 0;
    const accounted = (): number =>
      Object.values(link.stats().refused).reduce(
        (sum, count) => sum + count,
        link.stats().received,
      );
    for (let round = 0; round < 60; round++) {
      const noise = Uint8Array.from({ length: 1000 }, () => random.below(256));
      noise[999] = 0;
      delimiters += noise.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
      leaf.write(noise);
      await until(() => accounted() === delimiters, `round ${round}`);
    }
    const { refused, received } = link.stats();
    assert.equal(received, delivered);
    assert.ok((refused["badCrc"] ?? 0) + (refused["badCobs"] ?? 0) > 60);
    await link.close();
    await closePort(leaf);
    await line.unplug();
  });
});

test("SerialLink open() says E_LINK_OPEN in one sentence where there is no device", async () => {
  const link = new SerialLink({ path: "/dev/no-such-tty", baud });
  await assert.rejects(link.open(ignore, ignore), {
    code: "E_LINK_OPEN",
    message: "Cannot open /dev/no-such-tty: there is no such device, is it plugged in?",
  });
});
