/**
 * Moves a hub's logged readings into blocks of their series and adds them to the rollups.
 *
 *   log [hub, group]  ──▶ history [hub, leaf, channel, hour, group]      a block each series and hour
 *                     ──▶ rollup  [hub, leaf, channel, minute | hour, start]
 *
 * Runs within one transaction: after a crash a reading has been moved and counted, or neither.
 */
import { readLogGroup } from "./log-group.ts";
import { decodeRollup, encodeRollup, Rollup } from "./rollup.ts";
import { encodeBlock } from "./sample-block.ts";
import { type HistoryTables, HOUR_MS, type LogKey, MINUTE_MS, type RollupKey } from "./tables.ts";

interface Samples {
  readonly times: number[];
  readonly values: number[];
}

/** Seals a hub's oldest groups, at least one and up to `readingsMax` readings; returns how many. */
export function sealHub(tables: HistoryTables, hubNo: number, readingsMax: number): number {
  const byHour = new Map<string, { leafId: number; channel: number; hourMs: number } & Samples>();
  const sealed: LogKey[] = [];
  let readings = 0;
  for (const { key, value } of tables.log.range({ from: [hubNo, 0], to: [hubNo + 1, 0] })) {
    if (readings >= readingsMax) break;
    sealed.push(key);
    readLogGroup(value, (leafId, channel, sample, atMs) => {
      readings += 1;
      const hourMs = Math.floor(atMs / HOUR_MS) * HOUR_MS;
      const id = `${leafId} ${channel} ${hourMs}`;
      let block = byHour.get(id);
      if (block === undefined) {
        block = { leafId, channel, hourMs, times: [], values: [] };
        byHour.set(id, block);
      }
      block.times.push(atMs);
      block.values.push(sample);
    });
  }
  const firstGroup = sealed[0]?.[1] ?? 0;

  for (const { leafId, channel, hourMs, times, values } of byHour.values()) {
    tables.history.put(
      [hubNo, leafId, channel, hourMs, firstGroup],
      encodeBlock(hourMs, times, values),
    );
    const hour = new Rollup();
    let minuteMs = Number.NaN;
    let minute = new Rollup();
    const endMinute = () => {
      if (minute.count > 0)
        addRollup(tables, [hubNo, leafId, channel, MINUTE_MS, minuteMs], minute);
    };
    for (const [i, atMs] of times.entries()) {
      const value = values[i] as number;
      const startMs = Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
      if (startMs !== minuteMs) {
        endMinute();
        minuteMs = startMs;
        minute = new Rollup();
      }
      minute.add(value);
      hour.add(value);
    }
    endMinute();
    addRollup(tables, [hubNo, leafId, channel, HOUR_MS, hourMs], hour);
  }
  for (const key of sealed) tables.log.remove(key);
  // Group numbers are in the keys of blocks: none may come twice, though the log is empty now.
  const lastGroup = sealed.at(-1)?.[1];
  if (lastGroup !== undefined) tables.sealed.put(hubNo, lastGroup + 1);
  return readings;
}

function addRollup(tables: HistoryTables, key: RollupKey, added: Rollup): void {
  const before = tables.rollup.get(key);
  if (before !== undefined) added.merge(decodeRollup(before));
  tables.rollup.put(key, encodeRollup(added));
}
