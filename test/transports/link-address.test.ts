import assert from "node:assert/strict";
import { test } from "node:test";
import { parseLinkAddress } from "../../transports/link-address.ts";
import fc from "../support/fc.ts";

const accepted = [
  ["udp://127.0.0.1:5701", { kind: "udp", host: "127.0.0.1", firstPort: 5701, lastPort: 5701 }],
  [
    "udp://127.0.0.1:5701..5704",
    { kind: "udp", host: "127.0.0.1", firstPort: 5701, lastPort: 5704 },
  ],
  ["udp://localhost:0", { kind: "udp", host: "localhost", firstPort: 0, lastPort: 0 }],
  ["udp://[::1]:65535", { kind: "udp", host: "::1", firstPort: 65535, lastPort: 65535 }],
  [
    "tcp://[::1]:5701",
    { kind: "tcp", host: "::1", firstPort: 5701, lastPort: 5701, framing: "cobs" },
  ],
  [
    "tcp://hub:5701..5704?framing=resync",
    { kind: "tcp", host: "hub", firstPort: 5701, lastPort: 5704, framing: "resync" },
  ],
  [
    "serial:///dev/ttyUSB0",
    { kind: "serial", path: "/dev/ttyUSB0", baud: 115200, framing: "cobs" },
  ],
  [
    "serial:///dev/ttyUSB0?baud=9600",
    { kind: "serial", path: "/dev/ttyUSB0", baud: 9600, framing: "cobs" },
  ],
  [
    "serial:///dev/tty1?framing=resync&baud=9600",
    { kind: "serial", path: "/dev/tty1", baud: 9600, framing: "resync" },
  ],
  ["serial://COM3", { kind: "serial", path: "COM3", baud: 115200, framing: "cobs" }],
  [
    "i2c:///dev/i2c-1?leaves=0x30,0x31",
    { kind: "i2c", path: "/dev/i2c-1", leaves: [0x30, 0x31], everyMs: 100 },
  ],
  [
    "i2c:///dev/i2c-1?leaves=0x6F&every=20ms",
    { kind: "i2c", path: "/dev/i2c-1", leaves: [0x6f], everyMs: 20 },
  ],
  ["ble://hci0", { kind: "ble", adapter: "hci0" }],
  ["memory://attic", { kind: "memory", name: "attic" }],
] as const;

for (const [text, value] of accepted) {
  test(`parseLinkAddress() reads ${text}`, () => {
    assert.deepEqual(parseLinkAddress(text), { ok: true, value });
  });
}

const refused = [
  ["", /no link address/],
  ["127.0.0.1:5701", /no link address/],
  ["tcp://127.0.0.1", /needs a host and a port, such as tcp:/],
  ["tcp://127.0.0.1:5704..5701", /counts down/],
  ["UDP://127.0.0.1:5701", /no link address/],
  ["udp://", /needs a host and a port/],
  ["udp://127.0.0.1", /needs a host and a port/],
  ["udp://:5701", /needs a host and a port/],
  ["udp://127.0.0.1:x", /needs a host and a port/],
  ["udp://127.0.0.1:5701/path", /needs a host and a port/],
  ["udp://127.0.0.1:-1", /needs a host and a port/],
  ["udp://127.0.0.1:65536", /port above 65535/],
  ["udp://127.0.0.1:1..99999", /port above 65535/],
  ["udp://127.0.0.1:5704..5701", /counts down/],
  ["udp://127.0.0.1:0..3", /starts a range at port 0/],
  ["udp://127.0.0.1:5701?framing=resync", /ends with its port/],
  ["tcp://127.0.0.1:5701?baud=9600", /framing=resync and nothing else/],
  ["tcp://127.0.0.1:5701?framing=slip", /framing=resync and nothing else/],
  ["serial:///dev/ttyUSB0?framing=resync&framing=cobs", /from 50 to 12000000/],
  ["serial:///dev/ttyUSB0?baud=50=1", /from 50 to 12000000/],
  ["serial://", /path of a device/],
  ["serial:///dev/ttyUSB0?baud=", /from 50 to 12000000/],
  ["serial:///dev/ttyUSB0?baud=0", /from 50 to 12000000/],
  ["serial:///dev/ttyUSB0?parity=odd", /from 50 to 12000000/],
  ["serial:///dev/ttyUSB0?baud=9600?baud=1", /from 50 to 12000000/],
  ["i2c:///dev/i2c-1", /needs a bus and its leaves/],
  ["i2c:///dev/i2c-1?leaves=48", /needs a bus and its leaves/],
  ["i2c:///dev/i2c-1?leaves=0x0f", /outside 0x10 to 0x6f/],
  ["i2c:///dev/i2c-1?leaves=0x30,0x30", /names a leaf twice/],
  ["i2c:///dev/i2c-1?leaves=0x30&every=0ms", /every 0 ms/],
  ["ble://", /needs an adapter/],
  ["ble://hci0?x=1", /needs an adapter/],
  ["memory://", /needs a name/],
  ["memory://a/b", /needs a name/],
] as const;

for (const [text, sentence] of refused) {
  test(`parseLinkAddress() refuses "${text}" with one sentence`, () => {
    const parsed = parseLinkAddress(text);
    assert.ok(!parsed.ok);
    assert.match(parsed.error, sentence);
    assert.match(parsed.error, /^[^\n]+\.$/);
  });
}

test("parseLinkAddress() answers any text without throwing", () => {
  const text = fc.oneof(
    fc.string(),
    fc.string().map((rest) => `udp://${rest}`),
    fc.string().map((rest) => `i2c://${rest}`),
    fc.string({ unit: "binary" }),
  );
  fc.assert(fc.property(text, (any) => typeof parseLinkAddress(any).ok === "boolean"));
});
