/** Directories for stores, removed after the test; and a small disk of its own, where that is allowed. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

export function tempDir(t: Pick<TestContext, "after">): string {
  const dir = mkdtempSync(join(tmpdir(), "mycel-store-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A tmpfs of its own, or undefined (and the test says so) without the right to mount. */
export function smallDisk(t: TestContext, megabytes: number): string | undefined {
  const dir = mkdtempSync(join(tmpdir(), "mycel-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", dir], {
      stdio: "ignore",
    });
  } catch {
    rmdirSync(dir);
    t.skip("mounting a small disk needs root");
    return undefined;
  }
  t.after(() => {
    execFileSync("umount", ["-l", dir]);
    rmdirSync(dir);
  });
  return dir;
}

export function fillDisk(disk: string, isFull: boolean): void {
  const filler = join(disk, "filler");
  if (!isFull) rmSync(filler, { force: true });
  else {
    try {
      writeFileSync(filler, new Uint8Array(64 * 1024 * 1024));
    } catch {
      // What fits is written before the disk says no.
    }
  }
}
