/**
 * Whether words of persons, strangers or devices have come through the model into a call that acts. A warrant opens a
 * tool for a zone; this keeps what is said and asked through it from being dictated by a note.
 *
 *   untrusted texts ──windows of 24──▶ set      free texts of a call ──windows──▶ in it, and in no trusted text?
 *
 * A word or a name may be taken up, a sentence may not. A paraphrase passes: it acts only where a warrant lets
 * it, within limits.
 */
import type { GuardContext, GuardedCall } from "./guard-types.ts";

/** A stretch this heavy is no chance: five English words, or twelve characters of Japanese, at two each. */
export const STRETCH_WEIGHT_MIN = 24;
/** Of one text and of all together, in characters; what is beyond was cut from the prompt as well. */
export const HEARD_CHARS_MAX = 200_000;

const QUOTABLE = new Set(["operator", "sensor", "model"]);

/** The stretch, as the model wrote it; undefined: all words are its own or anyone's. */
export function repeatedWords(call: GuardedCall, context: GuardContext): string | undefined {
  const heard = context.untrusted.filter(({ provenance }) => !QUOTABLE.has(provenance));
  if (heard.length === 0) return undefined;
  const stretches = new Set<string>();
  let budget = HEARD_CHARS_MAX;
  for (const { text } of heard) {
    const plain = normal(text).slice(0, Math.max(0, budget));
    budget -= plain.length;
    for (const stretch of stretchesOf(plain)) stretches.add(stretch);
  }
  let trusted: readonly string[] | undefined;
  // Its zone is a name that policy.ts has looked at, no words.
  const { zone: _zone, ...args } = call.args;
  for (const text of textsIn(args, 0)) {
    for (const stretch of stretchesOf(normal(text))) {
      if (!stretches.has(stretch)) continue;
      trusted ??= context.trusted.map(normal);
      if (!trusted.some((each) => each.includes(stretch))) return stretch;
    }
  }
  return undefined;
}

/** Case, width, spaces, marks, what shows nothing, letters that look like others and the other kana make no other word. */
const normal = (text: string): string =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "")
    .replaceAll(/[\u0131-\u0581]/g, (letter) => LOOK_ALIKES.get(letter) ?? letter)
    .replaceAll(/[\u30a1-\u30f6]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - KANA));

/** From katakana to the same sound in hiragana. */
const KANA = 0x60;

/** Letters of Greek, Cyrillic and Latin that a reader takes for a Latin one: Unicode TS #39, confusables, as far as words are written in them. */
const LOOK_ALIKES: ReadonlyMap<string, string> = new Map(
  [
    ["αβεηικμνορτυχγζω", "abehikmvoptuxyzw"],
    ["авеікмнорстухѕјһӏԁԛԝүґ", "abeikmhopctyxsjhldqwyr"],
    ["ıłøđħŧɑɡɩʟօ", "ilodhtagilo"],
  ].flatMap(([like = "", latin = ""]) =>
    [...like].map((letter, i) => [letter, latin[i] ?? letter]),
  ),
);

/** From each place the shortest that is heavy enough. */
function* stretchesOf(text: string): Iterable<string> {
  const signs = [...text];
  let weight = 0;
  let end = 0;
  for (let start = 0; start < signs.length; start++) {
    while (weight < STRETCH_WEIGHT_MIN && end < signs.length) weight += weightOf(signs[end++]);
    if (weight < STRETCH_WEIGHT_MIN) return;
    yield signs.slice(start, end).join("");
    weight -= weightOf(signs[start]);
  }
}

/** A character of a script that writes words in one or two says more than a letter. */
const weightOf = (sign = ""): number =>
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u.test(sign) ? 2 : 1;

/** As deep as device-numbers.ts lets arguments be. */
const DEPTH_MAX = 8;

function* textsIn(value: unknown, depth: number): Iterable<string> {
  if (typeof value === "string") yield value;
  if (typeof value !== "object" || value === null || depth > DEPTH_MAX) return;
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value)) yield key;
    yield* textsIn(inner, depth + 1);
  }
}
