/**
 * What every link promises, whatever carries it: `describeLink("udp", udpPair)`. A pair is the
 * hub's link under test and leaves that talk to it by the link's own means.
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { FRAME } from "../../firmware/wire/frame-types.ts";
import { MycelError } from "../../runtime/errors.ts";
import { seededRandom } from "../../runtime/random.ts";
import { FRAME_BYTES_MAX, type FrameReceiver, type Link } from "../../transports/link.ts";

export interface LinkPair {
  /** Not open yet. */
  readonly hub: Link;
  /** Another link for the address of the open hub. */
  again(): Link;
  /** 1 on a point-to-point line. */
  readonly leavesMax: number;
  leaf(): Promise<LeafEnd>;
  /** Ends what the pair started besides the hub's link. */
  end(): Promise<void>;
}

export interface LeafEnd {
  /** Frames from the hub, as they came. */
  readonly heard: Uint8Array[];
  send(frame: Uint8Array): void;
  /** What no leaf sends; the link refuses it, or passes it on for the decoder to refuse. */
  sendRaw(bytes: Uint8Array): void;
}

interface Heard {
  readonly frame: Uint8Array;
  readonly peer: number;
}

/** `skip` says why the suite cannot run on this machine. */
export function describeLink(
  name: string,
  makePair: () => Promise<LinkPair>,
  skip: string | false = false,
): void {
  describe(`a ${name} link`, { skip }, () => {
    let pair: LinkPair;
    let hub: Link;
    let heard: Heard[];
    const receive: FrameReceiver = (bytes, start, end, peer) => {
      heard.push({ frame: Uint8Array.from(bytes.subarray(start, end)), peer });
    };

    beforeEach(async () => {
      pair = await makePair();
      hub = pair.hub;
      heard = [];
    });
    afterEach(async () => {
      await hub.close();
      await pair.end();
    });

    test("delivers frames of every size from 5 to 250 whole and in order", async () => {
      await hub.open(receive, mustNotClose);
      const leaf = await pair.leaf();
      const frames = sizes(FRAME.bytesMin, FRAME_BYTES_MAX).map(frameOfSize);
      for (const [at, frame] of frames.entries()) {
        leaf.send(frame);
        // A few at a time, so that no buffer on the way overflows.
        await until(() => heard.length > at - 8, `frame ${at} of ${frames.length}`);
      }
      await until(() => heard.length >= frames.length, "the last frame");
      assert.deepEqual(
        heard.map(({ frame }) => frame),
        frames,
      );
    });

    test("carries every byte value", async () => {
      await hub.open(receive, mustNotClose);
      const leaf = await pair.leaf();
      const frames = [0x00, 0x01, 0x7f, 0xfe, 0xff].map((byte) => new Uint8Array(250).fill(byte));
      frames.push(Uint8Array.from({ length: 250 }, (_, at) => at));
      frames.push(Uint8Array.from({ length: 250 }, (_, at) => 255 - at));
      for (const frame of frames) leaf.send(frame);
      await until(() => heard.length >= frames.length, "all frames");
      assert.deepEqual(
        heard.map(({ frame }) => frame),
        frames,
      );
    });

    test("send() reaches the leaf that was heard, frames whole and in order", async () => {
      await hub.open(receive, mustNotClose);
      const leaf = await pair.leaf();
      leaf.send(frameOfSize(9));
      await until(() => heard.length === 1, "the leaf to be heard");
      const peer = heard[0]?.peer ?? Number.NaN;
      const frames = [5, 6, 63, 64, 244, 250].map(frameOfSize);
      const reused = new Uint8Array(FRAME_BYTES_MAX);
      for (const frame of frames) {
        reused.set(frame);
        assert.deepEqual(hub.send(peer, reused.subarray(0, frame.length)), {
          ok: true,
          value: undefined,
        });
        reused.fill(0xee);
      }
      await until(() => leaf.heard.length >= frames.length, "all answers");
      assert.deepEqual(leaf.heard, frames);
    });

    test("tells peers apart and answers the one that asked", async (t) => {
      if (pair.leavesMax < 3) return t.skip("a point-to-point line has one peer");
      await hub.open(receive, mustNotClose);
      const leaves = [await pair.leaf(), await pair.leaf(), await pair.leaf()];
      for (const [at, leaf] of leaves.entries()) {
        leaf.send(frameOfSize(10 + at));
        await until(() => heard.length === at + 1, `leaf ${at}`);
      }
      leaves[0]?.send(frameOfSize(20));
      await until(() => heard.length === 4, "leaf 0 once more");
      assert.equal(new Set(heard.map(({ peer }) => peer)).size, 3);
      assert.equal(heard[3]?.peer, heard[0]?.peer);

      for (const [at, { peer }] of heard.slice(0, 3).entries())
        hub.send(peer, frameOfSize(30 + at));
      for (const [at, leaf] of leaves.entries()) {
        await until(() => leaf.heard.length === 1, `the answer to leaf ${at}`);
        assert.deepEqual(leaf.heard[0], frameOfSize(30 + at));
      }
      return undefined;
    });

    test("send() refuses a peer that was never heard", async () => {
      await hub.open(receive, mustNotClose);
      for (const peer of [0, 77, -1, 0xffff_ffff]) {
        assert.deepEqual(hub.send(peer, frameOfSize(5)), { ok: false, error: "peerUnknown" });
      }
    });

    test("send() refuses a frame over 250 bytes", async () => {
      await hub.open(receive, mustNotClose);
      const peer = await heardPeer();
      const refused = hub.send(peer, new Uint8Array(FRAME_BYTES_MAX + 1));
      assert.deepEqual(refused, { ok: false, error: "frameTooLong" });
    });

    test("send() refuses before open() and after close()", async () => {
      assert.deepEqual(hub.send(1, frameOfSize(5)), { ok: false, error: "closed" });
      await hub.open(receive, mustNotClose);
      const peer = await heardPeer();
      await hub.close();
      assert.deepEqual(hub.send(peer, frameOfSize(5)), { ok: false, error: "closed" });
    });

    test("close() may be called again, also at the same time and before open()", async () => {
      const other = pair.again();
      await other.close();
      await hub.open(receive, mustNotClose);
      await Promise.all([hub.close(), hub.close()]);
      await hub.close();
    });

    test("open() a second time is a bug", async () => {
      await hub.open(receive, mustNotClose);
      await assert.rejects(hub.open(receive, mustNotClose), /invariant broken/);
    });

    test("open() refuses an address that is taken with E_PORT_TAKEN and one sentence", async () => {
      await hub.open(receive, mustNotClose);
      const second = pair.again();
      await assert.rejects(second.open(receive, mustNotClose), (fault) => {
        assert.ok(fault instanceof MycelError);
        assert.equal(fault.code, "E_PORT_TAKEN");
        assert.match(fault.message, /^[^\n]+\.$/);
        return true;
      });
      const leaf = await pair.leaf();
      leaf.send(frameOfSize(12));
      await until(() => heard.length === 1, "a frame at the first link");
      await second.close();
    });

    test("an address can be opened again after close()", async () => {
      await hub.open(receive, mustNotClose);
      const second = pair.again();
      await hub.close();
      await second.open(receive, mustNotClose);
      const leaf = await pair.leaf();
      leaf.send(frameOfSize(40));
      await until(() => heard.length === 1, "a frame at the second link");
      await second.close();
    });

    test("stats() count what was received and sent", async () => {
      await hub.open(receive, mustNotClose);
      const leaf = await pair.leaf();
      for (let at = 0; at < 10; at++) leaf.send(frameOfSize(20));
      await until(() => heard.length === 10, "ten frames");
      for (let at = 0; at < 3; at++) hub.send(heard[0]?.peer ?? -1, frameOfSize(20));
      await until(() => leaf.heard.length === 3, "three answers");
      await until(() => hub.stats().sent === 3, "three to be counted");
      assert.equal(hub.stats().received, 10);
      assert.deepEqual(hub.stats().refused, {});
      assert.ok((hub.stats().lostByKernel ?? 0) === 0);
    });

    test("a receiver that throws costs its frame, counted, and not the link", async () => {
      const angry: FrameReceiver = (bytes, start, end, peer) => {
        if (bytes[start + 4] === 0xaa) throw new Error("a fault behind the link");
        receive(bytes, start, end, peer);
      };
      await hub.open(angry, mustNotClose);
      const leaf = await pair.leaf();
      leaf.send(frameOfSize(8));
      leaf.send(Uint8Array.of(1, 2, 3, 4, 0xaa));
      leaf.send(frameOfSize(9));
      await until(() => heard.length === 2, "the frames around it");
      assert.deepEqual(
        heard.map(({ frame }) => frame.length),
        [8, 9],
      );
      assert.deepEqual(hub.stats().refused, { receiverFailed: 1 });
      assert.equal(hub.stats().received, 2);
    });

    test("nothing is delivered after close()", async () => {
      await hub.open(receive, mustNotClose);
      const leaf = await pair.leaf();
      leaf.send(frameOfSize(8));
      await until(() => heard.length === 1, "the link to work");
      await hub.close();
      leaf.send(frameOfSize(8));
      const second = pair.again();
      await second.open(receive, mustNotClose);
      // What was sent meanwhile may wait at the address, but never for the closed link.
      assert.equal(hub.stats().received, 1);
      await second.close();
    });

    test("bad bytes are refused by reason or passed on, never thrown, and good frames follow", async () => {
      await hub.open(receive, mustNotClose);
      const leaf = await pair.leaf();
      const random = seededRandom(20_261_121);
      for (let round = 0; round < 200; round++) {
        const bytes = new Uint8Array(random.below(600));
        for (let at = 0; at < bytes.length; at++) bytes[at] = random.below(256);
        const before = accounted();
        leaf.sendRaw(bytes);
        leaf.send(frameOfSize(33));
        await until(
          () => heard.at(-1)?.frame.length === 33 && accounted() > before,
          `round ${round}`,
        );
        assert.deepEqual(heard.at(-1)?.frame, frameOfSize(33));
        heard.length = 0;
      }
      const { refused } = hub.stats();
      const reasons = Object.values(refused).reduce((sum, count) => sum + count, 0);
      assert.ok(reasons > 0, "some of the random bytes were refused");
    });

    async function heardPeer(): Promise<number> {
      const leaf = await pair.leaf();
      leaf.send(frameOfSize(7));
      await until(() => heard.length > 0, "the leaf to be heard");
      return heard[0]?.peer ?? Number.NaN;
    }

    function accounted(): number {
      const { received, refused } = hub.stats();
      return Object.values(refused).reduce((sum, count) => sum + count, received);
    }
  });
}

const mustNotClose = (cause: unknown): void => {
  throw new Error("onClosed was called", { cause });
};

const sizes = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at);

/** Frames of one size differ from those of all others in each byte; contents are no wire's. */
function frameOfSize(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => (size * 7 + at * 13) & 0xff);
}

/** Polls each ms until the condition holds, with a bound. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadlineMs = performance.now() + 90_000;
  while (!condition()) {
    if (performance.now() > deadlineMs) assert.fail(`waited in vain for ${what}`);
    await pause(1);
  }
}
