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

/** Whether the value ends in a 5 right after `digits` digits: JavaScript rounds such a one up. */
function isHalfway(magnitude: number, digits: number): boolean {
  const significand = magnitude.toExponential(30).split("e")[0] ?? "";
  return /^50*$/.test(significand.replace(".", "").slice(digits));
}
