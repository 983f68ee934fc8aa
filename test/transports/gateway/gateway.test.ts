import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { ENVELOPE } from "../../../firmware/wire/gateway-types.ts";
import { seededRandom } from "../../../runtime/random.ts";
import { EnvelopeWriter, readEnvelope } from "../../../transports/gateway/envelope.ts";
import { Gateway } from "../../../transports/gateway/gateway.ts";
import type { FrameReceiver, Link } from "../../../transports/link.ts";
import { parseLinkAddress } from "../../../transports/link-address.ts";
import { HUB_PEER, TcpClient } from "../../../transports/tcp/tcp-client.ts";
import { TcpLink } from "../../../transports/tcp/tcp-link.ts";
import { UdpLink } from "../../../transports/udp/udp-link.ts";
import { describeLink, type LeafEnd, type LinkPair, until } from "../link-compliance.ts";

const ignore = (): void => {};
const HUB = 7;
const FRAME_5 = Uint8Array.of(1, 2, 3, 4, 5);
const frameBytesMax = ENVELOPE.bytesMax;

type Kind = "udp" | "tcp";

/** What a gateway program does: packets to the node, packets from it. */
interface Device {
  readonly heard: { hub: number; node: number; frame: Uint8Array }[];
  readonly envelopes: number[];
  send(packet: Uint8Array): void;
  close(): Promise<void>;
}

async function deviceAt(kind: Kind, address: string): Promise<Device> {
  const parsed = parseLinkAddress(address);
  assert.ok(parsed.ok && (parsed.value.kind === "udp" || parsed.value.kind === "tcp"), address);
  const { firstPort: port } = parsed.value;
  const heard: Device["heard"] = [];
  const envelopes: number[] = [];
  const receive: FrameReceiver = (bytes, start, end) => {
    envelopes.push(end - start);
    const fault = readEnvelope(bytes, start, end, (hub, node, from, to) =>
      heard.push({ hub, node, frame: Uint8Array.from(bytes.subarray(from, to)) }),
    );
    assert.equal(fault, undefined);
  };
  if (kind === "tcp") {
    const link = new TcpClient({ host: "127.0.0.1", port, frameBytesMax });
    await link.open(receive, ignore);
    return {
      heard,
      envelopes,
      send: (packet) => void link.send(HUB_PEER, packet),
      close: () => link.close(),
    };
  }
  const link = new UdpLink({ port: 0, frameBytesMax });
  await link.open(receive, ignore);
  const peer = link.peerOf("127.0.0.1", port);
  return {
    heard,
    envelopes,
    send: (packet) => void link.send(peer, packet),
    close: () => link.close(),
  };
}

function gatewayOver(kind: Kind): { gateway: Gateway; drivers: Link[] } {
  const drivers: Link[] = [];
  let port = 0;
  const makeLink = (): Link => {
    const driver =
      kind === "udp" ? new UdpLink({ port, frameBytesMax }) : new TcpLink({ port, frameBytesMax });
    const open = driver.open.bind(driver);
    driver.open = async (receiver, onClosed) => {
      await open(receiver, onClosed);
      port = Number(new URL(driver.address).port);
    };
    drivers.push(driver);
    return driver;
  };
  return { gateway: new Gateway({ id: "gw", makeLink }), drivers };
}

function envelopeOf(
  ...entries: readonly (readonly [hub: number, node: number, frame: Uint8Array])[]
) {
  const writer = new EnvelopeWriter(ENVELOPE.bytesMax);
  for (const [hub, node, frame] of entries) assert.ok(writer.add(hub, node, frame));
  return Uint8Array.from(writer.envelope);
}

for (const kind of ["udp", "tcp"] as const) {
  describeLink(`gateway (${kind})`, async (): Promise<LinkPair> => {
    const { gateway } = gatewayOver(kind);
    const devices: Device[] = [];
    let node = 0;
    return {
      hub: gateway.link(HUB),
      again: () => gateway.link(HUB),
      leavesMax: 16,
      // Each behind a gateway of its own, with the same number there.
      leaf: async (): Promise<LeafEnd> => {
        const device = await deviceAt(kind, gateway.stats().address);
        devices.push(device);
        const own = node++;
        return {
          heard: heardBy(device, own),
          send: (frame) => device.send(envelopeOf([HUB, own, frame])),
          sendRaw: (bytes) => device.send(envelopeOf([HUB, own, bytes.subarray(0, 255)])),
        };
      },
      end: async () => {
        await Promise.all(devices.map((device) => device.close()));
      },
    };
  });
}

/** The frames for one radio peer, as they come. */
function heardBy(device: Device, node: number): Uint8Array[] {
  const frames: Uint8Array[] = [];
  const push = device.heard.push.bind(device.heard);
  device.heard.push = (...entries) => {
    for (const entry of entries)
      if (entry.hub === HUB && entry.node === node) frames.push(entry.frame);
    return push(...entries);
  };
  return frames;
}

describe("Gateway", () => {
  interface Heard {
    readonly frame: number[];
    readonly peer: number;
  }

  async function opened(t: TestContext, kind: Kind, ...numbers: readonly number[]) {
    const { gateway, drivers } = gatewayOver(kind);
    const heard = new Map<number, Heard[]>();
    const causes: unknown[] = [];
    const links = new Map<number, Link>();
    for (const number of numbers) {
      const link = gateway.link(number);
      const own: Heard[] = [];
      await link.open(
        (bytes, start, end, peer) =>
          void own.push({ frame: [...bytes.subarray(start, end)], peer }),
        (cause) => void causes.push(cause),
      );
      heard.set(number, own);
      links.set(number, link);
      t.after(() => link.close());
    }
    const device = async () => {
      const made = await deviceAt(kind, gateway.stats().address);
      t.after(() => made.close());
      return made;
    };
    const of = (number: number): Heard[] => heard.get(number) ?? [];
    return { gateway, drivers, links, of, causes, device };
  }

  for (const kind of ["udp", "tcp"] as const) {
    test(`${kind}: parts an envelope among its hubs, and counts entries of none`, async (t) => {
      const { gateway, of, device } = await opened(t, kind, 0, 1, 65_535);
      const own = await device();
      own.send(
        envelopeOf(
          [1, 5, FRAME_5],
          [9, 5, FRAME_5],
          [65_535, 65_535, new Uint8Array(250).fill(1)],
          [0, 0, new Uint8Array(0)],
          [1, 6, FRAME_5],
        ),
      );
      await until(() => of(1).length === 2, "the frames");
      assert.deepEqual(
        [of(0), of(1), of(65_535)].map((each) => each.map(({ frame }) => frame.length)),
        [[0], [5, 5], [250]],
      );
      const nodes = [...of(1), ...of(0), ...of(65_535)].map(({ peer }) => peer & 0xffff);
      assert.deepEqual(nodes, [5, 6, 0, 65_535]);
      assert.deepEqual(gateway.stats().refused, { noHub: 1 });
      assert.equal(gateway.stats().received, 1);
    });

    test(`${kind}: takes packets of up to 64 KiB`, async (t) => {
      const { of, device } = await opened(t, kind, 1);
      const own = await device();
      const writer = new EnvelopeWriter(kind === "udp" ? 65_507 : ENVELOPE.bytesMax);
      const frame = new Uint8Array(249).fill(3);
      while (writer.add(1, writer.frames, frame));
      own.send(writer.envelope);
      await until(() => of(1).length === writer.frames, `${writer.frames} frames`);
      assert.deepEqual(
        of(1).map(({ peer }) => peer & 0xffff),
        Array.from({ length: writer.frames }, (_, n) => n),
      );
    });

    test(`${kind}: answers of one turn go out together, in envelopes of at most 1,400 bytes`, async (t) => {
      const { of, links, device } = await opened(t, kind, 1, 2);
      const [near, far] = [await device(), await device()];
      near.send(envelopeOf([1, 300, FRAME_5], [2, 301, FRAME_5]));
      far.send(envelopeOf([1, 300, FRAME_5]));
      await until(() => of(1).length === 2 && of(2).length === 1, "the frames");
      const frame = new Uint8Array(250).fill(9);
      for (const { peer } of [...of(1), ...of(1), ...of(1), ...of(1)]) {
        assert.ok(links.get(1)?.send(peer, frame).ok);
      }
      assert.ok(links.get(2)?.send(of(2)[0]?.peer ?? 0, frame).ok);
      await until(() => near.heard.length === 5 && far.heard.length === 4, "the answers");
      assert.deepEqual(
        near.heard.map(({ hub, node }) => [hub, node]),
        [
          [1, 300],
          [1, 300],
          [1, 300],
          [1, 300],
          [2, 301],
        ],
      );
      assert.deepEqual(near.envelopes, [2 + 5 * 255]);
      for (let n = 0; n < 12; n++) assert.ok(links.get(1)?.send(of(1)[0]?.peer ?? 0, frame).ok);
      await until(() => near.heard.length === 17 || far.heard.length === 16, "twelve more");
      assert.ok(Math.max(...near.envelopes, ...far.envelopes) <= ENVELOPE.bytesSent);
    });
  }

  test("what stands before the cut counts, and random packets are refused by reason", async (t) => {
    const { gateway, of, device } = await opened(t, "udp", 1);
    const own = await device();
    const whole = envelopeOf([1, 1, FRAME_5], [1, 2, FRAME_5]);
    for (let cut = 0; cut < whole.length; cut++) own.send(whole.subarray(0, cut));
    await until(() => gateway.stats().received === whole.length, "all cuts");
    // 9 cuts within the first entry, 9 within the second; one whole first entry, and an empty envelope.
    assert.deepEqual(gateway.stats().refused, { notEnvelope: 2, cutOff: 18 });
    assert.equal(of(1).length, 10);

    const random = seededRandom(4711);
    for (let n = 0; n < 2_000; n++) {
      const packet = new Uint8Array(random.below(200));
      for (let at = 0; at < packet.length; at++) packet[at] = random.below(256);
      if (n % 3 > 0 && packet.length > 1) packet.set([ENVELOPE.magic, ENVELOPE.version]);
      own.send(packet);
      if (n % 50 === 49) {
        await until(() => gateway.stats().received === whole.length + n + 1, `packet ${n}`);
      }
    }
    const { refused } = gateway.stats();
    assert.ok((refused["notEnvelope"] ?? 0) > 100 && (refused["cutOff"] ?? 0) > 100);
    const others = refused["otherVersion"] ?? 0;
    own.send(Uint8Array.of(ENVELOPE.magic, 2));
    await until(() => gateway.stats().refused["otherVersion"] === others + 1, "another version");
  });

  test("a driver that fails fails all hubs, and the next to open opens it again", async (t) => {
    const { gateway, drivers, links, causes } = await opened(t, "udp", 1, 2);
    let closed: ((cause: unknown) => void) | undefined;
    const failing: Link = {
      address: "fake://1",
      open: async (_receiver, onClosed) => {
        closed = onClosed;
      },
      send: () => ({ ok: true, value: undefined }),
      stats: () => ({ received: 3, sent: 0, refused: { badCrc: 2 }, lostByKernel: undefined }),
      close: async () => {},
    };
    const other = new Gateway({ id: "other", makeLink: () => failing });
    const own: unknown[] = [];
    const [first, second] = [other.link(1), other.link(2)];
    for (const link of [first, second]) await link.open(ignore, (cause) => void own.push(cause));
    closed?.("unplugged");
    assert.deepEqual(own, ["unplugged", "unplugged"]);
    assert.deepEqual(first.send(65_536, FRAME_5), { ok: false, error: "closed" });
    await other.link(1).open(ignore, ignore);
    assert.deepEqual([other.stats().received, other.stats().refused], [6, { badCrc: 4 }]);

    // One port closes: the driver stays for the other. Then it goes, and comes again.
    await links.get(1)?.close();
    assert.equal(drivers.length, 1);
    await links.get(2)?.close();
    const again = gateway.link(2);
    await again.open(ignore, ignore);
    t.after(() => again.close());
    assert.equal(drivers.length, 2);
    assert.deepEqual(causes, []);
  });

  test("a driver that cannot be opened refuses all hubs that wait for it, once", async () => {
    let tries = 0;
    const gateway = new Gateway({
      id: "gw",
      makeLink: () => {
        tries += 1;
        return new UdpLink({ host: "192.0.2.1", port: 0 });
      },
    });
    const links = [gateway.link(1), gateway.link(2)];
    const outcomes = await Promise.allSettled(links.map((link) => link.open(ignore, ignore)));
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["rejected", "rejected"],
    );
    assert.equal(tries, 1);
    await assert.rejects(gateway.link(1).open(ignore, ignore), { code: "E_LINK_OPEN" });
    assert.equal(tries, 2);
  });

  test("closed while it opens, a port leaves no driver behind", async () => {
    const { gateway, drivers } = gatewayOver("udp");
    const first = gateway.link(1);
    const opening = first.open(ignore, ignore);
    const closing = first.close();
    await assert.rejects(opening, { code: "E_LINK_CLOSED" });
    await closing;
    const second = gateway.link(1);
    await second.open(ignore, ignore);
    const port = Number(new URL(gateway.stats().address).port);
    await second.close();
    const free = new UdpLink({ port });
    await free.open(ignore, ignore);
    await free.close();
    assert.ok(drivers.length <= 2);
  });
});
