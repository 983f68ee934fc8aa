/**
 * A node's backup: both of its stores, telemetry's and the office's, in one directory that takes its name
 * when all of it is there.
 *
 *   DIR/data.mdb  DIR/manifest.json                  telemetry, events, leaves
 *   DIR/office/data.mdb  DIR/office/manifest.json    people, tasks, points
 *
 * The two are copied one after the other, each of one moment: the ledger is whole within its own store. A
 * backup from before the office existed has none; restoring it leaves the office as it is.
 */
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { MycelError } from "../runtime/errors.ts";
import { openLmdbStore } from "../runtime/state/lmdb-store.ts";
import type { StateStore } from "../runtime/state/state-store.ts";
import { stageRestore, unstageRestore, verifyBackup } from "../runtime/state/store-backup.ts";

const OFFICE = "office";

export interface NodeBackup {
  backup(dir: string): Promise<{ readonly bytes: number }>;
  /** Puts it beside both stores, for the next start. Throws `E_STORE_…` when a part of it is no good. */
  stage(dir: string): Promise<{ readonly bytes: number }>;
  close(): Promise<void>;
}

export function nodeBackup({
  store,
  officeDir,
}: {
  /** Telemetry's, for reading. */
  readonly store: StateStore;
  /** There is a store in it once the office has started. */
  readonly officeDir: string;
}): NodeBackup {
  let office: StateStore | undefined;

  return {
    backup: async (dir) => {
      const target = resolve(dir);
      if (existsSync(target) && readdirSync(target).length > 0) {
        throw new MycelError(
          "E_INPUT",
          `${target} is not empty: name a new directory for the backup.`,
          { dir: target },
        );
      }
      const whole = `${target}.whole`;
      try {
        rmSync(whole, { recursive: true, force: true });
        const { bytes } = await store.backup(whole);
        office ??= openLmdbStore({ dir: officeDir, readOnly: true });
        const { bytes: officeBytes } = await office.backup(join(whole, OFFICE));
        renameSync(whole, target);
        return { bytes: bytes + officeBytes };
      } catch (error) {
        rmSync(whole, { recursive: true, force: true });
        throw error;
      }
    },

    stage: async (dir) => {
      const officeBackup = join(resolve(dir), OFFICE);
      if (!existsSync(officeBackup)) return stageRestore(store.dir, dir);
      // Both are looked at before anything is put anywhere.
      await verifyBackup(dir);
      const { bytes: officeBytes } = await stageRestore(officeDir, officeBackup);
      try {
        const { bytes } = await stageRestore(store.dir, dir);
        return { bytes: bytes + officeBytes };
      } catch (error) {
        unstageRestore(officeDir);
        throw error;
      }
    },

    close: async () => {
      await office?.close();
    },
  };
}
