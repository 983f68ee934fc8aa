/**
 * Bounds the size of what a client sends, before any of it is gathered: aedes itself would collect
 * up to 256 MiB for one packet of someone who has not even given a password.
 *
 *   0           1 .. 4                                    then
 *   type flags  remaining length, 7 bits a byte, low first  that many bytes     (MQTT 3.1.1 §2.2)
 */
export type PacketGuard = (chunk: Uint8Array) => boolean;

/** The returned function takes a stream's chunks in order; false once a packet is too long. */
export function createPacketGuard(packetBytesMax: number): PacketGuard {
  /** Bytes of the current packet's body still to come; -1 before its first byte. */
  let left = -1;
  /** While its length is being read. */
  let lengthByte = 0;
  let length = 0;

  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (left > 0) {
        const step = Math.min(left, chunk.length - at);
        at += step;
        left -= step;
        if (left === 0) left = -1;
        continue;
      }
      const byte = chunk[at++] as number;
      if (left === -1) {
        left = 0;
        lengthByte = 0;
        length = 0;
        continue;
      }
      length += (byte & 0x7f) * 128 ** lengthByte;
      lengthByte += 1;
      if (length > packetBytesMax) return false;
      if ((byte & 0x80) === 0) left = length === 0 ? -1 : length;
      else if (lengthByte === 4) return false; // malformed: at most four bytes
    }
    return true;
  };
}
