/** What a process has used so far, as Linux tells it (proc(5)). */
import { readFileSync } from "node:fs";

export interface ProcessUse {
  /** User and system time of all its threads, s. */
  readonly cpuS: number;
  readonly residentMb: number;
  /** Of that, what no file or shared memory stands behind: heap, stacks. */
  readonly anonymousMb: number;
}

/** USER_HZ, fixed at 100 for what /proc shows on x64 and arm64. */
const TICKS_A_SECOND = 100;

export function readProcessUse(pid: number): ProcessUse {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, field 2, may hold blanks and brackets: fields are counted from behind it. 14: user, 15: system.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kb = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? Number.NaN);
  return {
    cpuS: (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND,
    residentMb: kb("VmRSS") / 1024,
    anonymousMb: kb("RssAnon") / 1024,
  };
}
