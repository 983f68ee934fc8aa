import assert from "node:assert/strict";
import { test } from "node:test";
import { shortestFloat32 } from "../../../transports/frame/float32.ts";
import fc from "../../support/fc.ts";

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);
const fromBits = (pattern: number): number => {
  bits[0] = pattern;
  return float[0] as number;
};

const digitsOf = (value: number): number => {
  const [significand = ""] = Math.abs(value).toExponential().split("e");
  return significand.replace(".", "").length;
};

/** Every decimal of `digits` digits next to the value: whatever reads back must be one of these. */
function neighbours(value: number, digits: number): number[] {
  const [significand = "", exponent = ""] = value.toExponential(digits - 1).split("e");
  const whole = Number(significand.replace(".", ""));
  return [-2, -1, 0, 1, 2].map((step) =>
    Number(`${whole + step}e${Number(exponent) - digits + 1}`),
  );
}

function assertShortest(value: number): void {
  const short = shortestFloat32(value);
  assert.ok(Object.is(Math.fround(short), value), `${value} reads back as ${Math.fround(short)}`);
  const digits = digitsOf(short);
  assert.ok(digits <= 9, `${short} has ${digits} digits`);
  // Two that are equally near differ in double arithmetic's last bits.
  const distance = Math.abs(short - value) * (1 - 1e-6);
  for (const other of neighbours(value, digits)) {
    if (Math.fround(other) === value) assert.ok(distance <= Math.abs(other - value), `${other}`);
  }
  for (let fewer = 1; fewer < digits; fewer++) {
    for (const other of neighbours(value, fewer)) {
      assert.notEqual(Math.fround(other), value, `${other} is shorter than ${short}`);
    }
  }
}

test("shortestFloat32() reads back as the same float32, and nothing shorter does", () => {
  const finite = fc.integer({ min: 0, max: 0xffffffff }).map(fromBits).filter(Number.isFinite);
  fc.assert(fc.property(finite, assertShortest), { numRuns: 5_000 });
});

test("shortestFloat32() holds at every power of two and beside it", () => {
  for (let exponent = 0; exponent < 0xff; exponent++) {
    for (const mantissa of [0, 1, 0x7fffff]) {
      assertShortest(fromBits((exponent << 23) | mantissa));
      assertShortest(fromBits(((exponent << 23) | mantissa | 0x80000000) >>> 0));
    }
  }
});

test("shortestFloat32() gives back every decimal of up to six digits", () => {
  const sixDigits = fc.tuple(
    fc.integer({ min: -999_999, max: 999_999 }),
    fc.integer({ min: -30, max: 30 }),
  );
  fc.assert(
    fc.property(sixDigits, ([whole, exponent]) => {
      const decimal = Number(`${whole}e${exponent}`);
      assert.equal(shortestFloat32(Math.fround(decimal)), decimal);
    }),
    { numRuns: 2_000 },
  );
});

test("shortestFloat32() keeps the sign of zero", () => {
  assert.ok(Object.is(shortestFloat32(-0), -0));
  assert.ok(Object.is(shortestFloat32(0), 0));
});
