"""Frames on a UART: COBS over the frame and its CRC-16/CCITT-FALSE, then a zero.

    COBS( frame ... crc16 low, crc16 high ) 0x00
"""

import frame_types as wire

_DECODED_BYTES_MAX = wire.STREAM_FRAME_BYTES_MAX + wire.STREAM_CRC_BYTES


def crc16(data):
    """Check value 0x29b1 over b"123456789"."""
    crc = wire.STREAM_CRC_START
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ wire.STREAM_CRC_POLYNOMIAL if crc & 0x8000 else crc << 1
        crc &= 0xFFFF
    return crc


def to_stream(frame):
    """A frame has at most 250 bytes, so that no COBS block can be full (254)."""
    crc = crc16(frame)
    stream = bytearray(1)
    code_at = 0
    for byte in bytes(frame) + bytes([crc & 0xFF, crc >> 8]):
        if byte:
            stream.append(byte)
        else:
            stream[code_at] = len(stream) - code_at
            code_at = len(stream)
            stream.append(0)
    stream[code_at] = len(stream) - code_at
    stream.append(wire.STREAM_DELIMITER)
    return bytes(stream)


class Splitter:
    """Stream -> frames, however the stream is cut; what is damaged is counted and skipped."""

    def __init__(self):
        self.refused = {"badCrc": 0, "tooLong": 0, "badCobs": 0, "empty": 0}
        self._start()

    def _start(self):
        self._frame = bytearray()
        self._until_code = 0
        self._zero_pending = False
        self._too_long = False

    def feed(self, chunk):
        """The frames that end in this chunk."""
        frames = []
        for byte in chunk:
            if byte == wire.STREAM_DELIMITER:
                fault = self._fault()
                if fault:
                    self.refused[fault] += 1
                else:
                    frames.append(bytes(self._frame[: -wire.STREAM_CRC_BYTES]))
                self._start()
            elif self._until_code:
                self._until_code -= 1
                self._put(byte)
            else:
                if self._zero_pending:
                    self._put(0)
                # COBS has no zero after a block of 254 bytes, but that is longer than any frame.
                self._zero_pending = True
                self._until_code = byte - 1
        return frames

    def _put(self, byte):
        if len(self._frame) < _DECODED_BYTES_MAX:
            self._frame.append(byte)
        else:
            self._too_long = True

    def _fault(self):
        if self._too_long:
            return "tooLong"
        if self._until_code:
            return "badCobs"
        if not self._frame:
            return "empty"
        if len(self._frame) < wire.STREAM_CRC_BYTES:
            return "badCrc"
        crc = self._frame[-2] | self._frame[-1] << 8
        if crc16(self._frame[: -wire.STREAM_CRC_BYTES]) != crc:
            return "badCrc"
        return "empty" if len(self._frame) == wire.STREAM_CRC_BYTES else None
