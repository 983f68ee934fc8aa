/**
 * The boards' programs as they are, behind shims of their vendors' SDKs and in virtual time: the
 * simulation boots an ESP32 anew with each wake and keeps its RTC memory only.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { has, make, noCompiler, noSanitizer, temporaryDirectory } from "./toolchain.ts";

const directory = temporaryDirectory();
const settings = noSanitizer(directory) === false ? ["SANITIZE=1"] : [];

const lives = {
  esp32: "the ESP32 leaf lives through its hour: deep sleep, motion, commands, a sensor unplugged",
  "esp32-sealed":
    "the sealed ESP32 leaf keeps what an absent hub missed, and uses no counter twice however its power fails",
  rp2040: "the RP2040 leaf reports and obeys over its UART",
  "rp2040-sealed":
    "the sealed RP2040 leaf keeps its epoch in flash, also when the power goes in the midst of a page",
  attiny: "the ATtiny leaf is polled over I2C: its interrupts, its DHT22, a command",
  nrf54: "the nRF54 leaf advertises what waits, and gives it in fragments to a hub that visits",
  gateway:
    "the ESP32 gateway brings a hundred leaves' frames in batches, once and soon, by UDP and by UART",
};

for (const [board, title] of Object.entries(lives))
  test(title, { skip: noCompiler }, async () => {
    const { status, output } = await make(directory, `test-${board}`, ...settings);
    assert.match(output, /^(\d+ checks, 0 failed\n)+$/);
    assert.equal(status, 0, output);
  });

const noAvr = has("avr-gcc") ? false : "no cross compiler here: apt-get install gcc-avr avr-libc";

test("the ATtiny leaf builds for the chip, and leaves its stack a third of the RAM", {
  skip: noAvr,
}, async () => {
  const { status, output } = await make(directory, "attiny");
  assert.equal(status, 0, output);
  const [text = 0, data = 0, bss = 0] = (output.split("\n")[1] ?? "")
    .trim()
    .split(/\s+/)
    .map(Number);
  assert.ok(text > 0 && text + data <= 16_384, output);
  assert.ok(data + bss <= 1024 - 340, output);
});
