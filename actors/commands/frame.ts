/**
 * `mycel frame`: wire v1 frames as JSON and back, those of v2 opened with a key, one line of answer for
 * each input.
 *
 *   hex ──decode──▶ {"ok":true,"version":1,"type":…}      {"ok":false,"fault":"badChecksum"}
 *   JSON ──encode──▶ {"ok":true,"hex":"5301…"}            {"ok":false,"fault":"badInput","message":…}
 *
 * With `-` each line of standard input gets its answer at once; an empty line is an empty input, so
 * that answers stay in step with questions. Exit status 1 if any input was refused.
 */
import { pipeline } from "node:stream/promises";
import { Command, InvalidArgumentError } from "commander";
import { SEALED } from "../../firmware/wire/sealed-types.ts";
import { decodeFrame } from "../../transports/frame/decode.ts";
import { encodeFrame } from "../../transports/frame/encode.ts";
import { frameLine, parseFrame } from "../../transports/frame/frame-json.ts";
import { fromHex, toHex } from "../../transports/frame/hex.ts";
import { expandKey } from "../../transports/frame/sealed/aes.ts";
import { decodeSealed } from "../../transports/frame/sealed/decode.ts";
import { wireVersion } from "../../transports/frame/sealed/read.ts";
import { sealedLine } from "../../transports/frame/sealed/sealed-frame.ts";

/** The longest sensible line, 238 capabilities with names and blanks, has under 8 000. */
const LINE_CHARACTERS_MAX = 65_536;

/** Commander's own refusals (wrong usage) are thrown to the caller as `CommanderError`. */
export function frameCommand(): Command {
  const frame = new Command("frame")
    .exitOverride()
    .description("one frame as JSON, or the bytes of one");
  frame
    .command("decode")
    .description("print a frame as one line of JSON")
    .argument("<hex>", "its bytes in hex, spaces and colons allowed; - reads lines")
    .option("--key <hex>", "opens sealed frames (wire v2): 32 hex digits", keyFlag)
    .action((hex: string, { key }: { readonly key?: Int32Array }) =>
      answerAll(hex, (text) => decodeHex(text, key)),
    );
  frame
    .command("encode")
    .description("print the bytes of a frame of wire v1 in hex, as one line of JSON")
    .argument("<json>", "what decode prints, ok and version may be left out; - reads lines")
    .action((json: string) => answerAll(json, encodeJson));
  return frame;
}

function keyFlag(text: string): Int32Array {
  const key = fromHex(text);
  if (key?.length !== SEALED.keyBytes) {
    throw new InvalidArgumentError(`Write ${SEALED.keyBytes} bytes as 32 hex digits.`);
  }
  return expandKey(key);
}

/** With a key a frame of wire v2 is opened; all else is looked at as v1. */
function decodeHex(text: string, key: Int32Array | undefined): string {
  if (text.length > LINE_CHARACTERS_MAX) return refusal("tooLong");
  const bytes = fromHex(text);
  if (bytes === undefined) return refusal("badHex");
  if (key !== undefined && wireVersion(bytes, 0, bytes.length) === SEALED.version) {
    const opened = decodeSealed(key, bytes);
    return opened.ok ? sealedLine(opened.value) : refusal(opened.error);
  }
  const decoded = decodeFrame(bytes);
  return decoded.ok ? frameLine(decoded.value) : refusal(decoded.error);
}

function encodeJson(text: string): string {
  if (text.length > LINE_CHARACTERS_MAX) {
    return refusal("badInput", `The input is longer than ${LINE_CHARACTERS_MAX} characters.`);
  }
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    return refusal("badInput", "The input is not JSON.");
  }
  const frame = parseFrame(input);
  if (!frame.ok) return refusal("badInput", frame.error);
  const encoded = encodeFrame(frame.value);
  if (!encoded.ok) return refusal("badInput", `The frame cannot be sent: ${encoded.error}.`);
  return `{"ok":true,"hex":"${toHex(encoded.value)}"}`;
}

const REFUSED = '{"ok":false,';
const refusal = (fault: string, message?: string): string =>
  `${REFUSED}${JSON.stringify({ fault, message }).slice(1)}`;

async function answerAll(input: string, answer: (text: string) => string): Promise<void> {
  let anyRefused = false;
  const answerLine = (text: string): string => {
    const line = answer(text);
    anyRefused ||= line.startsWith(REFUSED);
    return `${line}\n`;
  };
  if (input === "-") await answerLines(answerLine);
  else process.stdout.write(answerLine(input));
  if (anyRefused) process.exitCode = 1;
}

async function answerLines(answerLine: (text: string) => string): Promise<void> {
  try {
    await pipeline(
      process.stdin.setEncoding("utf8"),
      async function* (chunks: AsyncIterable<string>) {
        let rest = "";
        for await (const chunk of chunks) {
          const lines = (rest + chunk).split("\n");
          // A line without end must not fill the memory; one character too many gets it refused.
          rest = (lines.pop() ?? "").slice(0, LINE_CHARACTERS_MAX + 1);
          if (lines.length > 0) yield lines.map(answerLine).join("");
        }
        if (rest !== "") yield answerLine(rest);
      },
      process.stdout,
      { end: false },
    );
  } catch (error) {
    // The reader of the answers has seen enough: `mycel frame decode - | head`.
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
  }
}
