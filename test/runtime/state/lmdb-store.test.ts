import { openLmdbStore } from "../../../runtime/state/lmdb-store.ts";
import { tempDir } from "../../support/store-dirs.ts";
import { describeStore } from "./store-compliance.ts";

describeStore("LmdbStore", (t) => {
  const dir = tempDir(t);
  return { open: (onHealth) => openLmdbStore({ dir, ...(onHealth && { onHealth }) }) };
});
