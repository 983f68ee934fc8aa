/** The historian of a node whose disk hangs as long as there is a file `hangs` beside its store. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { historian as realHistorian } from "../../actors/historian/historian.ts";
import type { HistorianOptions } from "../../actors/historian/historian-options.ts";
import type { HistorianCommand } from "../../actors/historian/messages.ts";
import type { Behavior } from "../../runtime/behavior.ts";
import { openLmdbStore } from "../../runtime/state/lmdb-store.ts";

const LOOK_MS = 20;
const nothing = new Int32Array(new SharedArrayBuffer(4));

export const historian = (options: HistorianOptions): Behavior<HistorianCommand> =>
  realHistorian(options, (of) => {
    const store = openLmdbStore(of);
    const write = store.write.bind(store);
    store.write = (change) =>
      write(() => {
        // The thread waits, as it does for fdatasync.
        while (existsSync(join(options.dir, "..", "hangs"))) Atomics.wait(nothing, 0, 0, LOOK_MS);
        change();
      });
    return store;
  });
