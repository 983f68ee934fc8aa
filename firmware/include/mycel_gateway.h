/*
 * A gateway's side of wire/GATEWAY.md: many hubs' frames in one UDP datagram, or in one packet of a
 * stream, and the node's answers out of such.
 *
 *   0x47  version | hub u16  node u16  length u8  frame | hub ...
 */
#ifndef MYCEL_GATEWAY_H
#define MYCEL_GATEWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mycel_stream.h"

#define MYCEL_ENVELOPE_MAGIC 0x47
#define MYCEL_ENVELOPE_VERSION 1
#define MYCEL_ENVELOPE_HEADER_BYTES 2
#define MYCEL_ENVELOPE_ENTRY_BYTES 5
/* No IP network takes a datagram of this size apart; the node sends no longer ones either. */
#define MYCEL_ENVELOPE_BYTES 1400

/* An envelope that is being filled, in the caller's bytes: two at least. */
typedef struct {
  uint8_t *bytes;
  size_t size;
  size_t length;
  size_t frames;
} mycel_envelope;

/* Empties it, too. */
void mycel_envelope_begin(mycel_envelope *envelope, uint8_t *bytes, size_t size);

/* False when it does not fit any more, or the frame has more than 255 bytes. */
bool mycel_envelope_add(mycel_envelope *envelope, uint16_t hub, uint16_t node, const uint8_t *frame,
                        size_t length);

typedef enum {
  MYCEL_ENVELOPE_ENTRY, /* the reader holds one, until the next call */
  MYCEL_ENVELOPE_END,
  MYCEL_ENVELOPE_NOT_ONE,
  MYCEL_ENVELOPE_OTHER_VERSION,
  MYCEL_ENVELOPE_CUT_OFF /* what was read before it counts */
} mycel_envelope_event;

/* Begins as `{bytes, length}`, the rest zero. `frame` points into those bytes. */
typedef struct {
  const uint8_t *bytes;
  size_t size;
  size_t at;
  uint16_t hub;
  uint16_t node;
  const uint8_t *frame;
  size_t length;
} mycel_envelope_reader;

/* Entry by entry; after anything but an entry there is no more. */
mycel_envelope_event mycel_envelope_next(mycel_envelope_reader *reader);

/* On a stream: COBS over the envelope and its CRC, then a zero. Room for that: */
#define MYCEL_PACKET_STREAM_BYTES(length) ((length) + 2 + ((length) + 2) / 254 + 2)

/* Returns the bytes written to `stream`. */
size_t mycel_packet_to_stream(const uint8_t *packet, size_t length, uint8_t *stream);

/* Begins as `{bytes, size}`, the rest zero. `size` is the longest packet's, and two for its CRC. */
typedef struct {
  uint8_t *packet;
  size_t size;
  size_t length; /* of the whole packet, once there is one */
  size_t filled;
  uint8_t until_code;
  bool zero_pending;
  bool too_long;
} mycel_packet_splitter;

/* MYCEL_STREAM_FRAME: `packet` holds `length` bytes, until the next feed. */
mycel_stream_event mycel_packet_splitter_feed(mycel_packet_splitter *splitter, uint8_t byte);

#endif
