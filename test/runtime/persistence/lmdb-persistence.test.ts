import { join } from "node:path";
import { openLmdbStore } from "../../../runtime/state/lmdb-store.ts";
import { fillDisk, smallDisk, tempDir } from "../../support/store-dirs.ts";
import { describePersistence } from "./persistence-compliance.ts";

describePersistence("an LmdbStore on a small disk", (t) => {
  const disk = smallDisk(t, 16);
  const dir = join(disk ?? tempDir(t), "store");
  const open = () => openLmdbStore({ dir });
  return disk === undefined ? { open } : { open, setFull: (isFull) => fillDisk(disk, isFull) };
});
