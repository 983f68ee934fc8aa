#include "mycel_gateway.h"

#include <string.h>

void mycel_envelope_begin(mycel_envelope *envelope, uint8_t *bytes, size_t size) {
  envelope->bytes = bytes;
  envelope->size = size;
  envelope->length = MYCEL_ENVELOPE_HEADER_BYTES;
  envelope->frames = 0;
  bytes[0] = MYCEL_ENVELOPE_MAGIC;
  bytes[1] = MYCEL_ENVELOPE_VERSION;
}

bool mycel_envelope_add(mycel_envelope *envelope, uint16_t hub, uint16_t node, const uint8_t *frame,
                        size_t length) {
  const size_t room = envelope->size - envelope->length;
  if (length > 0xff || room < MYCEL_ENVELOPE_ENTRY_BYTES + length) return false;
  uint8_t *entry = envelope->bytes + envelope->length;
  entry[0] = (uint8_t)hub;
  entry[1] = (uint8_t)(hub >> 8);
  entry[2] = (uint8_t)node;
  entry[3] = (uint8_t)(node >> 8);
  entry[4] = (uint8_t)length;
  if (length > 0) memcpy(entry + MYCEL_ENVELOPE_ENTRY_BYTES, frame, length);
  envelope->length += MYCEL_ENVELOPE_ENTRY_BYTES + length;
  envelope->frames++;
  return true;
}

/* Nothing more is read of it. */
static mycel_envelope_event ended(mycel_envelope_reader *reader, mycel_envelope_event event) {
  reader->at = reader->size;
  return event;
}

mycel_envelope_event mycel_envelope_next(mycel_envelope_reader *reader) {
  if (reader->at == 0) {
    if (reader->size < MYCEL_ENVELOPE_HEADER_BYTES || reader->bytes[0] != MYCEL_ENVELOPE_MAGIC) {
      return ended(reader, MYCEL_ENVELOPE_NOT_ONE);
    }
    if (reader->bytes[1] != MYCEL_ENVELOPE_VERSION) {
      return ended(reader, MYCEL_ENVELOPE_OTHER_VERSION);
    }
    reader->at = MYCEL_ENVELOPE_HEADER_BYTES;
  }
  const size_t left = reader->size - reader->at;
  if (left == 0) return MYCEL_ENVELOPE_END;
  const uint8_t *entry = reader->bytes + reader->at;
  if (left < MYCEL_ENVELOPE_ENTRY_BYTES || left - MYCEL_ENVELOPE_ENTRY_BYTES < entry[4]) {
    return ended(reader, MYCEL_ENVELOPE_CUT_OFF);
  }
  reader->hub = (uint16_t)(entry[0] | entry[1] << 8);
  reader->node = (uint16_t)(entry[2] | entry[3] << 8);
  reader->frame = entry + MYCEL_ENVELOPE_ENTRY_BYTES;
  reader->length = entry[4];
  reader->at += MYCEL_ENVELOPE_ENTRY_BYTES + reader->length;
  return MYCEL_ENVELOPE_ENTRY;
}

size_t mycel_packet_to_stream(const uint8_t *packet, size_t length, uint8_t *stream) {
  const uint16_t crc = mycel_crc16(packet, length);
  size_t code_at = 0, out = 1;
  for (size_t i = 0; i < length + MYCEL_STREAM_CRC_BYTES; i++) {
    const uint8_t byte = i < length ? packet[i] : (uint8_t)(i == length ? crc : crc >> 8);
    if (byte != 0) stream[out++] = byte;
    const bool is_full = out - code_at == 0xff;
    if (byte != 0 && !is_full) continue;
    /* A full block stands for 254 bytes and no zero. At the very end no block follows it. */
    if (byte != 0 && i + 1 == length + MYCEL_STREAM_CRC_BYTES) break;
    stream[code_at] = (uint8_t)(out - code_at);
    code_at = out++;
  }
  stream[code_at] = (uint8_t)(out - code_at);
  stream[out++] = MYCEL_STREAM_DELIMITER;
  return out;
}

static void put(mycel_packet_splitter *splitter, uint8_t byte) {
  if (splitter->filled < splitter->size) {
    splitter->packet[splitter->filled++] = byte;
  } else {
    splitter->too_long = true;
  }
}

static mycel_stream_event packet_end(mycel_packet_splitter *splitter) {
  if (splitter->too_long) return MYCEL_STREAM_TOO_LONG;
  if (splitter->until_code > 0) return MYCEL_STREAM_BAD_COBS;
  if (splitter->filled == 0) return MYCEL_STREAM_EMPTY;
  if (splitter->filled < MYCEL_STREAM_CRC_BYTES) return MYCEL_STREAM_BAD_CRC;
  splitter->length = splitter->filled - MYCEL_STREAM_CRC_BYTES;
  const uint8_t *crc = splitter->packet + splitter->length;
  if (mycel_crc16(splitter->packet, splitter->length) != (uint16_t)(crc[0] | crc[1] << 8)) {
    return MYCEL_STREAM_BAD_CRC;
  }
  return splitter->length == 0 ? MYCEL_STREAM_EMPTY : MYCEL_STREAM_FRAME;
}

mycel_stream_event mycel_packet_splitter_feed(mycel_packet_splitter *splitter, uint8_t byte) {
  if (byte == MYCEL_STREAM_DELIMITER) {
    const mycel_stream_event event = packet_end(splitter);
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
    splitter->zero_pending = byte != 0xff;
    splitter->until_code = (uint8_t)(byte - 1);
  }
  return MYCEL_STREAM_MORE;
}
