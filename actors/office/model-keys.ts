/** Keys of the models, read where the settings say that they are. */
import type { OfficeSettings } from "../../config/office.ts";
import { readKey } from "../../config/secrets.ts";
import { MycelError } from "../../runtime/errors.ts";
import { OPENAI_PRESETS } from "../../transports/llm/openai-presets.ts";

/** Of each model in its order; throws `E_CONFIG_INVALID` where one is needed and not there. */
export function modelKeys(
  settings: OfficeSettings["models"],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): readonly (string | undefined)[] {
  return settings.map((model, index) => {
    const { provider } = model;
    if (provider === "scripted" || provider === "gguf") return undefined;
    const path = `office.models[${index}].key`;
    const usual = provider === "anthropic" ? "ANTHROPIC_API_KEY" : OPENAI_PRESETS[provider].keyEnv;
    const place = model.key ?? (usual === undefined ? undefined : `env:${usual}`);
    if (place === undefined) return undefined;
    const key = readKey(place, path, environment);
    if (key !== undefined) return key;
    throw new MycelError(
      "E_CONFIG_INVALID",
      `${path}: ${provider} needs a key, and there is none at ${place}.`,
      { path },
    );
  });
}
