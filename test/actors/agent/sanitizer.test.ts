import assert from "node:assert/strict";
import { test } from "node:test";
import { beyondLimits } from "../../../actors/agent/safety/sanitizer.ts";
import { officeSchema } from "../../../config/office.ts";
import fc from "../../support/fc.ts";

const settings = officeSchema.parse({}).agent;
const judge = (tool: string, args: Readonly<Record<string, unknown>>): string =>
  beyondLimits({ tool, args, zone: null, by: "model" }, settings)?.code ?? "ok";

const task = (more: object) => ({ title: "Air", description: "Open a window", ...more });
const device = (agent_id: unknown, tool_name: string, args: object = {}) => ({
  agent_id,
  tool_name,
  arguments: args,
});

const CASES: readonly (readonly [tool: string, args: Record<string, unknown>, code: string])[] = [
  ["create_task", task({}), "ok"],
  ["create_task", task({ bounty: 0 }), "ok"],
  ["create_task", task({ bounty: 5_000 }), "ok"],
  ["create_task", task({ bounty: 5_001 }), "bountyRange"],
  ["create_task", task({ bounty: -1 }), "bountyRange"],
  ["create_task", task({ bounty: 10.5 }), "bountyRange"],
  ["create_task", task({ bounty: Number.NaN }), "bountyRange"],
  ["create_task", task({ bounty: Number.POSITIVE_INFINITY }), "bountyRange"],
  ["create_task", task({ bounty: "1500" }), "bountyRange"],
  ["create_task", task({ bounty: null }), "bountyRange"],
  ["create_task", task({ bounty: [100] }), "bountyRange"],
  ["create_task", task({ urgency: 0 }), "ok"],
  ["create_task", task({ urgency: 4 }), "ok"],
  ["create_task", task({ urgency: 5 }), "urgencyRange"],
  ["create_task", task({ urgency: -1 }), "urgencyRange"],
  ["create_task", task({ urgency: 2.5 }), "urgencyRange"],
  ["create_task", task({ urgency: "4" }), "urgencyRange"],
  ["speak", { message: "窓を開けてください" }, "ok"],
  ["speak", { message: "" }, "speakBlank"],
  ["speak", { message: "   " }, "speakBlank"],
  ["speak", { message: "\u3000\u200b\u2060" }, "speakBlank"],
  ["speak", {}, "speakBlank"],
  ["speak", { message: 7 }, "speakBlank"],
  ["speak", { message: "あ".repeat(70) }, "ok"],
  ["speak", { message: "あ".repeat(71) }, "speakTooLong"],
  // One sign of two UTF-16 units is one character; が as か and a mark is one too.
  ["speak", { message: "😀".repeat(70) }, "ok"],
  ["speak", { message: "か\u3099".repeat(70) }, "ok"],
  ["speak", { message: "😀".repeat(71) }, "speakTooLong"],
  ["send_device_command", device("light_01", "turn_on"), "ok"],
  ["send_device_command", device("swarm_hub_01", "get_swarm_status"), "ok"],
  ["send_device_command", device("swarm_hub", "get_swarm_status"), "ok"],
  ["send_device_command", device("light_02", "turn_on"), "deviceNotAllowed"],
  ["send_device_command", device("light_01 ", "turn_on"), "deviceNotAllowed"],
  ["send_device_command", device("LIGHT_01", "turn_on"), "deviceNotAllowed"],
  ["send_device_command", device("swarm_hub/+/#", "turn_on"), "deviceNotAllowed"],
  ["send_device_command", device("swarm_hub_01/request", "turn_on"), "deviceNotAllowed"],
  ["send_device_command", device("my_swarm_hub", "turn_on"), "deviceNotAllowed"],
  ["send_device_command", device(["light_01"], "turn_on"), "deviceNotAllowed"],
  ["send_device_command", device("", "turn_on"), "deviceNotAllowed"],
  ["get_zone_status", { zone_id: "anything at all" }, "ok"],
  ["get_active_tasks", { bounty: 99_999 }, "ok"],
];

test("beyondLimits() keeps the seed's table of limits, and bends nothing into them", () => {
  for (const [tool, args, code] of CASES)
    assert.equal(judge(tool, args), code, `${tool} ${JSON.stringify(args)}`);
});

/** Arguments of set_temperature on a device, then the verdict. */
const TEMPERATURES: readonly (readonly [args: object, code: string])[] = [
  [{ temperature: 18 }, "ok"],
  [{ temperature: 28 }, "ok"],
  [{ temperature: 22.5 }, "ok"],
  [{ temperature: "22.5" }, "ok"],
  [{ temperature: " ２２ " }, "ok"],
  [{ temperature: "2.2e1" }, "ok"],
  [{ temperature: 22, mode: "cool", unit: "celsius" }, "ok"],
  [{ temperature: 22, zone: "room_99", leaf_id: 99 }, "ok"],
  [{ temperature: 17.9 }, "deviceValue"],
  [{ temperature: 28.1 }, "deviceValue"],
  [{ temperature: "99" }, "deviceValue"],
  [{ temperature: "9.9e1" }, "deviceValue"],
  [{ temperature: "９９" }, "deviceValue"],
  [{ temperature: "0x63" }, "deviceValue"],
  [{ temperature: "1_00" }, "deviceValue"],
  [{ temperature: "99°C" }, "deviceValue"],
  [{ temperature: "22; 99" }, "deviceValue"],
  [{ temperature: "NaN" }, "deviceValue"],
  [{ temperature: "-Infinity" }, "deviceValue"],
  [{ temperature: "九十九", value: "٩٩" }, "deviceValue"],
  [{ temperature: Number.NaN }, "deviceValue"],
  [{ temperature: Number.POSITIVE_INFINITY }, "deviceValue"],
  [{ temperature: null }, "deviceValue"],
  [{ temperature: true }, "deviceValue"],
  [{ temperature: "" }, "deviceValue"],
  [{ temperature: [22, 99] }, "deviceValue"],
  [{ temperature: { value: 99 } }, "deviceValue"],
  [{ temperature: 22, setpoint: 99 }, "deviceValue"],
  [{ args: '{"temperature": 99}' }, "deviceValue"],
  [{}, "deviceValue"],
];

test("beyondLimits() keeps set_temperature within 18 and 28, however the number is spelled", () => {
  for (const [args, code] of TEMPERATURES)
    assert.equal(
      judge("send_device_command", device("swarm_hub_01", "set_temperature", args)),
      code,
    );
});

test("beyondLimits() keeps the same limits inside what a hub's leaf_command hands on", () => {
  for (const [args, code] of TEMPERATURES) {
    for (const inner of [
      { leaf_id: 3, command: "set_temperature", args },
      { leaf_id: 3, command: "Set-Temperature", args },
      { leaf_id: 3, command: { name: "setTemperature", params: args } },
      { leaf_id: 3, set_temperature: args },
      { calls: [{ method: "set_temperature", params: [args] }] },
    ]) {
      const given = judge("send_device_command", device("swarm_hub_01", "leaf_command", inner));
      assert.equal(given, code, JSON.stringify(inner));
    }
  }
});

const SCALES: readonly (readonly [args: object, code: string])[] = [
  [{ temperature: 22, unit: "celsius" }, "ok"],
  [{ temperature: 22, unit: "C" }, "ok"],
  [{ temperature: 22, unit: "F" }, "deviceValue"],
  [{ temperature: 22, scale: "fahrenheit" }, "deviceValue"],
  [{ temperature: 22, unit: "ｋ" }, "deviceValue"],
  [{ temperature_f: 22 }, "deviceValue"],
  [{ kelvin: 22 }, "deviceValue"],
  [{ temperature: "ninety-nine" }, "deviceValue"],
  [{ temperature: "XCIX" }, "deviceValue"],
  [{ temperature: "½" }, "deviceValue"],
];

test("beyondLimits() takes no number in another unit for one of its own", () => {
  for (const [args, code] of SCALES) {
    const call = device("swarm_hub_01", "set_temperature", args);
    assert.equal(judge("send_device_command", call), code, JSON.stringify(args));
  }
});

test("beyondLimits() knows a device by its exact id alone", () => {
  const odd = [
    "LIGHT_01",
    "light_01 ",
    " light_01",
    "light_01\n",
    "light_01/../door_99",
    "light_01\0",
  ];
  for (const id of [
    ...odd,
    "ｌight_01",
    "ⅼight_01",
    "light_01\u200b",
    "light%5f01",
    "swarm_hub*",
    "",
  ])
    assert.equal(judge("send_device_command", device(id, "turn_on", {})), "deviceNotAllowed", id);
});

const PUMPS: readonly (readonly [args: object, code: string])[] = [
  [{ duration: 1 }, "ok"],
  [{ duration: 60 }, "ok"],
  [{ duration: "60" }, "ok"],
  [{ duration: 60.5 }, "deviceValue"],
  [{ duration: -1 }, "deviceValue"],
  [{ duration_ms: 60_000 }, "deviceValue"],
  [{ duration: "6e1" }, "ok"],
  [{ duration: 60, unit: "s" }, "ok"],
  [{ duration: 60, unit: "minutes" }, "deviceValue"],
  [{ duration: 60, unit: "Min" }, "deviceValue"],
  [{ duration: 1, unit: "h" }, "deviceValue"],
  [{ minutes: 60 }, "deviceValue"],
  [{ duration_min: 30 }, "deviceValue"],
  [{ hours: 1 }, "deviceValue"],
  [{ duration: 60, repeat: 60 }, "deviceValue"],
  [{ duration: 60, times: 3 }, "deviceValue"],
  [{ duration: "sixty thousand" }, "deviceValue"],
  [{ duration: "6e2" }, "deviceValue"],
  [{ seconds: 3_600 }, "deviceValue"],
  [{}, "deviceValue"],
];

test("beyondLimits() lets no pump run longer than a minute, or without an end", () => {
  for (const [args, code] of PUMPS) {
    assert.equal(judge("send_device_command", device("pump_01", "run_pump", args)), code);
    const nested = { leaf_id: 1, command: "run_pump", args };
    assert.equal(
      judge("send_device_command", device("swarm_hub_01", "leaf_command", nested)),
      code,
    );
  }
});

test("beyondLimits() lets no number out of 18 to 28 through to set_temperature, wherever it lies", () => {
  const number = fc.oneof(
    fc.double({ min: -1e6, max: 17.99, noNaN: true }),
    fc.double({ min: 28.01, max: 1e6, noNaN: true }),
  );
  const spelled = number.chain((each) =>
    fc.constantFrom<unknown>(each, String(each), each.toExponential(), ` ${each} `, [each]),
  );
  const key = fc.constantFrom("temperature", "value", "target", "x", "__proto__", "温度");
  const wrap = fc.constantFrom<(inner: unknown) => object>(
    (inner) => ({ inner }),
    (inner) => [inner],
    (inner) => ({ args: { args: inner } }),
    (inner) => ({ temperature: 20, more: inner }),
  );
  fc.assert(
    fc.property(spelled, key, fc.array(wrap, { maxLength: 12 }), (value, name, wraps) => {
      const args = wraps.reduce<unknown>(
        (inner, each) => each(inner),
        JSON.parse(`{${JSON.stringify(name)}: ${JSON.stringify(value)}}`),
      ) as object;
      const call = device("swarm_hub_01", "leaf_command", { command: "set_temperature", args });
      assert.equal(judge("send_device_command", call), "deviceValue");
    }),
  );
});
