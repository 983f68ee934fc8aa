/** Erlang/OTP as a contender, where it is installed: mycel_peer.erl, compiled into a temporary folder. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Contender } from "../contender.ts";

/** False, or why Erlang is left out. */
export const NO_ERLANG =
  spawnSync("erl", ["-version"]).status === 0
    ? false
    : "Erlang is not here to be measured: apt-get install erlang-base";

export const erlangRelease = (): string =>
  execFileSync("erl", ["-noshell", "-eval", RELEASE], { encoding: "utf8" });

const RELEASE = "io:put_chars(erlang:system_info(otp_release)), halt().";
const SOURCE = fileURLToPath(new URL("./mycel_peer.erl", import.meta.url));
/** A million of them are started in bench memory. */
const PROCESSES_MAX = 2_000_000;

export class ErlangPeer extends Contender {
  readonly #folder: string;

  constructor(schedulers: number, options: readonly "bytes"[] = []) {
    const folder = mkdtempSync(join(tmpdir(), "mycel-erlang-"));
    execFileSync("erlc", ["-o", folder, SOURCE]);
    const flags = ["+S", `${schedulers}:${schedulers}`, "+P", `${PROCESSES_MAX}`];
    super("erl", [...flags, "-noshell", "-pa", folder, "-s", "mycel_peer", "serve", ...options]);
    this.#folder = folder;
  }

  override async stop(): Promise<void> {
    await super.stop();
    rmSync(this.#folder, { recursive: true });
  }
}
