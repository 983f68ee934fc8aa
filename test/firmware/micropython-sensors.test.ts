/** The MicroPython drivers in MicroPython itself, on the vectors of the drivers in C. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { decodeFrame } from "../../transports/frame/decode.ts";
import type { Frame } from "../../transports/frame/frame.ts";
import { fromHex } from "../../transports/frame/hex.ts";
import { Splitter } from "../../transports/frame/splitter.ts";
import { firmware } from "./toolchain.ts";

interface SensorVector {
  readonly sensor: string;
  readonly name: string;
  readonly hex: string;
  readonly values?: Readonly<Record<string, number>>;
  readonly fault?: string;
}

const vectors: SensorVector[] = JSON.parse(
  readFileSync(join(firmware, "drivers/vectors.json"), "utf8"),
);

async function interpreter(files: readonly string[]) {
  const { loadMicroPython } = await import("@micropython/micropython-webassembly-pyscript");
  const python = await loadMicroPython({ heapsize: 1_000_000 });
  const modules = readdirSync(join(firmware, "micropython")).filter((name) => name.endsWith(".py"));
  for (const file of [...modules.map((name) => `micropython/${name}`), ...files])
    python.FS.writeFile(basename(file), readFileSync(join(firmware, file), "utf8"));
  return python;
}

test("the drivers in MicroPython give the datasheets' check values and C's faults", async () => {
  const python = await interpreter(["test/sensor_driver.py"]);
  const { sensor: answer } = python.pyimport("sensor_driver");
  assert.ok(answer !== undefined);
  // A BME680 is for the C leaf, a DHT22's bytes are MicroPython's own business.
  const known = vectors.filter(({ sensor }) => sensor !== "bme680" && sensor !== "dht22");
  assert.ok(known.length > 15);
  for (const { sensor, name, hex, values, fault } of known) {
    const given = JSON.parse(String(answer(`${sensor} ${hex}`)));
    const title = `${sensor}: ${name}`;
    assert.equal(given.fault, fault, title);
    assert.deepEqual(
      Object.keys(given.values ?? {}).sort(),
      Object.keys(values ?? {}).sort(),
      title,
    );
    for (const [channel, value] of Object.entries(values ?? {}))
      assert.ok(Math.abs(given.values[channel] - value) <= 1e-5 * Math.max(1, value), title);
  }
  assert.deepEqual(JSON.parse(String(answer("sht31 "))), { fault: "absent" });
  assert.deepEqual(JSON.parse(String(answer("mhz19c ff86"))), { fault: "timeout" });
});

test("main.py of the MicroPython target registers, measures and reports", async () => {
  const python = await interpreter(["test/fake_machine.py", "targets/micropython/main.py"]);
  python.FS.writeFile("machine.py", "from fake_machine import ADC, I2C, PWM, UART, Pin\n");
  python.FS.writeFile("dht.py", "from fake_machine import DHT22\n");
  const streams = String(python.pyimport("fake_machine")["first_frames"]?.("")).split(" ");
  const frames: Frame[] = [];
  const splitter = new Splitter((bytes, start, end) => {
    const decoded = decodeFrame(bytes, start, end);
    assert.ok(decoded.ok);
    frames.push(decoded.value);
  });
  for (const stream of streams) splitter.feed(fromHex(stream) as Uint8Array);
  assert.deepEqual(
    frames.map(({ type }) => type),
    ["REGISTER", "SENSOR_REPORT", "HEARTBEAT"],
  );
  const [, report, heartbeat] = frames;
  assert.ok(report?.type === "SENSOR_REPORT" && heartbeat?.type === "HEARTBEAT");
  assert.deepEqual(
    report.readings.map(({ channel, value }) => [channel, Math.round(value)]),
    // The DHT22 does not answer.
    [
      ["temperature", 86],
      ["humidity", 75],
      ["illuminance", 28067],
      ["co2", 608],
      ["motion", 1],
    ],
  );
  assert.equal(heartbeat.batteryMv, 3300);
});
