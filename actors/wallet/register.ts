/**
 * The register of devices over its tables: who works in a zone, and their XP. What changes it is called
 * within a write of the store and reads what it changes there, so that parent, devices and treasury
 * never overwrite each other.
 */
import { err, ok, type Result } from "../../runtime/result.ts";
import type { ZoneXp } from "./formulas.ts";
import type { Device, DeviceDraft, WalletRefusal, XpGranted } from "./messages.ts";
import type { DeviceRow, WalletTables } from "./tables.ts";

/** As many as a node has leaves; a zone's XP is read in some ms then. */
export const DEVICES_MAX = 10_000;
/** 20 XP a task: far beyond any device's life, far below 2^53. */
export const XP_MAX = 1_000_000_000;

export class DeviceRegister {
  readonly #tables: WalletTables;

  constructor(tables: WalletTables) {
    this.#tables = tables;
  }

  get(deviceId: string): DeviceRow | undefined {
    return this.#tables.device.get(deviceId);
  }

  list(): Device[] {
    return [...this.#tables.device.range({})].map(({ value }) => deviceOf(value));
  }

  zoneXp(zone: string): ZoneXp {
    let xpTotal = 0;
    let devices = 0;
    for (const { xp } of this.#activeIn(zone)) {
      xpTotal += xp;
      devices += 1;
    }
    return { xpTotal, devices };
  }

  add(draft: DeviceDraft): Result<Device, WalletRefusal> {
    if (this.get(draft.deviceId) !== undefined) return err("deviceExists");
    if ([...this.#tables.device.range({ limit: DEVICES_MAX })].length >= DEVICES_MAX) {
      return err("tooManyDevices");
    }
    return ok(
      this.#put({
        ...draft,
        lastHeartbeatAtMs: null,
        xp: 0,
        rewardedUntilMs: null,
        due: null,
      }),
    );
  }

  change(
    deviceId: string,
    change: Partial<Omit<DeviceRow, "deviceId">>,
  ): Result<Device, WalletRefusal> {
    const row = this.get(deviceId);
    if (row === undefined) return err("deviceUnknown");
    this.#unlist(row);
    return ok(this.#put({ ...row, ...change }));
  }

  remove(deviceId: string): Result<Device, WalletRefusal> {
    const row = this.get(deviceId);
    if (row === undefined) return err("deviceUnknown");
    this.#unlist(row);
    this.#tables.device.remove(deviceId);
    return ok(deviceOf(row));
  }

  /** Once for each task and kind of event: a repeat gives nothing and tells what was given. */
  grantXp(taskId: number, zone: string, xpEach: number, eventType: string): XpGranted {
    const known = this.#tables.xpGrant.get([taskId, eventType]);
    const { deviceIds, xpEach: xp } = known ?? {
      deviceIds: [...this.#activeIn(zone)].map(({ deviceId }) => deviceId),
      xpEach,
    };
    if (known === undefined) {
      this.#tables.xpGrant.put([taskId, eventType], { deviceIds, xpEach });
      for (const deviceId of deviceIds) {
        const row = this.get(deviceId);
        if (row === undefined) continue;
        this.#tables.device.put(deviceId, { ...row, xp: Math.min(XP_MAX, row.xp + xpEach) });
      }
    }
    return {
      type: "XpGranted",
      deviceIds,
      xpTotal: deviceIds.length * xp,
      repeated: known !== undefined,
    };
  }

  *#activeIn(zone: string): Iterable<DeviceRow> {
    // As each string is before `[zone, "\uffff"]`, that is the end of the zone's.
    for (const { key } of this.#tables.ofZone.range({ from: [zone, ""], to: [zone, "\uffff"] })) {
      const row = this.get(key[1]);
      if (row?.isActive === true) yield row;
    }
  }

  #put(row: DeviceRow): Device {
    this.#tables.device.put(row.deviceId, row);
    const zone = zoneOf(row.topicPrefix);
    if (zone !== undefined) this.#tables.ofZone.put([zone, row.deviceId], 0);
    return deviceOf(row);
  }

  #unlist({ deviceId, topicPrefix }: Device): void {
    const zone = zoneOf(topicPrefix);
    if (zone !== undefined) this.#tables.ofZone.remove([zone, deviceId]);
  }
}

/** `office/main/sensor` works in `main`; `office/main`, without a slash behind it, nowhere. */
const zoneOf = (topicPrefix: string): string | undefined =>
  /^office\/([^/]+)\//.exec(topicPrefix)?.[1];

const deviceOf = ({ rewardedUntilMs: _rewardedUntilMs, due: _due, ...device }: DeviceRow): Device =>
  device;
