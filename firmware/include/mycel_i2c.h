/*
 * Frames over I2C between a hub, the master, and a leaf, the slave. I2C.md has the registers.
 *
 *   leaf: mycel_i2c_offer() --> outbox --> on_read     on_write --> inbox --> mycel_i2c_take()
 *   hub:  mycel_i2c_poll() --> frame                   frame --> mycel_i2c_put()
 */
#ifndef MYCEL_I2C_H
#define MYCEL_I2C_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mycel_bus.h"

#define MYCEL_I2C_FRAME_BYTES_MAX 250
#define MYCEL_I2C_MAGIC 0x53
#define MYCEL_I2C_LAYOUT 1
#define MYCEL_I2C_ADDRESS 0x30

enum {
  MYCEL_I2C_STATUS = 0x00,
  MYCEL_I2C_OUTBOX = 0x10,
  MYCEL_I2C_TAKEN = 0x20,
  MYCEL_I2C_INBOX = 0x30,
};

#define MYCEL_I2C_STATUS_BYTES 8
/* Of a transfer without its frame: OUTBOX has counter, length and CRC, INBOX the register too. */
#define MYCEL_I2C_PACKET_BYTES 4

/*
 * The leaf. mycel_i2c_on_*() belong to the interrupt, offer and take to the main loop; each index has
 * one writer and one byte, so that an 8-bit controller needs no lock.
 */
typedef struct {
  /* Frames, each behind its length: a ring whose size is a power of two, at most 256. */
  volatile uint8_t *outbox;
  uint8_t outbox_mask;
  volatile uint8_t head;
  volatile uint8_t tail;
  volatile uint8_t out_counter;
  volatile uint8_t dropped;

  uint8_t *inbox;
  uint8_t inbox_bytes;
  /* Of the frame that waits to be taken; 0 when the inbox is free. */
  volatile uint8_t inbox_length;
  volatile uint8_t in_counter;

  /* The transfer that goes on. */
  uint8_t selected;
  uint8_t waiting;
  uint16_t at;
  uint16_t crc;
  uint16_t crc_at;
  uint8_t number;
  bool open;
  bool sound;
} mycel_i2c_leaf;

/* `outbox_bytes`: a power of two from 16 to 256; the longest frame in it is two bytes less. */
void mycel_i2c_leaf_start(mycel_i2c_leaf *leaf, uint8_t *outbox, size_t outbox_bytes,
                          uint8_t *inbox, uint8_t inbox_bytes);

/* False, and counted, for a frame that finds no room. */
bool mycel_i2c_offer(mycel_i2c_leaf *leaf, const uint8_t *frame, size_t length);
/* The frame in `inbox`, 0 for none. It stays there until mycel_i2c_done(). */
size_t mycel_i2c_take(const mycel_i2c_leaf *leaf);
void mycel_i2c_done(mycel_i2c_leaf *leaf);

/* The master addresses the leaf: to write, or to read what it selected. */
void mycel_i2c_on_address(mycel_i2c_leaf *leaf, bool reads);
void mycel_i2c_on_write(mycel_i2c_leaf *leaf, uint8_t byte);
uint8_t mycel_i2c_on_read(mycel_i2c_leaf *leaf);
/* Stop, or the start of another transfer. */
void mycel_i2c_on_stop(mycel_i2c_leaf *leaf);

typedef enum {
  MYCEL_I2C_FRAME, /* poll: a frame came. put: it was taken */
  MYCEL_I2C_NOTHING, /* poll: none waits */
  MYCEL_I2C_FULL, /* put: the leaf has not read the one before */
  MYCEL_I2C_ABSENT,
  MYCEL_I2C_TIMEOUT,
  MYCEL_I2C_FOREIGN, /* something answers that is no leaf, or one of another layout */
  MYCEL_I2C_BAD_CRC,
  MYCEL_I2C_BAD_LENGTH
} mycel_i2c_event;

/* The hub's side of one leaf; begins as `{.bus = bus, .address = address}`. */
typedef struct {
  const mycel_bus *bus;
  uint8_t address;
  /* The frame that was passed on last: found again, it is taken again but not passed on. */
  bool has_passed;
  uint8_t passed_counter;
  uint16_t passed_crc;
  /* The frame that may have come over although nothing said so; 0: there is none. */
  uint8_t put_number;
  uint16_t put_crc;
  /* Newest STATUS. */
  uint8_t dropped;
  uint8_t transfer[MYCEL_I2C_FRAME_BYTES_MAX + MYCEL_I2C_PACKET_BYTES + 1];
} mycel_i2c_hub;

/* Fetches at most one frame; it stays in `*frame` until the next call. */
mycel_i2c_event mycel_i2c_poll(mycel_i2c_hub *hub, const uint8_t **frame, size_t *length);

/* MYCEL_I2C_FRAME once the leaf says that it has the frame. Any other: it has not, try again. */
mycel_i2c_event mycel_i2c_put(mycel_i2c_hub *hub, const uint8_t *frame, size_t length);

#endif
