/** Points and wall clocks that are set: nobody pays a day twice, and no hour of a device is paid twice. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeviceDraft } from "../../../actors/wallet/messages.ts";
import { VirtualClock } from "../../../runtime/testing/virtual-clock.ts";
import { order } from "../../support/money.ts";
import { startWallets } from "../../support/wallets.ts";

const P = 1_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

type Office = ReturnType<typeof startWallets>;

/** Until it has looked whether a new day has begun; what that leads to comes to its end before time goes on. */
async function lookAgain(office: Office): Promise<void> {
  await office.sim.settle();
  office.sim.advance(10 * 60_000);
  await office.sim.settle();
}

/** Of 10,000 points, one share a day is 200, then 196, 192, … whole points. */
async function sharesTaken(office: Office): Promise<number> {
  let balance = 10_000;
  const found = (await office.balanceMilli("person:1")) / P;
  for (let shares = 0; shares < 60; shares++) {
    if (balance === found) return shares;
    balance -= Math.floor(balance / 50);
  }
  throw new Error(`${found} points are left`);
}

const JUMPS: readonly (readonly [what: string, days: readonly number[], shares: number])[] = [
  ["day by day", [1, 1, 1], 3],
  ["never, while it stands", [0, 0], 0],
  ["once after a year off", [365], 1],
  ["not when it goes back a day", [-1], 0],
  ["not again when it goes back a day and forward again", [1, -1, 1], 1],
  ["not when the node starts in 1970, and once when it has heard the time", [-20_454, 20_455], 1],
  ["once, not again, of a start in 1970 on the same day", [1, -20_455, 20_455], 1],
  ["once for a jump to 2099, and then day by day again", [26_600, -26_599, 1], 2],
  ["once a day, by some minutes back and forth over midnight", [1, -0.005, 0.005, -0.005], 1],
];
for (const [what, days, shares] of JUMPS) {
  for (const isRestarted of [false, true]) {
    test(`demurrage is taken ${what}${isRestarted ? ", the node restarted each time" : ""}`, async () => {
      const clock = new VirtualClock();
      let office = startWallets({ demurrage: true, clock });
      await office.post(order("a", "issuer", "person:1", 10_000 * P));
      await lookAgain(office);
      for (const by of days) {
        clock.setWall(by * DAY_MS);
        if (isRestarted) {
          office.sim.kill();
          office = startWallets({ demurrage: true, clock, store: office.store.reopened() });
        }
        await lookAgain(office);
      }
      assert.equal(await sharesTaken(office), shares);
    });
  }
}

test("demurrage goes by days in UTC, whatever the house's clock does in spring and autumn", async (t) => {
  const zone = process.env["TZ"];
  t.after(() => {
    if (zone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zone;
  });
  for (const there of ["Europe/Berlin", "America/New_York", "Asia/Tokyo"]) {
    process.env["TZ"] = there;
    for (const start of ["2026-03-07T00:30:00Z", "2026-03-28T00:30:00Z", "2026-10-24T00:30:00Z"]) {
      const clock = new VirtualClock();
      clock.setWall(Date.parse(start) - clock.nowMs());
      const office = startWallets({ demurrage: true, clock });
      await office.post(order("a", "issuer", "person:1", 10_000 * P));
      for (let hour = 0; hour < 72; hour++) {
        office.sim.advance(HOUR_MS);
        await office.sim.settle();
      }
      assert.equal(await sharesTaken(office), 3, `${there} from ${start}`);
    }
  }
});

const hub: DeviceDraft = {
  deviceId: "hub_01",
  ownerId: 2,
  deviceType: "hub",
  displayName: "Hub",
  topicPrefix: "office/main/",
  isActive: true,
};

/** Hours that pass with a heartbeat in each, and jumps of the wall clock between them. */
const UPTIMES: readonly (readonly [
  what: string,
  steps: readonly (readonly [pass: number, jump: number])[],
  hours: number,
])[] = [
  ["each hour", [[3, 0]], 3],
  [
    "no hour twice that comes again",
    [
      [3, -1],
      [1, 0],
      [2, 0],
    ],
    5,
  ],
  [
    "no hour twice that comes again by a clock set back and forth",
    [
      [3, -2],
      [0, 2],
      [1, 0],
    ],
    4,
  ],
  [
    "a day at most for a year of silence",
    [
      [3, 365 * 24],
      [1, 0],
    ],
    3 + 24,
  ],
  [
    "on from a clock that was set back by years",
    [
      [3, -365 * 24],
      [2, 0],
    ],
    5,
  ],
];
for (const [what, steps, hours] of UPTIMES) {
  test(`a device is paid ${what}`, async () => {
    const clock = new VirtualClock();
    const office = startWallets({ clock });
    await office.ask({ type: "RegisterDevice", device: hub });
    const beat = () => office.ask({ type: "TakeHeartbeat", deviceId: "hub_01", byPersonId: null });
    await beat();
    for (const [pass, jump] of steps) {
      for (let hour = 0; hour < pass; hour++) {
        office.sim.advance(HOUR_MS);
        assert.equal((await beat()).type, "HeartbeatTaken");
      }
      clock.setWall(jump * HOUR_MS);
      assert.equal((await beat()).type, "HeartbeatTaken");
    }
    const wanted = hours * P;
    const found = await office.balanceMilli("person:2");
    assert.ok(Math.abs(found - wanted) <= P, `${found} of ${wanted}`);
    assert.equal(found % P, 0);
  });
}
