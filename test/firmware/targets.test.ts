/**
 * The boards' programs as they are, behind shims of their vendors' SDKs and in virtual time: the
 * simulation boots an ESP32 anew with each wake and keeps its RTC memory only.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { make, noCompiler, noSanitizer, temporaryDirectory } from "./toolchain.ts";

const directory = temporaryDirectory();
const settings = noSanitizer(directory) === false ? ["SANITIZE=1"] : [];

const lives = {
  esp32: "the ESP32 leaf lives through its hour: deep sleep, motion, commands, a sensor unplugged",
  rp2040: "the RP2040 leaf reports and obeys over its UART",
};

for (const [board, title] of Object.entries(lives))
  test(title, { skip: noCompiler }, async () => {
    const { status, output } = await make(directory, `test-${board}`, ...settings);
    assert.match(output, /^(\d+ checks, 0 failed\n)+$/);
    assert.equal(status, 0, output);
  });
