import assert from "node:assert/strict";
import { test } from "node:test";
import { hubInfo, hubLosses } from "../../../actors/dashboard/hub-info.ts";
import { createHubCounters, openHubCounters } from "../../../actors/hub/hub-counters.ts";
import { createLeafTable, openLeafTable } from "../../../actors/leaf/leaf-table.ts";
import { LinkTotals } from "../../../actors/link/link-totals.ts";

const placeOf = () => ({
  hub: "swarm_hub_01",
  zone: "main",
  address: "udp://127.0.0.1:5701",
  startedAtMs: 0,
  rowBase: 0,
  rowsMax: 2,
  counters: openHubCounters(createHubCounters({ hubsMax: 1 }), 0),
  link: new LinkTotals(),
});
const table = openLeafTable(createLeafTable({ rowsMax: 2 }));

test("hubInfo() counts a frame that the link refused as received and refused, one to a leaf as neither", () => {
  const place = placeOf();
  const stats = { received: 5, sent: 1, refused: { tooLong: 2, sendFailed: 4 }, lostByKernel: 7 };
  place.link.use({ stats: () => stats });
  place.link.hubBusy = 1;
  place.counters.count("received", 4);
  place.counters.count("applied", 3);
  place.counters.refuse("badChecksum");
  const info = hubInfo(place, table, undefined);
  assert.deepEqual(info.refused, { badChecksum: 1, tooLong: 2, hubBusy: 1 });
  assert.equal(info.framesReceived, 7);
  assert.equal(info.framesApplied, 3);
  assert.equal(info.lostByKernel, 7);
  assert.equal(hubLosses(place)["framesNotSent"], 4);
});

test("hubInfo() never shows more outcomes than frames while the hub is ahead of its link's last word", () => {
  const place = placeOf();
  place.counters.count("received", 10);
  place.counters.count("applied", 10);
  const { framesReceived, framesApplied } = hubInfo(place, table, undefined);
  assert.deepEqual([framesReceived, framesApplied], [10, 10]);
});
