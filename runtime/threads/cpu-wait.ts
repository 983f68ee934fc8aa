/** How long a thread was ready to run and had no core, as Linux counts it for each; 0 where nobody counts. */
import { readFileSync, readlinkSync } from "node:fs";

/** Where the system tells of the thread that asks, for other threads of its process to look. */
export function ownTask(): string | undefined {
  try {
    return readlinkSync("/proc/thread-self");
  } catch {
    return undefined;
  }
}

/** Since the thread began, ms. */
export function cpuWaitMs(task: string | undefined): number {
  if (task === undefined) return 0;
  try {
    const [, waitedNs] = readFileSync(`/proc/${task}/schedstat`, "utf8").split(" ");
    return Number(waitedNs ?? 0) / 1e6;
  } catch {
    return 0;
  }
}
