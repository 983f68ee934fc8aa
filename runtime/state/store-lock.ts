/**
 * One writing process to a store. The lock is a listening socket in Linux' abstract namespace, named
 * after the directory's device and inode: the kernel takes it back however the process ends, so a
 * `kill -9` leaves nothing stuck and nothing has to be guessed from old pids. The file `owner` only
 * tells people who it is. Processes in other network namespaces are not seen; LMDB's own mutex still
 * keeps their writes apart.
 */
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { MycelError } from "../errors.ts";

export interface StoreLock {
  release(): void;
}

export function lockStore(dir: string): StoreLock {
  const { dev, ino } = statSync(dir);
  const ownerFile = join(dir, "owner");
  const server = createServer((connection) => connection.destroy());
  // A name in use shows at once as `listening` false, and again as an event that says no more.
  server.on("error", () => {});
  server.listen(`\0mycel-store-${dev}-${ino}`);
  if (!server.listening) {
    throw new MycelError(
      "E_STORE_LOCKED",
      `The store in ${dir} is in use by process ${readOwner(ownerFile)}: stop that node, or give this one a directory of its own.`,
      { dir },
    );
  }
  server.unref();
  try {
    writeFileSync(ownerFile, `${process.pid}\n`);
  } catch {
    // On a full disk a refusal to another process will not name this one.
  }
  return {
    release() {
      rmSync(ownerFile, { force: true });
      server.close();
    },
  };
}

function readOwner(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "unknown";
  }
}
