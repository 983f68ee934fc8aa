/**
 * The models of the settings behind one port, each tended, tried in their order.
 *
 *   settings ──▶ driver ──▶ tended ─┐
 *   settings ──▶ driver ──▶ tended ─┴─▶ fallback ──▶ ModelPort
 */
import type { ModelHealth } from "../http/office/agent-contract.ts";
import { anthropicModel } from "./anthropic.ts";
import { fallback } from "./fallback.ts";
import { ggufModel } from "./gguf.ts";
import type { ModelPort } from "./model-port.ts";
import { openAiModel } from "./openai.ts";
import type { OpenAiPresetName } from "./openai-presets.ts";
import { scripted } from "./scripted.ts";
import type { CareDeps, ModelCare } from "./tended/model-care.ts";
import { type TendedModel, tendModel } from "./tended.ts";

/** As `office.models[]` of the settings. */
export interface ModelSettings extends Omit<ModelCare, "price"> {
  readonly provider: "scripted" | "anthropic" | "gguf" | OpenAiPresetName;
  readonly model?: string | undefined;
  readonly name?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly file?: string | undefined;
  readonly contextTokens: number;
  readonly threads: number;
  readonly omit: readonly ("temperature" | "seed")[];
  readonly price?: ModelCare["price"];
}

export interface OpenModelsOptions extends CareDeps {
  /** The key of each model, in their order, read where the settings say; undefined: it needs none. */
  readonly keys: readonly (string | undefined)[];
  readonly onHealth?: (health: ModelHealth) => void;
}

export function openModels(
  settings: readonly ModelSettings[],
  options: OpenModelsOptions,
): ModelPort {
  const names = new Set<string>();
  const [first, ...others] = settings.map((it, index): TendedModel => {
    const name = freeName(it.name ?? usualName(it), names);
    const driver = openDriver({ ...it, name }, options.keys[index]);
    return tendModel(driver, { ...options, care: { ...it, price: it.price } });
  });
  if (first === undefined) throw new RangeError("at least one model, as the settings' schema says");
  return fallback([first, ...others]);
}

function openDriver(
  it: ModelSettings & { readonly name: string },
  key: string | undefined,
): ModelPort {
  const { provider, model = "", name, baseUrl, omit, file = "" } = it;
  switch (provider) {
    case "scripted":
      return { ...scripted(), name };
    case "anthropic":
      return anthropicModel({ model, key: key ?? "", name, baseUrl, omit });
    case "gguf":
      return ggufModel({ file, contextTokens: it.contextTokens, threads: it.threads, name });
    default:
      return openAiModel({ preset: provider, model, key, name, baseUrl, omit });
  }
}

const usualName = ({ provider, model, file }: ModelSettings): string => {
  const what = provider === "gguf" ? file?.split("/").at(-1) : model;
  return provider === "scripted" || what === undefined ? provider : `${provider}:${what}`;
};

/** Rows of the page go by name. */
function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let count = 2; taken.has(free); count++) free = `${name} ${count}`;
  taken.add(free);
  return free;
}
