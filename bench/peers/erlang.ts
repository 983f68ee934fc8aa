/** Erlang/OTP as a contender, where it is installed: mycel_peer.erl, compiled into a temporary folder. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Contender } from "../contender.ts";
import type { Harness } from "../harness.ts";

/** False, or why Erlang is left out. */
export const NO_ERLANG =
  spawnSync("erl", ["-version"]).status === 0
    ? false
    : "Erlang is not here to be measured: apt-get install erlang-base";

/** With one and with two schedulers, of which the better counts. */
export function erlangPeers({ say }: Harness): Readonly<Record<string, Contender>> {
  if (!NO_ERLANG) return { "Erlang +S 1": startErlang(1), "Erlang +S 2": startErlang(2) };
  say(NO_ERLANG);
  return {};
}

export function startErlang(schedulers: number, options: readonly "bytes"[] = []): Contender {
  const flags = ["+S", `${schedulers}:${schedulers}`, "+P", `${PROCESSES_MAX}`, "-noshell"];
  return new Contender("erl", [
    ...flags,
    "-pa",
    peerFolder(),
    "-s",
    "mycel_peer",
    "serve",
    ...options,
  ]);
}

/** A million of them are started in bench memory. */
const PROCESSES_MAX = 2_000_000;
const SOURCE = fileURLToPath(new URL("./mycel_peer.erl", import.meta.url));

let folder: string | undefined;

/** Compiled once, and gone with this process. */
function peerFolder(): string {
  if (folder !== undefined) return folder;
  const fresh = mkdtempSync(join(tmpdir(), "mycel-erlang-"));
  process.once("exit", () => rmSync(fresh, { recursive: true }));
  execFileSync("erlc", ["-o", fresh, SOURCE]);
  folder = fresh;
  return fresh;
}

export const erlangRelease = (): string =>
  execFileSync("erl", ["-noshell", "-eval", RELEASE], { encoding: "utf8" });

const RELEASE = "io:put_chars(erlang:system_info(otp_release)), halt().";
