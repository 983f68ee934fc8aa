import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { describe, test } from "node:test";
import { MycelError } from "../../../runtime/errors.ts";
import { seededRandom } from "../../../runtime/random.ts";
import { parseLinkAddress, type UdpAddress } from "../../../transports/link-address.ts";
import { UdpLink, type UdpLinkOptions } from "../../../transports/udp/udp-link.ts";
import { describeLink, type LeafEnd, type LinkPair, until } from "../link-compliance.ts";

const ignore = (): void => {};

function addressOf(link: UdpLink): UdpAddress {
  const parsed = parseLinkAddress(link.address);
  assert.ok(parsed.ok && parsed.value.kind === "udp");
  return parsed.value;
}

async function leafAt(
  hub: UdpLink,
): Promise<LeafEnd & { port: number; close: () => Promise<void> }> {
  const { host, firstPort } = addressOf(hub);
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  socket.bind(0, host);
  await once(socket, "listening");
  const heard: Uint8Array[] = [];
  socket.on("message", (bytes) => void heard.push(Uint8Array.from(bytes)));
  const send = (bytes: Uint8Array): void => socket.send(Uint8Array.from(bytes), firstPort, host);
  const close = async (): Promise<void> => {
    socket.close();
    await once(socket, "close");
  };
  return { heard, send, sendRaw: send, port: socket.address().port, close };
}

function pairAt(host: string) {
  return async (): Promise<LinkPair> => {
    const hub = new UdpLink({ host, port: 0 });
    const leaves: { close: () => Promise<void> }[] = [];
    return {
      hub,
      again: () => new UdpLink({ host, port: addressOf(hub).firstPort }),
      leavesMax: 256,
      leaf: async () => {
        const leaf = await leafAt(hub);
        leaves.push(leaf);
        return leaf;
      },
      end: async () => {
        await Promise.all(leaves.map((leaf) => leaf.close()));
      },
    };
  };
}

const hasIPv6 = await new Promise<boolean>((resolve) => {
  const socket = createSocket("udp6");
  socket.once("error", () => resolve(false));
  socket.bind(0, "::1", () => socket.close(() => resolve(true)));
});

describeLink("udp", pairAt("127.0.0.1"));
describeLink("udp (IPv6)", pairAt("::1"), hasIPv6 ? false : "this machine has no IPv6 loopback");

describe("UdpLink", () => {
  async function opened(
    t: { after: (run: () => Promise<void>) => void },
    options: Partial<UdpLinkOptions>,
  ) {
    const hub = new UdpLink({ host: "127.0.0.1", port: 0, ...options });
    const heard: { frame: Uint8Array; peer: number }[] = [];
    await hub.open((bytes, start, end, peer) => {
      heard.push({ frame: Uint8Array.from(bytes.subarray(start, end)), peer });
    }, ignore);
    const leaves: { close: () => Promise<void> }[] = [];
    t.after(async () => {
      await hub.close();
      await Promise.all(leaves.map((leaf) => leaf.close()));
    });
    const leaf = async () => {
      const end = await leafAt(hub);
      leaves.push(end);
      return end;
    };
    return { hub, heard, leaf };
  }

  test("hears only senders on the list, and counts the others as notAllowed", async (t) => {
    const { hub, heard, leaf } = await opened(t, { allow: ["192.0.2.0/24", "2001:db8::/32"] });
    const stranger = await leaf();
    stranger.send(Uint8Array.of(1, 2, 3, 4, 5));
    stranger.send(new Uint8Array(300));
    await until(() => hub.stats().refused["notAllowed"] === 2, "two refusals");
    assert.equal(heard.length, 0);
    assert.equal(hub.stats().received, 0);
  });

  test("stats() and close() work while it is being opened", async () => {
    const link = new UdpLink({ port: 0 });
    const opening = assert.rejects(link.open(ignore, ignore), { code: "E_LINK_CLOSED" });
    assert.equal(link.stats().lostByKernel, undefined);
    await link.close();
    await opening;
  });

  for (const allow of [["127.0.0.1"], ["127.0.0.0/8"], ["192.0.2.1", "127.0.0.0/30"]]) {
    test(`hears 127.0.0.1 with ${allow.join(", ")} on the list`, async (t) => {
      const { heard, leaf } = await opened(t, { allow });
      (await leaf()).send(Uint8Array.of(1, 2, 3, 4, 5));
      await until(() => heard.length === 1, "the frame");
    });
  }

  for (const entry of [
    "",
    "nonsense",
    "127.0.0.1/33",
    "::1/129",
    "10.0.0.0/",
    "10.0.0.0/-1",
    "10.0.0.0/8x",
  ]) {
    test(`open() refuses the allowed sender "${entry}" with E_LINK_OPEN`, async () => {
      const link = new UdpLink({ port: 0, allow: [entry] });
      await assert.rejects(link.open(ignore, ignore), { code: "E_LINK_OPEN", name: "MycelError" });
    });
  }

  test("counts a datagram over 250 bytes as tooLong, and passes on short ones for the decoder", async (t) => {
    const { hub, heard, leaf } = await opened(t, {});
    const end = await leaf();
    end.send(new Uint8Array(251));
    end.send(new Uint8Array(9000));
    end.send(new Uint8Array(0));
    end.send(new Uint8Array(1));
    await until(() => heard.length === 2, "the short ones");
    assert.deepEqual(
      heard.map(({ frame }) => frame.length),
      [0, 1],
    );
    assert.deepEqual(hub.stats().refused, { tooLong: 2 });
  });

  test("forgets the peer heard longest ago at the bound, and answers none by its number", async (t) => {
    const { hub, heard, leaf } = await opened(t, { peersMax: 2 });
    const [first, second, third] = [await leaf(), await leaf(), await leaf()];
    const frame = Uint8Array.of(1, 2, 3, 4, 5);
    for (const [at, end] of [first, second, first, third].entries()) {
      end.send(frame);
      await until(() => heard.length === at + 1, `frame ${at}`);
    }
    const [p1 = 0, p2 = 0, , p3 = 0] = heard.map(({ peer }) => peer);
    assert.deepEqual(hub.send(p2, frame), { ok: false, error: "peerUnknown" });
    assert.equal(hub.send(p1, frame).ok, true);
    assert.equal(hub.send(p3, frame).ok, true);
    await until(() => first.heard.length === 1 && third.heard.length === 1, "two answers");
    assert.equal(second.heard.length, 0);
    second.send(frame);
    await until(() => heard.length === 5, "the forgotten one");
    assert.ok(![p1, p2, p3].includes(heard[4]?.peer ?? p1), "a number is not given twice");
  });

  test("peerOf() lets a leaf speak first", async (t) => {
    const { hub, heard } = await opened(t, {});
    const leaf = new UdpLink({ port: 0, allow: ["127.0.0.1"] });
    const answers: number[] = [];
    await leaf.open((_bytes, start, end, peer) => void answers.push(end - start, peer), ignore);
    t.after(() => leaf.close());
    const peer = leaf.peerOf("127.0.0.1", addressOf(hub).firstPort);
    assert.equal(leaf.peerOf("127.0.0.1", addressOf(hub).firstPort), peer);
    leaf.send(peer, Uint8Array.of(1, 2, 3, 4, 5, 6));
    await until(() => heard.length === 1, "the frame");
    hub.send(heard[0]?.peer ?? -1, Uint8Array.of(1, 2, 3, 4, 5));
    await until(() => answers.length === 2, "the answer");
    assert.deepEqual(answers, [5, peer]);
  });

  test("send() answers full at its bound and recovers; close() waits until all is sent", async (t) => {
    const { hub, heard, leaf } = await opened(t, {});
    const end = await leaf();
    end.send(Uint8Array.of(1, 2, 3, 4, 5));
    await until(() => heard.length === 1, "the leaf");
    const peer = heard[0]?.peer ?? -1;
    let accepted = 0;
    while (hub.send(peer, Uint8Array.of(1, 2, 3, 4, 5)).ok && accepted < 10_000) accepted++;
    assert.equal(accepted, 1024);
    assert.deepEqual(hub.send(peer, new Uint8Array(5)), { ok: false, error: "full" });
    await until(() => hub.stats().sent === accepted, "the queue to drain");
    assert.equal(hub.send(peer, new Uint8Array(5)).ok, true);
    await hub.close();
    assert.equal(hub.stats().sent, accepted + 1);
  });

  test("stats() say what receive buffer was granted, and keep the kernel's drops after close()", async (t) => {
    const { hub } = await opened(t, {});
    assert.ok(hub.stats().receiveBufferBytes > 0);
    assert.equal(hub.stats().lostByKernel, process.platform === "linux" ? 0 : undefined);
    await hub.close();
    assert.equal(hub.stats().lostByKernel, process.platform === "linux" ? 0 : undefined);
  });

  test("sent = received + refused + lostByKernel, also when the receiver is too slow", {
    skip: process.platform === "linux" ? false : "only Linux counts what it drops",
  }, async (t) => {
    const { hub, heard, leaf } = await opened(t, {});
    const end = await leaf();
    const frame = new Uint8Array(245).fill(7);
    // More than the largest buffer holds, in one go: nobody reads before this loop ends. Sockets
    // send at once from the second turn on, so the kernel's buffer must overflow.
    const granted = hub.stats().receiveBufferBytes;
    const count = Math.ceil(granted / 512) + 5000;
    for (let sent = 0; sent < count; sent++) end.send(frame);
    const accounted = (): number => hub.stats().received + (hub.stats().lostByKernel ?? 0);
    await until(() => accounted() === count, `${count} frames to be accounted for`);
    assert.equal(heard.length, hub.stats().received);
  });

  test("open() says E_LINK_OPEN for an address that this machine lacks", async () => {
    const link = new UdpLink({ host: "192.0.2.1", port: 0 });
    await assert.rejects(link.open(ignore, ignore), (fault) => {
      assert.ok(fault instanceof MycelError);
      assert.equal(fault.code, "E_LINK_OPEN");
      assert.match(fault.message, /udp:\/\/192\.0\.2\.1:0: this machine has no such address\.$/);
      return true;
    });
  });

  test("survives random datagrams of any size and accounts for each", async (t) => {
    const { hub, heard, leaf } = await opened(t, {});
    const end = await leaf();
    const random = seededRandom(4711);
    const count = 2000;
    for (let sent = 0; sent < count; sent++) {
      const bytes = new Uint8Array(Math.floor(random.next() ** 3 * 2000));
      for (let at = 0; at < bytes.length; at++) bytes[at] = random.below(256);
      end.sendRaw(bytes);
      if (sent % 50 === 49) await until(() => accounted() === sent + 1, `datagram ${sent}`);
    }
    function accounted(): number {
      return hub.stats().received + (hub.stats().refused["tooLong"] ?? 0);
    }
    assert.equal(accounted(), count);
    assert.ok(heard.every(({ frame }) => frame.length <= 250));
    assert.ok((hub.stats().refused["tooLong"] ?? 0) > 0);
  });
});
