/**
 * A call's arguments as they go back to a model in a later round: an object, as servers read them anew for their chat
 * template and refuse the whole request where they cannot. Text that was none stands under a name that says so.
 */
import { isJsonObject, type JsonObject } from "../../../runtime/json-object.ts";

export function argumentsOf(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text.trim() === "" ? "{}" : text);
    if (isJsonObject(value)) return value;
  } catch {
    // Told below.
  }
  return { malformed_arguments: text };
}
