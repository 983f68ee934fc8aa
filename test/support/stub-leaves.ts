/** The stub office's hubs and leaves: an ordinary mix, a few of them in trouble, and what acts change of one. */
import { encodeFrame } from "../../transports/frame/encode.ts";
import { frameFields } from "../../transports/frame/frame-fields.ts";
import { toHex } from "../../transports/frame/hex.ts";
import type { Hub, Leaf, LeafAct, SeenFrame } from "../../transports/http/contract.ts";
import { chance, OFFICE_ZONES } from "./office-model.ts";

const LEAVES_PER_HUB_MAX = 250;

/** Channels of a leaf by what it is for; the mix of an ordinary office. */
const KINDS: readonly (readonly [name: string, hardware: string, channels: readonly string[]])[] = [
  ["air", "esp32", ["temperature", "humidity", "co2", "illuminance"]],
  ["climate", "pico", ["temperature", "humidity", "pressure"]],
  ["presence", "nrf54", ["motion", "illuminance", "battery_mv"]],
  ["air", "esp32", ["temperature", "humidity", "co2", "illuminance"]],
  ["door", "attiny", ["door", "battery_mv"]],
  ["sound", "esp32", ["sound_level", "temperature"]],
  ["plant", "attiny", ["soil_moisture", "temperature", "battery_mv"]],
  ["climate", "pico", ["temperature", "humidity", "motion"]],
];

export function makeHubs(leafCount: number, startedAtMs: number): Hub[] {
  const count = Math.max(2, Math.ceil(leafCount / LEAVES_PER_HUB_MAX));
  return Array.from({ length: count }, (_, index) => ({
    hub: `swarm_hub_${String(index + 1).padStart(2, "0")}`,
    zone: OFFICE_ZONES[index % OFFICE_ZONES.length]?.zone ?? "lab",
    address: `udp://127.0.0.1:${5_701 + index}`,
    startedAtMs,
    leafCount: 0,
    onlineCount: 0,
    framesReceived: 1_184_213 + index * 31_007,
    framesApplied: 1_184_102 + index * 30_988,
    refused:
      index === 0 ? { badChecksum: 84, rateLimited: 22, unexpectedType: 5 } : { tooShort: 19 },
    lostByKernel: 0,
  }));
}

export function makeLeaves(count: number, hubs: readonly Hub[], seed: number): Leaf[] {
  return Array.from({ length: count }, (_, index) => {
    const hubNo = Math.floor((index * hubs.length) / count);
    const hub = hubs[hubNo]?.hub ?? "";
    const leafId = index - Math.ceil((hubNo * count) / hubs.length);
    // Zones take turns, and each goes through the kinds at its own pace.
    const place = Math.floor(index / OFFICE_ZONES.length) + (index % OFFICE_ZONES.length) * 5;
    const [kind, hardware, capabilities] = KINDS[place % KINDS.length] ?? KINDS[0] ?? [];
    const zone = OFFICE_ZONES[index % OFFICE_ZONES.length];
    const trouble = troubleOf(index);
    return {
      hub,
      leafId,
      name:
        trouble.standing === "stranger"
          ? `leaf_${leafId}`
          : `${kind}_${String(leafId).padStart(2, "0")}`,
      zone: zone?.zone ?? "lab",
      online: trouble.online ?? true,
      lastSeenMs: 0,
      batteryMv:
        trouble.lowBattery === true
          ? 2_310
          : capabilities?.includes("battery_mv")
            ? 2_700 + Math.round(300 * chance(seed, hub, leafId))
            : null,
      readings: {},
      hardware: trouble.standing === "stranger" ? null : (hardware ?? null),
      capabilities: [...(capabilities ?? [])],
      standing: trouble.standing ?? "adopted",
      claimedHardware: trouble.standing === "disputed" ? "esp32" : null,
      lowBattery: trouble.lowBattery ?? false,
      quarantined: trouble.quarantined ?? false,
      frames: 18_000 + Math.floor(900 * chance(seed, "frames", index)),
      refused: trouble.quarantined === true ? 412 : 0,
    };
  });
}

/** A few of sixty are wrong, each in a way of its own. */
function troubleOf(index: number): Partial<Leaf> {
  const troubles: Readonly<Record<number, Partial<Leaf>>> = {
    9: { online: false },
    17: { lowBattery: true },
    23: { standing: "stranger" },
    30: { quarantined: true },
    36: { standing: "disputed" },
    44: { online: false },
    51: { standing: "stranger" },
  };
  return troubles[index] ?? {};
}

/** As its hub would have seen the leaf's last words: what it says now, in the wire's bytes. */
export function framesOf(leaf: Leaf, after: number): SeenFrame[] {
  const readings = Object.entries(leaf.readings).map(([channel, { value }]) => ({
    channel,
    value,
  }));
  const no = Math.floor(leaf.lastSeenMs / 1_000) % 1_000_000;
  const encoded = encodeFrame({ version: 1, type: "SENSOR_REPORT", leafId: leaf.leafId, readings });
  if (!encoded.ok || no <= after) return [];
  const [bytes, damaged] = [encoded.value, encoded.value.slice()];
  damaged[7] = (damaged[7] as number) ^ 0x40;
  const seen = (frame: Uint8Array, at: number, refusal: string | null): SeenFrame => ({
    ...{ no: no + at, atMs: leaf.lastSeenMs - 900 * (1 - at), hex: toHex(frame), refusal },
    ...{ openedHex: null, fields: frameFields(frame), openedFields: [] },
  });
  return no % 5 === 0 ? [seen(damaged, 0, "badChecksum")] : [seen(bytes, 0, null)];
}

/** Undefined, or why the act is refused. */
export function changeLeaf(leaf: Leaf, act: LeafAct, leaves: readonly Leaf[]): string | undefined {
  switch (act.act) {
    case "rename":
      if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(act.name)) return "badName";
      if (leaves.some((one) => one !== leaf && one.hub === leaf.hub && one.name === act.name)) {
        return "nameTaken";
      }
      leaf.name = act.name;
      return undefined;
    case "move":
      if (OFFICE_ZONES.every(({ zone }) => zone !== act.zone)) return "badName";
      leaf.zone = act.zone;
      return undefined;
    case "adopt":
      leaf.standing = "adopted";
      return undefined;
    case "agreeHardware":
      if (leaf.standing !== "disputed") return "notDisputed";
      leaf.standing = "adopted";
      leaf.hardware = leaf.claimedHardware;
      leaf.claimedHardware = null;
      return undefined;
    case "keepHardware":
      if (leaf.standing !== "disputed") return "notDisputed";
      leaf.standing = "adopted";
      leaf.claimedHardware = null;
      return undefined;
    case "limit":
    case "sleep":
    case "configure":
      return undefined;
  }
}
