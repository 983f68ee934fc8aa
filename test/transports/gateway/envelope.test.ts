import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ENVELOPE } from "../../../firmware/wire/gateway-types.ts";
import { fromHex, toHex } from "../../../transports/frame/hex.ts";
import { Splitter, toStream } from "../../../transports/frame/splitter.ts";
import { EnvelopeWriter, readEnvelope } from "../../../transports/gateway/envelope.ts";
import fc from "../../support/fc.ts";

interface Case {
  readonly name: string;
  readonly ask: string;
  readonly answer: string;
}

const cases: Case[] = JSON.parse(
  readFileSync(new URL("../../../firmware/wire/links/gateway.json", import.meta.url), "utf8"),
);

for (const { name, ask, answer } of cases) {
  test(`gateway.json: ${name}`, () => {
    const [question = "", ...words] = ask.split(" ");
    assert.equal(ANSWERS[question]?.(...words), answer);
  });
}

const bytesOf = (hex: string): Uint8Array => fromHex(hex) as Uint8Array;

/** As firmware/test/link_answer.c has them. */
const ANSWERS: Readonly<Record<string, (...words: string[]) => string>> = {
  pack(size = "", ...entries) {
    const writer = new EnvelopeWriter(Number(size));
    let said = "";
    for (const entry of entries) {
      const [hub, node, hex = ""] = entry.split(":");
      if (!writer.add(Number(hub), Number(node), bytesOf(hex))) said += "refused ";
    }
    return said + toHex(writer.envelope);
  },
  unpack(hex = "") {
    const bytes = bytesOf(hex === "-" ? "" : hex);
    let said = "";
    const fault = readEnvelope(bytes, 0, bytes.length, (hub, node, start, end) => {
      said += `${hub}:${node}:${toHex(bytes, start, end)} `;
    });
    return said + (fault ?? "end");
  },
  stream: (hex = "") => toHex(toStream(bytesOf(hex))),
  streamed(hex = "") {
    const said: string[] = [];
    const splitter = new Splitter(
      (bytes, start, end) => said.push(toHex(bytes, start, end)),
      ENVELOPE.bytesSent,
    );
    for (const byte of bytesOf(hex)) {
      const before = { ...splitter.refused };
      splitter.feed(Uint8Array.of(byte));
      for (const [fault, count] of Object.entries(splitter.refused)) {
        if (count > (before[fault as keyof typeof before] ?? 0)) said.push(fault);
      }
    }
    return said.join(" ");
  },
};

test("readEnvelope() gives back what EnvelopeWriter packed, wherever it lies", () => {
  const entry = fc.tuple(
    fc.integer({ min: 0, max: 65_535 }),
    fc.integer({ min: 0, max: 65_535 }),
    fc.uint8Array({ maxLength: 255 }),
  );
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 9 }), fc.nat({ max: 9 }), (entries, at) => {
      const writer = new EnvelopeWriter();
      const packed = entries.filter(([hub, node, frame]) => writer.add(hub, node, frame));
      assert.equal(writer.frames, packed.length);
      const bytes = new Uint8Array(at + writer.envelope.length + 3);
      bytes.set(writer.envelope, at);
      const read: (typeof entries)[number][] = [];
      const end = at + writer.envelope.length;
      const fault = readEnvelope(bytes, at, end, (hub, node, from, to) =>
        read.push([hub, node, bytes.slice(from, to)]),
      );
      assert.equal(fault, undefined);
      assert.deepEqual(read, packed);
    }),
  );
});

test("readEnvelope() of any bytes ends with a known fault or none, and stays within them", () => {
  const packet = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }).map((rest) => Uint8Array.of(0x47, 1, ...rest)),
  );
  fc.assert(
    fc.property(packet, (bytes) => {
      let at: number = ENVELOPE.headerBytes;
      const fault = readEnvelope(bytes, 0, bytes.length, (_hub, _node, start, end) => {
        assert.equal(start, at + ENVELOPE.entryBytes);
        assert.ok(end >= start && end <= bytes.length);
        at = end;
      });
      if (fault === undefined) assert.equal(at, bytes.length);
    }),
  );
});
