export type JsonObject = Readonly<Record<string, unknown>>;

/** What JSON calls an object: neither a list nor null. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);
