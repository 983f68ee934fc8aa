/**
 * Prints float32 as people wrote them: 0.1 went over the wire as 0.100000001490116…, and comes back
 * as 0.1, the shortest decimal that reads back as the same float32.
 */

/**
 * The double nearest to that decimal, so that `String()` and JSON print it (-0 but for its sign).
 * Of equally short decimals it is the one nearest to the value, of two equally near the even one.
 * `value` must be a finite float32.
 */
export function shortestFloat32(value: number): number {
  // Up to 2^24 a whole number's neighbours are 1 away or less: no shorter decimal stands for it.
  if (Number.isInteger(value) && Math.abs(value) <= 0x1000000) return value;
  const magnitude = Math.abs(value);
  if (magnitude >= PLAIN_MIN && magnitude < 0x1000000) return Math.sign(value) * plain(magnitude);
  // Nine digits always suffice (IEEE 754-2008, 5.12.2).
  for (let digits = 1; digits <= 9; digits++) {
    const [text = "", exponent = ""] = magnitude.toExponential(digits - 1).split("e");
    const significand = Number(text.replace(".", ""));
    const scale = Number(exponent) - (digits - 1);
    const read = (whole: number): number => Number(`${whole}e${scale}`);

    if (Math.fround(read(significand)) === magnitude) {
      const odd = significand % 2 !== 0 && isHalfway(magnitude, digits);
      return Math.sign(value) * read(odd ? significand - 1 : significand);
    }
    // Above a power of two floats lie twice as far apart as below it, so that the second nearest
    // decimal may fit where the nearest does not (2^-96, 2^87, 2^90).
    if (Math.fround(read(significand + 1)) === magnitude) {
      return Math.sign(value) * read(significand + 1);
    }
  }
  return value;
}

/** Below it nine digits reach further than `POWERS` of ten do. */
const PLAIN_MIN = 0.001;
/** Up to 10^11, since nine digits of 0.001… end eleven places behind the point. */
const POWERS = Array.from({ length: 12 }, (_, places) => 10 ** places);

/**
 * The same for what sensors say, fifty times as fast. A float32 times 10^11 takes 24 + 26 bits, since
 * 10^n is 5^n shifted: the product, its rounding and what is left of it are exact in a double.
 * No decimal without places is looked at: below 2^24 a fraction stands for no whole number.
 */
function plain(magnitude: number): number {
  for (let places = 1; places < POWERS.length; places++) {
    const power = POWERS[places] as number;
    const scaled = magnitude * power;
    const significand = Math.round(scaled);
    const nearest = significand / power;
    if (Math.fround(nearest) === magnitude) {
      const odd = significand % 2 !== 0 && significand - scaled === 0.5;
      return odd ? (significand - 1) / power : nearest;
    }
  }
  return magnitude;
}

/** Whether the value ends in a 5 right after `digits` digits: JavaScript rounds such a one up. */
function isHalfway(magnitude: number, digits: number): boolean {
  const significand = magnitude.toExponential(30).split("e")[0] ?? "";
  return /^50*$/.test(significand.replace(".", "").slice(digits));
}
