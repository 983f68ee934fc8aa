/** Two ends of a line that the kernel takes for real serial ports, made by Debian's socat. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync } from "node:fs";
import { until } from "../link-compliance.ts";

export const noSocat: string | false =
  spawnSync("socat", ["-V"]).status === 0 ? false : "socat is missing: apt-get install socat";

export interface PtyPair {
  /** `/dev/pts/…` of each end. */
  readonly near: string;
  readonly far: string;
  /** Pulls the plug: both ends hang up. */
  unplug(): Promise<void>;
}

export async function ptyPair(): Promise<PtyPair> {
  const end = "pty,raw,echo=0";
  const socat = spawn("socat", ["-d", "-d", end, end], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(socat, "exit");
  let said = "";
  socat.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  await until(() => said.includes("starting data transfer loop"), "socat to make its line");
  const [near, far] = [...said.matchAll(/PTY is (\S+)/g)].map(([, path]) => path);
  assert.ok(near !== undefined && far !== undefined, said);
  // Held open, so that an end may be closed and opened again without socat taking it for the end.
  const held = [near, far].map((path) => openSync(path, constants.O_RDWR | constants.O_NOCTTY));
  return {
    near,
    far,
    unplug: async () => {
      for (const fd of held.splice(0)) closeSync(fd);
      socat.kill();
      await ended;
    },
  };
}
