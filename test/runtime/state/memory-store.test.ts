import { MemoryStore } from "../../../runtime/state/memory-store.ts";
import type { StateStore } from "../../../runtime/state/state-store.ts";
import { describeStore } from "./store-compliance.ts";

describeStore("MemoryStore", () => {
  let store: MemoryStore | undefined;
  return {
    open(onHealth): StateStore {
      store = store?.reopened() ?? new MemoryStore(onHealth === undefined ? {} : { onHealth });
      return store;
    },
    setFull: (isFull) => store?.setFull(isFull),
  };
});
