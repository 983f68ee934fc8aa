/** Bytes as lower-case hex, and back from what people paste: spaces and colons between digits. */

export const toHex = (bytes: Uint8Array, start = 0, end = bytes.length): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("hex");

/** Undefined for anything that is not pairs of hex digits. */
export function fromHex(text: string): Uint8Array | undefined {
  const digits = text.replace(/[\s:]+/g, "");
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) return undefined;
  return new Uint8Array(Buffer.from(digits, "hex"));
}
