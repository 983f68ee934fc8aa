/** The MicroPython leaf in MicroPython itself (as WebAssembly), and in CPython where there is one. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import type { Frame } from "../../transports/frame/frame.ts";
import { fromHex, toHex } from "../../transports/frame/hex.ts";
import type { SealedFrame } from "../../transports/frame/sealed/sealed-frame.ts";
import { toStream } from "../../transports/frame/splitter.ts";
import { ccmVectors, sealedVectors } from "../transports/frame/sealed/sealed-vectors.ts";
import { frameVectors } from "../transports/frame/vectors.ts";
import { firmware, has, run } from "./toolchain.ts";

interface Interpreter {
  readonly name: string;
  readonly skip: string | false;
  /** Answers of leaf_driver.py's functions, in order. */
  ask(questions: readonly (readonly [name: string, text: string])[]): Promise<readonly string[]>;
}

const driver = join(firmware, "test/leaf_driver.py");
const modules = join(firmware, "micropython");

const micropython: Interpreter = {
  name: "MicroPython",
  skip: false,
  async ask(questions) {
    const { loadMicroPython } = await import("@micropython/micropython-webassembly-pyscript");
    const python = await loadMicroPython({ heapsize: 4_000_000 });
    for (const file of readdirSync(modules).filter((name) => name.endsWith(".py"))) {
      python.FS.writeFile(file, readFileSync(join(modules, file), "utf8"));
    }
    python.FS.writeFile("leaf_driver.py", readFileSync(driver, "utf8"));
    const functions = python.pyimport("leaf_driver");
    return questions.map(([name, text]) => String(functions[name]?.(text)));
  },
};

const cpython: Interpreter = {
  name: "CPython",
  skip: has("python3") ? false : "no python3 here: apt-get install python3",
  async ask(questions) {
    const input = questions.map(([name, text]) => `${name} ${text}\n`).join("");
    const paths = `import sys; sys.path.insert(0, ${JSON.stringify(modules)}); sys.dont_write_bytecode = True`;
    const code = `${paths}; import runpy; runpy.run_path(${JSON.stringify(driver)}, run_name="__main__")`;
    const { status, output } = await run("python3", ["-c", code], input);
    assert.equal(status, 0, output);
    return output.trimEnd().split("\n");
  },
};

const streams: readonly (readonly [hex: string, frames: readonly string[], refused: object])[] = [
  ["075301010101010106b441a7a65a00", ["5301010101010000b441a7"], {}],
  ["0000", [], { empty: 2 }],
  ["03ffff00", [], { empty: 1 }],
  ["05112200", [], { badCobs: 1 }],
  ["021100", [], { badCrc: 1 }],
  ["0611223344aa00", [], { badCrc: 1 }],
  [
    `fe${"11".repeat(253)}00075301010101010106b441a7a65a00`,
    ["5301010101010000b441a7"],
    { tooLong: 1 },
  ],
];

for (const { name, skip, ask } of [micropython, cpython]) {
  describe(`the leaf in ${name}`, { skip }, () => {
    let answers: readonly string[] = [];
    before(async () => {
      answers = await ask(frameVectors.map(({ hex }) => ["answer", hex]));
    });

    test("holds every vector, and encodes each frame again", () => {
      assert.equal(answers.length, frameVectors.length);
      for (const [index, vector] of frameVectors.entries()) {
        const answer = JSON.parse(answers[index] ?? "");
        const title = `${vector.file}: ${vector.name}`;
        if (vector.frame === undefined) {
          assert.deepEqual(answer, { fault: vector.fault }, title);
          continue;
        }
        assert.deepEqual(asFloat32(answer.frame), asFloat32(vector.frame), title);
        assert.equal(answer.again, vector.canonicalHex ?? vector.hex, title);
      }
    });

    test("holds every vector of wire v2, and seals each frame again", async () => {
      const sealed = await ask(
        sealedVectors.map(({ key, hex }) => ["answer_sealed", `${key} ${hex}`]),
      );
      assert.equal(sealed.length, sealedVectors.length);
      for (const [index, vector] of sealedVectors.entries()) {
        const title = `${vector.file}: ${vector.name}`;
        const answer = JSON.parse(sealed[index] ?? "");
        if (vector.frame === undefined) {
          assert.deepEqual(answer, { fault: vector.fault }, title);
          continue;
        }
        assert.deepEqual(groupsAsFloat32(answer.frame), groupsAsFloat32(vector.frame), title);
        // What a hub sends is sealed as it came.
        const isLeafs = vector.frame.type !== "COMMAND";
        assert.equal(
          answer.again,
          isLeafs ? (vector.canonicalHex ?? vector.hex) : vector.hex,
          title,
        );
      }
    });

    test("gives RFC 3610's and NIST's vectors of CCM", async () => {
      const hexOf = (bytes: Buffer): string => bytes.toString("hex");
      const sealed = await ask(
        ccmVectors.map(({ key, nonce, clear, text, sealed }) => [
          "ccm",
          [...[key, nonce, clear, text].map(hexOf), sealed.length - text.length].join(" "),
        ]),
      );
      assert.deepEqual(
        sealed,
        ccmVectors.map(({ sealed }) => hexOf(sealed)),
      );
    });

    test("frames a stream as the hub's splitter expects, and splits one", async () => {
      const frames = [
        "5301010101010000b441a7",
        "5301fe01ad",
        `5301ff00${"00".repeat(241)}`,
        `5302${"11".repeat(248)}`,
      ];
      const framed = await ask(frames.map((hex) => ["to_stream", hex]));
      assert.deepEqual(
        framed,
        frames.map((hex) => toHex(toStream(fromHex(hex) as Uint8Array))),
      );

      const split = await ask(streams.map(([hex]) => ["split", hex]));
      for (const [index, [hex, expected, refused]] of streams.entries()) {
        assert.deepEqual(
          JSON.parse(split[index] ?? ""),
          {
            frames: expected,
            refused: { badCrc: 0, tooLong: 0, badCobs: 0, empty: 0, ...refused },
          },
          hex,
        );
      }
    });

    test("registers, reports, lives, sleeps and obeys as the C leaf does", async () => {
      assert.deepEqual(await ask([["leafs_day", ""]]), ["ok"]);
    });
  });
}

function groupsAsFloat32(frame: SealedFrame): SealedFrame {
  if (frame.type !== "REPORT") return frame;
  const groups = frame.groups.map(({ ageMs, readings }) => ({
    ageMs,
    readings: readings.map((one) => ({ ...one, value: Math.fround(one.value) })),
  }));
  return { ...frame, groups };
}

/** Python prints the float32 as a double; what matters is that it is the same float32. */
function asFloat32(frame: Frame): Frame {
  if (frame.type !== "SENSOR_REPORT") return frame;
  const readings = frame.readings.map((one) => ({ ...one, value: Math.fround(one.value) }));
  return { ...frame, readings };
}
