import assert from "node:assert/strict";
import { test } from "node:test";
import type { DashboardCommand } from "../../../actors/dashboard/messages.ts";
import type { HistorianCommand } from "../../../actors/historian/messages.ts";
import type { HubCommand } from "../../../actors/hub/messages.ts";
import { link, reopenMs } from "../../../actors/link/link.ts";
import { LinkTotals } from "../../../actors/link/link-totals.ts";
import type { LinkCommand, LinkStatus, SendAnswer } from "../../../actors/link/messages.ts";
import { receive, same } from "../../../runtime/behavior.ts";
import { MycelError } from "../../../runtime/errors.ts";
import { createProbe } from "../../../runtime/testing/probe.ts";
import { simulate } from "../../../runtime/testing/simulation.ts";
import { FakeLink, FakeStream } from "./fake-links.ts";

const linkOf = async (
  faults: readonly (Error | undefined)[] = [],
  hubCapacity = 100,
  {
    overflow = "refuse",
    makeDriver = (fault: Error | undefined) => new FakeLink(fault),
  }: {
    overflow?: "refuse" | "backpressure";
    makeDriver?: (fault: Error | undefined) => FakeLink;
  } = {},
) => {
  const sim = simulate({ order: "fifo" });
  const drivers: FakeLink[] = [];
  const totals = new LinkTotals();
  const dashboard = createProbe<DashboardCommand>(sim.system, "dashboard");
  const historian = createProbe<HistorianCommand>(sim.system, "historian");
  const status = createProbe<LinkStatus>(sim.system, "status");
  const frames: { bytes: number[]; peer: number; atMs: number }[] = [];
  const hubRef = sim.system.spawn<HubCommand>({
    id: "hub",
    start: () =>
      receive<HubCommand>(() => same, {
        onBytes(bytes, start, end, peer, atMs) {
          frames.push({ bytes: [...bytes.subarray(start, end)], peer, atMs });
          return same;
        },
      }),
    restart: "permanent",
    shutdownMs: 1_000,
    mailbox: { capacity: hubCapacity, overflow },
  });
  const ref = sim.system.spawn<LinkCommand>({
    id: "link",
    start: () =>
      link({
        hub: "swarm_hub_01",
        zone: "main",
        makeLink: () => {
          const driver = makeDriver(faults[drivers.length]);
          drivers.push(driver);
          return driver;
        },
        totals,
        hubRef,
        dashboard: dashboard.ref,
        historian: historian.ref,
        statusTo: status.ref,
      }),
    restart: "permanent",
    shutdownMs: 1_000,
  });
  await sim.settle();
  return {
    sim,
    drivers,
    frames,
    status,
    ref,
    async advance(ms: number) {
      sim.advance(ms);
      await sim.settle();
    },
    driver: () => drivers.at(-1) as FakeLink,
    events: () =>
      dashboard.messages.flatMap((m) => (m.type === "EventRaised" ? [m.event.message] : [])),
  };
};

const unplugged = () => new MycelError("E_LINK_OPEN", "No such device: check the path.");

test("link hands frames to the hub with peer and time, and says that it is open", async () => {
  const office = await linkOf();
  office.driver().arrive(Uint8Array.of(1, 2, 3), 7);
  office.sim.run();
  assert.deepEqual(office.frames, [{ bytes: [1, 2, 3], peer: 7, atMs: office.sim.clock.nowMs() }]);
  office.sim.advance(1_000);
  assert.deepEqual(office.status.messages.at(-1), {
    type: "LinkStatus",
    hub: "swarm_hub_01",
    address: "fake://1",
    isOpen: true,
    failure: undefined,
    received: 1,
    forwarded: 1,
    sent: 0,
    refused: { badCrc: 1 },
    lostByKernel: 2,
  });
  assert.deepEqual(office.events(), []);
});

test("link counts frames that a full hub does not take", async () => {
  const office = await linkOf([], 3);
  for (let i = 0; i < 5; i++) office.driver().arrive(Uint8Array.of(i), 1);
  office.sim.advance(1_000);
  const status = office.status.messages.at(-1);
  assert.deepEqual([status?.received, status?.forwarded, status?.refused["hubBusy"]], [5, 3, 2]);
  assert.equal(office.frames.length, 3);
});

for (const overflow of ["refuse", "backpressure"] as const) {
  test(`link offers again what a full hub (${overflow}) did not take, where its driver can wait`, async () => {
    const office = await linkOf([], 3, {
      overflow,
      makeDriver: (fault) => new FakeStream(fault),
    });
    const count = overflow === "refuse" ? 100 : 1_000;
    for (let n = 0; n < count; n++) office.driver().arrive(Uint8Array.of(n, n >> 8), 1);
    await office.advance(1_000);
    assert.deepEqual(
      office.frames.map(({ bytes: [low = 0, high = 0] }) => low | (high << 8)),
      Array.from({ length: count }, (_, n) => n),
    );
    const status = office.status.messages.at(-1);
    assert.deepEqual([status?.forwarded, status?.refused["hubBusy"]], [count, undefined]);
  });
}

test("link sends frames to leaves and answers what became of them", async () => {
  const office = await linkOf();
  const asker = createProbe<SendAnswer>(office.sim.system);
  const frame = Uint8Array.of(9);
  office.ref.tell({ type: "SendFrame", peer: 1, frame, replyTo: asker.ref });
  office.ref.tell({ type: "SendFrame", peer: 2, frame, replyTo: asker.ref });
  office.driver().unplug();
  office.ref.tell({ type: "SendFrame", peer: 1, frame, replyTo: asker.ref });
  office.sim.run();
  assert.deepEqual(asker.messages, [
    { type: "FrameSent", peer: 1 },
    { type: "FrameRefused", peer: 2, reason: "peerUnknown" },
    { type: "FrameRefused", peer: 1, reason: "closed" },
  ]);
});

test("link tells an outage once, tries again ever more seldom, and tells its end", async () => {
  const faults = [undefined, ...Array.from({ length: 8 }, unplugged), undefined];
  const office = await linkOf(faults);
  const first = office.driver();
  office.driver().arrive(Uint8Array.of(1), 1);
  first.unplug();
  await office.advance(0);
  assert.equal(first.isClosed, true);
  assert.equal(office.status.messages.at(-1)?.failure?.code, "E_LINK_CLOSED");

  const triesAtMs: number[] = [];
  for (let ms = 0; ms < 300_000 && office.drivers.length < faults.length; ms += 250) {
    const before = office.drivers.length;
    await office.advance(250);
    if (office.drivers.length > before) triesAtMs.push(ms);
  }
  await office.advance(1_000);
  assert.equal(office.drivers.length, faults.length);
  assert.equal(office.status.messages.at(-1)?.isOpen, true);
  assert.deepEqual(office.events(), [
    "Link fake://1 of swarm_hub_01 failed: The device is gone: plug it in again.",
    "Link fake://1 of swarm_hub_01 works again.",
  ]);
  const gaps = triesAtMs.map((atMs, i) => atMs - (triesAtMs[i - 1] ?? 0));
  assert.ok(
    gaps.every((gap) => gap <= 45_500),
    `${gaps}`,
  );
  assert.ok((gaps.at(-1) as number) >= 14_500, `${gaps}`);

  // What the first driver counted is kept, and its late frames are not.
  first.arrive(Uint8Array.of(1), 1);
  office.driver().arrive(Uint8Array.of(2), 1);
  await office.advance(1_000);
  assert.deepEqual(
    office.frames.map(({ bytes }) => bytes),
    [[1], [2]],
  );
  assert.equal(office.status.messages.at(-1)?.received, 2);
});

test("link that cannot be opened at the start says why and keeps trying", async () => {
  const office = await linkOf([unplugged(), undefined]);
  const status = office.status.messages.at(-1);
  assert.deepEqual(status?.failure, {
    code: "E_LINK_OPEN",
    message: "No such device: check the path.",
  });
  await office.advance(1_000);
  assert.equal(office.status.messages.at(-1)?.isOpen, true);
});

test("link closes its driver when it is stopped or started again", async () => {
  const office = await linkOf();
  office.ref.tell({ type: "Crash" } as never);
  await office.advance(0);
  assert.deepEqual(
    office.drivers.map(({ isClosed }) => isClosed),
    [true, false],
  );
  const down = office.sim.system.shutdown();
  await office.advance(0);
  await down;
  assert.deepEqual(
    office.drivers.map(({ isClosed }) => isClosed),
    [true, true],
  );
});

test("link loses no count when it is started again", async () => {
  const office = await linkOf([], 1);
  for (const byte of [1, 2, 3]) office.driver().arrive(Uint8Array.of(byte), 1);
  office.ref.tell({ type: "Crash" } as never);
  await office.advance(0);
  office.driver().arrive(Uint8Array.of(4), 1);
  await office.advance(1_000);
  const { received, forwarded, refused, lostByKernel } = office.status.messages.at(
    -1,
  ) as LinkStatus;
  assert.deepEqual([received, forwarded, refused], [4, 2, { badCrc: 2, hubBusy: 2 }]);
  assert.equal(lostByKernel, 4);
});

test("reopenMs() doubles from half a second to half a minute, with chance around it", () => {
  assert.deepEqual(
    [0, 1, 5, 6, 50].map((failures) => reopenMs(failures, 0.5)),
    [500, 1_000, 16_000, 30_000, 30_000],
  );
  assert.deepEqual([reopenMs(0, 0), reopenMs(50, 0.999_999) < 45_000], [250, true]);
});
