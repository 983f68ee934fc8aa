import { MemoryStore } from "../../../runtime/state/memory-store.ts";
import { describePersistence } from "./persistence-compliance.ts";

describePersistence("a MemoryStore", () => {
  let store = new MemoryStore();
  return {
    open: () => {
      store = store.reopened();
      return store;
    },
    setFull: (isFull) => store.setFull(isFull),
  };
});
