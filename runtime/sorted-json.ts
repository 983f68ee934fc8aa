/** JSON with the fields of each object in order: the same for the same value however it was written. */
export const sortedJson = (value: unknown): string => JSON.stringify(value, sortFields);

function sortFields(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  // Entries, not an object: `__proto__` is a name like any other here.
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}
