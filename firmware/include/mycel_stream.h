/*
 * Frames on a byte stream (UART): COBS over the frame and its CRC, then a zero.
 *
 *   COBS( frame ... crc16 low, crc16 high ) 0x00
 */
#ifndef MYCEL_STREAM_H
#define MYCEL_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame_types.h"

/* CRC-16/CCITT-FALSE; check value 0x29b1 over "123456789". */
uint16_t mycel_crc16(const uint8_t *bytes, size_t length);
/* One byte more; starts as MYCEL_STREAM_CRC_START. */
uint16_t mycel_crc16_add(uint16_t crc, uint8_t byte);

/* `stream` has room for MYCEL_STREAM_BYTES_MAX. Returns the bytes written, 0 for too long a frame. */
size_t mycel_to_stream(const uint8_t *frame, size_t length, uint8_t *stream);

typedef enum {
  MYCEL_STREAM_MORE, /* no end yet */
  MYCEL_STREAM_FRAME, /* `frame` holds `length` bytes, until the next feed */
  MYCEL_STREAM_EMPTY,
  MYCEL_STREAM_BAD_COBS,
  MYCEL_STREAM_TOO_LONG,
  MYCEL_STREAM_BAD_CRC
} mycel_stream_event;

/* Begins as all zero: `mycel_splitter splitter = {0};` */
typedef struct {
  uint8_t frame[MYCEL_STREAM_FRAME_BYTES_MAX + MYCEL_STREAM_CRC_BYTES];
  size_t length;
  /* Decoded bytes of the frame being received. */
  size_t filled;
  /* Bytes until the next code. */
  uint8_t until_code;
  /*
   * From the first code on: between blocks lies a zero. COBS has none after a block of 254 bytes,
   * but that is longer than any frame.
   */
  bool zero_pending;
  bool too_long;
} mycel_splitter;

mycel_stream_event mycel_splitter_feed(mycel_splitter *splitter, uint8_t byte);

#endif
