/**
 * What a user of the bus may say and hear, as topic filters.
 *
 *   device   says  office/{zone}/+/{id}/#  mcp/{id}/response/#     hears  mcp/{id}/request/#
 *   reader   says  nothing                                         hears  office/#
 *   node     says and hears everything but the broker's own `$…`
 *
 * A subscription passes only if all that it could ever match may be heard: `office/#` is not narrowed down to
 * what is allowed of it, since its owner would not know what is missing.
 */
export const MQTT_ROLES = ["device", "reader", "node"] as const;
export type MqttRole = (typeof MQTT_ROLES)[number];

export interface MqttUser {
  /** Also the device's name in its topics: no `/`, `+`, `#`. */
  readonly id: string;
  readonly role: MqttRole;
  /** In which it speaks; none told: in any. */
  readonly zones: readonly string[];
  /** Filters besides those of the role. */
  readonly write: readonly string[];
  readonly read: readonly string[];
}

export interface Rights {
  readonly write: readonly string[];
  readonly read: readonly string[];
}

export function rightsOf({ id, role, zones, write, read }: MqttUser): Rights {
  switch (role) {
    case "node":
      return { write: ["#"], read: ["#"] };
    case "reader":
      return { write, read: ["office/#", ...read] };
    case "device": {
      const places = zones.length === 0 ? ["+"] : zones;
      return {
        write: [
          ...places.map((zone) => `office/${zone}/+/${id}/#`),
          `mcp/${id}/response/#`,
          ...write,
        ],
        read: [`mcp/${id}/request/#`, ...read],
      };
    }
  }
}

export const mayWrite = ({ write }: Rights, topic: string): boolean =>
  isPlain(topic) && write.some((filter) => covers(filter, topic));

export const mayRead = ({ read }: Rights, filter: string): boolean =>
  isFilter(filter) && read.some((allowed) => covers(allowed, filter));

/**
 * Whether every topic that `filter` matches is matched by `allowed`. A topic is the filter that matches itself
 * alone. What begins with `$` is covered by nothing (MQTT 3.1.1 §4.7.2), shared subscriptions too.
 */
export function covers(allowed: string, filter: string): boolean {
  if (filter.startsWith("$")) return false;
  const wide = allowed.split("/");
  const narrow = filter.split("/");
  for (const [at, level] of wide.entries()) {
    // `a/#` matches `a` too.
    if (level === "#") return true;
    const asked = narrow[at];
    if (asked === undefined || asked === "#") return false;
    if (level !== "+" && level !== asked) return false;
  }
  // `a` does not cover `a/#`, which would have gone on here; `a/b` covers `a/b` alone.
  return narrow.length === wide.length;
}

const isPlain = (topic: string): boolean => topic !== "" && !/[+#\0]/.test(topic);

/** Wildcards stand alone on their level, `#` on the last. */
export function isFilter(filter: string): boolean {
  if (filter === "" || filter.includes("\0")) return false;
  const levels = filter.split("/");
  return levels.every(
    (level, at) =>
      level === "+" || (level === "#" ? at === levels.length - 1 : !/[+#]/.test(level)),
  );
}

/** A session of another is taken over by its client id: each user has its own, and those that begin so. */
export const mayBe = ({ id, role }: Pick<MqttUser, "id" | "role">, clientId: string): boolean =>
  role === "node" || clientId === id || clientId.startsWith(`${id}:`);
