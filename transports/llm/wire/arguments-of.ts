/**
 * A call's arguments as they go back to a model in a later round: an object, as servers read them anew for their chat
 * template and refuse the whole request where they cannot. Text that was none stands under a name that says so.
 */
export function argumentsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text.trim() === "" ? "{}" : text);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return value as Readonly<Record<string, unknown>>;
  } catch {
    // Told below.
  }
  return { malformed_arguments: text };
}
