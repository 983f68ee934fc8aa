/** What the stub office's zones and hubs have to say, in the wire's codes and data as a node's would. */
import type { Event, Leaf } from "../../transports/http/contract.ts";
import { OFFICE_ZONES, peopleAt, valueAt } from "./office-model.ts";

const HOUR_MS = 3_600_000;

export function personEvent(
  zone: string,
  entered: boolean,
  count: number,
  atMs: number,
): Omit<Event, "id"> {
  return {
    atMs,
    kind: entered ? "person_entered" : "person_exited",
    severity: "info",
    zone,
    hub: null,
    leafId: null,
    message: `Someone ${entered ? "came in" : "left"}: ${count} ${count === 1 ? "person" : "people"} in ${zone.replaceAll("_", " ")} now.`,
    data: { count },
  };
}

/** What would have been noticed in the five hours before, a look a minute. */
export function pastEvents(
  leaves: readonly Leaf[],
  seed: number,
  startedAtMs: number,
  modelMs: (atMs: number) => number,
): Omit<Event, "id">[] {
  const past: Omit<Event, "id">[] = [];
  const about = { hub: null, leafId: null };
  for (const zone of OFFICE_ZONES) {
    let people = peopleAt(zone, seed, modelMs(startedAtMs - 5 * HOUR_MS));
    let stuffy = false;
    for (let atMs = startedAtMs - 5 * HOUR_MS; atMs < startedAtMs - 20_000; atMs += 60_000) {
      const now = peopleAt(zone, seed, modelMs(atMs));
      if (now !== people) past.push(personEvent(zone.zone, now > people, now, atMs));
      people = now;
      const co2 = valueAt(zone, zone.zone, "co2", seed, modelMs(atMs)) ?? 0;
      if (co2 > 1_000 && !stuffy) {
        past.push({
          ...about,
          atMs,
          kind: "co2_threshold_exceeded",
          severity: "warning",
          zone: zone.zone,
          message: `CO₂ is at ${Math.round(co2)} ppm; the threshold is 1,000.`,
          data: { channel: "co2", value: Math.round(co2), limit: 1_000 },
        });
      }
      stuffy = co2 > (stuffy ? 950 : 1_000);
    }
  }
  for (const leaf of leaves) past.push(...leafEvents(leaf, startedAtMs));
  return past.sort((a, b) => a.atMs - b.atMs);
}

/** What hubs said when a leaf got into the trouble it is in. */
function leafEvents(leaf: Leaf, startedAtMs: number): Omit<Event, "id">[] {
  const { hub, leafId, zone, name } = leaf;
  const said = (
    minutesAgo: number,
    kind: string,
    message: string,
    data: Event["data"] = {},
  ): Omit<Event, "id"> => ({
    atMs: startedAtMs - minutesAgo * 60_000,
    kind,
    severity: "warning",
    zone,
    hub,
    leafId,
    message,
    data,
  });
  if (!leaf.online) return [said(47, "leaf_offline", `${name} has not been heard for 120 s.`)];
  if (leaf.lowBattery)
    return [said(7, "low_battery", `${name} is at 2,310 mV.`, { batteryMv: 2_310 })];
  if (leaf.quarantined) {
    return [
      said(31, "leaf_quarantined", `${name} sends more than its limit and is set aside.`, {
        quarantineMs: 600_000,
      }),
    ];
  }
  if (leaf.standing === "disputed") {
    return [said(94, "leaf_disputed", `Other hardware (esp32) asks for the id of ${name}.`)];
  }
  return [];
}
