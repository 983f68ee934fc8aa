#include "mycel_stream.h"

uint16_t mycel_crc16_add(uint16_t crc, uint8_t byte) {
  crc ^= (uint16_t)(byte << 8);
  for (int bit = 0; bit < 8; bit++) {
    crc = (uint16_t)(crc & 0x8000u ? (crc << 1) ^ MYCEL_STREAM_CRC_POLYNOMIAL : crc << 1);
  }
  return crc;
}

uint16_t mycel_crc16(const uint8_t *bytes, size_t length) {
  uint16_t crc = MYCEL_STREAM_CRC_START;
  for (size_t i = 0; i < length; i++) crc = mycel_crc16_add(crc, bytes[i]);
  return crc;
}

/* A frame and its CRC have at most 247 bytes, so that no COBS block can be full (254). */
size_t mycel_to_stream(const uint8_t *frame, size_t length, uint8_t *stream) {
  if (length > MYCEL_STREAM_FRAME_BYTES_MAX) return 0;
  const uint16_t crc = mycel_crc16(frame, length);
  size_t code_at = 0;
  size_t out = 1;
  for (size_t i = 0; i < length + MYCEL_STREAM_CRC_BYTES; i++) {
    uint8_t byte;
    if (i < length) byte = frame[i];
    else byte = (uint8_t)(i == length ? crc : crc >> 8);
    if (byte != 0) {
      stream[out++] = byte;
    } else {
      stream[code_at] = (uint8_t)(out - code_at);
      code_at = out++;
    }
  }
  stream[code_at] = (uint8_t)(out - code_at);
  stream[out++] = MYCEL_STREAM_DELIMITER;
  return out;
}

static void put(mycel_splitter *splitter, uint8_t byte) {
  if (splitter->filled < sizeof splitter->frame) splitter->frame[splitter->filled++] = byte;
  else splitter->too_long = true;
}

static mycel_stream_event outcome(const mycel_splitter *splitter) {
  if (splitter->too_long) return MYCEL_STREAM_TOO_LONG;
  if (splitter->until_code > 0) return MYCEL_STREAM_BAD_COBS;
  if (splitter->filled == 0) return MYCEL_STREAM_EMPTY;
  if (splitter->filled < MYCEL_STREAM_CRC_BYTES) return MYCEL_STREAM_BAD_CRC;
  const size_t length = splitter->filled - MYCEL_STREAM_CRC_BYTES;
  const uint8_t *crc = splitter->frame + length;
  if (mycel_crc16(splitter->frame, length) != (uint16_t)(crc[0] | crc[1] << 8)) {
    return MYCEL_STREAM_BAD_CRC;
  }
  return length == 0 ? MYCEL_STREAM_EMPTY : MYCEL_STREAM_FRAME;
}

mycel_stream_event mycel_splitter_feed(mycel_splitter *splitter, uint8_t byte) {
  if (byte == MYCEL_STREAM_DELIMITER) {
    const mycel_stream_event event = outcome(splitter);
    splitter->length = event == MYCEL_STREAM_FRAME ? splitter->filled - MYCEL_STREAM_CRC_BYTES : 0;
    splitter->filled = 0;
    splitter->until_code = 0;
    splitter->zero_pending = false;
    splitter->too_long = false;
    return event;
  }
  if (splitter->until_code > 0) {
    splitter->until_code--;
    put(splitter, byte);
  } else {
    if (splitter->zero_pending) put(splitter, 0);
    splitter->zero_pending = true;
    splitter->until_code = (uint8_t)(byte - 1);
  }
  return MYCEL_STREAM_MORE;
}
