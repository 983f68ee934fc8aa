/**
 * Who wants to know about what: listeners by topic (`leaf:swarm_hub_01/12`, `zones`), so that a
 * change of one leaf wakes one cell and not the page.
 */
export interface Topics {
  subscribe(topic: string, listener: () => void): () => void;
  /** Wakes each listener once, however many of its topics changed. */
  publish(topics: ReadonlySet<string>): void;
}

export function createTopics(): Topics {
  /** Holds what is on screen; a component that goes takes its listener with it. */
  const listenersByTopic = new Map<string, Set<() => void>>();

  return {
    subscribe(topic, listener) {
      const listeners = listenersByTopic.get(topic) ?? new Set();
      listenersByTopic.set(topic, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) listenersByTopic.delete(topic);
      };
    },
    publish(topics) {
      const woken = new Set<() => void>();
      for (const topic of topics) {
        for (const listener of listenersByTopic.get(topic) ?? []) woken.add(listener);
      }
      for (const listener of woken) listener();
    },
  };
}
