import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { MycelError } from "../../../runtime/errors.ts";
import { Splitter, toStream } from "../../../transports/frame/splitter.ts";
import { parseLinkAddress, type TcpAddress } from "../../../transports/link-address.ts";
import { HUB_PEER, TcpClient } from "../../../transports/tcp/tcp-client.ts";
import { TcpLink, type TcpLinkOptions } from "../../../transports/tcp/tcp-link.ts";
import { describeLink, type LeafEnd, type LinkPair, until } from "../link-compliance.ts";

const ignore = (): void => {};
const FRAME_5 = Uint8Array.of(1, 2, 3, 4, 5);

function portOf({ address }: TcpLink): number {
  const parsed = parseLinkAddress(address);
  assert.ok(parsed.ok && parsed.value.kind === "tcp", address);
  return (parsed.value satisfies TcpAddress).firstPort;
}

async function leafAt(port: number): Promise<LeafEnd & { readonly socket: Socket }> {
  const socket = connect({ host: "127.0.0.1", port }).on("error", ignore);
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  const heard: Uint8Array[] = [];
  const splitter = new Splitter((bytes, start, end) => void heard.push(bytes.slice(start, end)));
  socket.on("data", (chunk) => splitter.feed(chunk));
  return {
    socket,
    heard,
    send: (frame) => void socket.write(toStream(frame)),
    // The zero that a leaf sends after noise, so that the noise costs no frame.
    sendRaw: (bytes) => void socket.write(Uint8Array.of(...bytes, 0)),
  };
}

describeLink("tcp", async (): Promise<LinkPair> => {
  const hub = new TcpLink({ port: 0 });
  const sockets: Socket[] = [];
  let port = 0;
  const portNow = (): number => {
    // Known once the hub is open, and the same for the link that comes after it.
    if (port === 0) port = portOf(hub);
    return port;
  };
  return {
    hub,
    again: () => new TcpLink({ port: portNow() }),
    leavesMax: 16,
    leaf: async () => {
      const leaf = await leafAt(portNow());
      sockets.push(leaf.socket);
      return leaf;
    },
    end: async () => {
      for (const socket of sockets) socket.destroy();
    },
  };
});

describe("TcpLink", () => {
  async function opened(t: TestContext, options: Partial<TcpLinkOptions> = {}) {
    const hub = new TcpLink({ port: 0, ...options });
    const heard: { readonly frame: number[]; readonly peer: number }[] = [];
    const room = { frames: Number.POSITIVE_INFINITY };
    await hub.open((bytes, start, end, peer) => {
      if (heard.length >= room.frames) return false;
      heard.push({ frame: [...bytes.subarray(start, Math.min(end, start + 8))], peer });
      return true;
    }, ignore);
    t.after(() => hub.close());
    const leaf = async () => {
      const end = await leafAt(portOf(hub));
      t.after(() => end.socket.destroy());
      return end;
    };
    return { hub, heard, room, leaf };
  }

  test("holds its senders back while the receiver has no room, and loses nothing", async (t) => {
    const { hub, heard, room, leaf } = await opened(t);
    room.frames = 10;
    const [first, second] = [await leaf(), await leaf()];
    // 24 MB: more than the sockets of both sides hold.
    const count = 100_000;
    const frame = new Uint8Array(240).fill(7);
    const bytes = Buffer.concat(
      Array.from({ length: count }, (_, n) => {
        frame.set([n, n >> 8, n >> 16]);
        return toStream(frame);
      }),
    );
    let handedOver = false;
    first.socket.write(bytes, () => {
      handedOver = true;
    });
    await until(() => heard.length === 10, "as many as there is room for");
    second.send(FRAME_5);
    await until(() => hub.stats().heldBack === 2, "both senders to be held back");
    assert.equal(handedOver, false, "more than the sockets hold waits with the sender");
    assert.deepEqual(hub.stats().refused, {});

    for (let more = 20; heard.length < count + 1; more *= 3) {
      room.frames = more;
      hub.offer();
      await until(() => heard.length >= Math.min(more, count + 1), `${more} frames`);
      assert.ok(heard.length <= more);
    }
    const peer = heard[0]?.peer;
    const ofFirst = heard.filter((each) => each.peer === peer);
    assert.equal(ofFirst.length, count);
    assert.ok(
      ofFirst.every(({ frame: [low = 0, mid = 0, high = 0] }, n) => {
        return (low | (mid << 8) | (high << 16)) === n;
      }),
      "in order, each once",
    );
    assert.equal(hub.stats().received, count + 1);
  });

  test("what a sender sent before it went is offered again after it is gone", async (t) => {
    const { hub, heard, room, leaf } = await opened(t);
    room.frames = 0;
    const end = await leaf();
    end.send(FRAME_5);
    await until(() => hub.stats().heldBack === 1, "the frame to be held");
    end.socket.resetAndDestroy();
    const other = await leaf();
    room.frames = 1;
    await until(() => {
      hub.offer();
      return heard.length === 1;
    }, "the frame");
    room.frames = 2;
    other.send(FRAME_5);
    await until(() => heard.length === 2, "another's frame");
  });

  test("hears allowed senders alone", async (t) => {
    const { hub, heard, leaf } = await opened(t, { allow: ["192.0.2.0/24"] });
    const end = await leaf();
    await until(() => end.socket.destroyed, "the connection to be closed");
    end.send(FRAME_5);
    assert.deepEqual(hub.stats().refused, { notAllowed: 1 });
    assert.equal(heard.length, 0);
    const other = await opened(t, { allow: ["127.0.0.1", "::1"] });
    (await other.leaf()).send(FRAME_5);
    await until(() => other.heard.length === 1, "a frame from an allowed sender");
  });

  test("an allowed IPv4 sender is known on a socket for both families", async (t) => {
    const hub = new TcpLink({ host: "::", port: 0, allow: ["127.0.0.1"] });
    let heard = 0;
    await hub.open(() => void heard++, ignore);
    t.after(() => hub.close());
    const end = await leafAt(portOf(hub));
    t.after(() => end.socket.destroy());
    end.send(FRAME_5);
    await until(() => heard === 1, "the frame");
  });

  test("closes a connection beyond the bound, counted, and takes one when another has gone", async (t) => {
    const { hub, heard, leaf } = await opened(t, { connectionsMax: 2 });
    const [first, second] = [await leaf(), await leaf()];
    first.send(FRAME_5);
    second.send(FRAME_5);
    await until(() => heard.length === 2, "two leaves");
    const third = await leaf();
    await until(() => third.socket.destroyed, "the third to be closed");
    assert.deepEqual(hub.stats().refused, { tooManyConnections: 1 });
    const gone = heard[0]?.peer ?? 0;
    first.socket.destroy();
    await until(() => hub.send(gone, FRAME_5).ok === false, "the first to be gone");
    const fourth = await leaf();
    fourth.send(FRAME_5);
    await until(() => heard.length === 3, "a leaf in its place");
    assert.ok(
      heard[2] !== undefined && !heard.slice(0, 2).some(({ peer }) => peer === heard[2]?.peer),
    );
  });

  test("send() answers full when the peer reads no more, and close() still returns", async (t) => {
    const { hub, heard, leaf } = await opened(t);
    const end = await leaf();
    end.send(FRAME_5);
    await until(() => heard.length === 1, "the leaf");
    end.socket.pause();
    const peer = heard[0]?.peer ?? 0;
    const frame = new Uint8Array(245).fill(7);
    await until(() => {
      for (let n = 0; n < 1_000; n++) {
        const sent = hub.send(peer, frame);
        if (!sent.ok) {
          assert.equal(sent.error, "full");
          return end.socket.readableLength > 0;
        }
      }
      return false;
    }, "the kernel's buffers and the bound to fill");
    await hub.close();
  });

  test("a connection that is silent too long is closed", async (t) => {
    const { leaf } = await opened(t, { idleMsMax: 1 });
    const end = await leaf();
    await until(() => end.socket.destroyed, "the connection to be closed");
  });

  test("open() says E_LINK_OPEN for an address that this machine lacks", async () => {
    await assert.rejects(new TcpLink({ host: "192.0.2.1", port: 0 }).open(ignore, ignore), {
      code: "E_LINK_OPEN",
      message: "Cannot listen on 192.0.2.1:0: this machine has no such address.",
    });
  });
});

describe("TcpClient", () => {
  test("speaks first, hears answers, and says once when the hub has gone", async () => {
    const hub = new TcpLink({ port: 0 });
    await hub.open(
      (_bytes, _start, _end, peer) => hub.send(peer, Uint8Array.of(9, 9, 9, 9, 9)),
      ignore,
    );
    const causes: unknown[] = [];
    const heard: number[][] = [];
    const client = new TcpClient({ host: "127.0.0.1", port: portOf(hub) });
    await client.open(
      (bytes, start, end, peer) => void heard.push([peer, ...bytes.subarray(start, end)]),
      (cause) => void causes.push(cause),
    );
    assert.equal(client.send(HUB_PEER, FRAME_5).ok, true);
    assert.deepEqual(client.send(2, FRAME_5), { ok: false, error: "peerUnknown" });
    await until(() => heard.length === 1, "the answer");
    assert.deepEqual(heard, [[HUB_PEER, 9, 9, 9, 9, 9]]);
    await hub.close();
    await until(() => causes.length === 1, "onClosed");
    assert.ok(causes[0] instanceof MycelError && causes[0].code === "E_LINK_CLOSED");
    assert.deepEqual(client.send(HUB_PEER, FRAME_5), { ok: false, error: "closed" });
    await client.close();
    assert.equal(causes.length, 1);
  });

  test("open() says E_LINK_OPEN where nobody listens", async () => {
    const hub = new TcpLink({ port: 0 });
    await hub.open(ignore, ignore);
    const port = portOf(hub);
    await hub.close();
    await assert.rejects(new TcpClient({ host: "127.0.0.1", port }).open(ignore, ignore), {
      code: "E_LINK_OPEN",
      message: `Cannot connect to tcp://127.0.0.1:${port}: nothing listens there, is the node running?`,
    });
  });

  test("close() hands over what was sent", async () => {
    const hub = new TcpLink({ port: 0 });
    let heard = 0;
    await hub.open(() => void heard++, ignore);
    const client = new TcpClient({ host: "127.0.0.1", port: portOf(hub) });
    await client.open(ignore, ignore);
    for (let n = 0; n < 50; n++) assert.ok(client.send(HUB_PEER, FRAME_5).ok);
    await client.close();
    await until(() => heard === 50, "all frames");
    await hub.close();
  });
});
