/** Does something once for each `key`, and gives it up when another comes or the component goes. */
import { useEffect, useRef } from "react";

export function useOnce(key: string, act: (signal: AbortSignal) => Promise<void>): void {
  const latest = useRef(act);
  latest.current = act;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says when it is another thing.
  useEffect(() => {
    const abort = new AbortController();
    void latest.current(abort.signal);
    return () => abort.abort();
  }, [key]);
}
