/*
 * Frames over Bluetooth Low Energy: the advertisement, and fragments of GATT values. BLE.md draws
 * both. For either side; no stack, no heap.
 *
 *   frame --> mycel_ble_next() ... --> values        values --> mycel_ble_feed() --> frame
 */
#ifndef MYCEL_BLE_H
#define MYCEL_BLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a frame of any wire version: what ESP-NOW carries. */
#define MYCEL_BLE_FRAME_BYTES_MAX 250
#define MYCEL_BLE_ADVERTISEMENT_BYTES 31
/* An attribute value is three bytes less than the MTU (opcode, handle). */
#define MYCEL_BLE_MTU_MIN 23
#define MYCEL_BLE_MTU_MAX 247
#define MYCEL_BLE_VALUE_BYTES_MAX (MYCEL_BLE_MTU_MAX - 3)

#define MYCEL_BLE_LAYOUT 1
#define MYCEL_BLE_LEAF_UNKNOWN 0xffff
#ifndef MYCEL_BLE_COMPANY
/* Reserved by Bluetooth for tests. */
#define MYCEL_BLE_COMPANY 0xffff
#endif

/* As on the air, lowest byte first; bytes 12 and 13 hold the number of service or characteristic. */
#define MYCEL_BLE_UUID(number)                                                                \
  0x30, 0x2a, 0x91, 0x5c, 0x8e, 0x04, 0x4f, 0x9d, 0x6b, 0x41, (number), 0x00, 0x6c, 0x63, 0x79, \
      0x6d
#define MYCEL_BLE_SERVICE 1
#define MYCEL_BLE_UPLINK 2
#define MYCEL_BLE_DOWNLINK 3

enum {
  MYCEL_BLE_WANTS_PAIRING = 0x01,
  MYCEL_BLE_SPEAKS_V2 = 0x02,
  MYCEL_BLE_SLEEPS = 0x04,
};

typedef struct {
  uint8_t state;
  uint16_t leaf_id;
  uint8_t sequence;
  uint8_t waiting;
} mycel_ble_beacon;

/* Fills in all MYCEL_BLE_ADVERTISEMENT_BYTES. */
void mycel_ble_write_advertisement(uint8_t *data, const mycel_ble_beacon *beacon);

typedef enum {
  MYCEL_BLE_BEACON,
  MYCEL_BLE_FOREIGN, /* sound, but not a leaf's */
  MYCEL_BLE_DAMAGED
} mycel_ble_scan;

mycel_ble_scan mycel_ble_read_advertisement(const uint8_t *data, size_t length,
                                            mycel_ble_beacon *beacon);

/* Begins as all zero with each connection. `frame` is the caller's until the last fragment. */
typedef struct {
  const uint8_t *frame;
  uint8_t length;
  uint8_t sent;
  uint8_t counter;
} mycel_ble_sender;

/* False for a frame of no bytes or too many, or while another is on its way. */
bool mycel_ble_send(mycel_ble_sender *sender, const uint8_t *frame, size_t length);

/*
 * The next value to notify or write, at most `mtu` - 3 bytes; 0 when the frame is out. An MTU out of
 * bounds is taken as the nearest bound.
 */
size_t mycel_ble_next(mycel_ble_sender *sender, uint16_t mtu, uint8_t *value);

typedef enum {
  MYCEL_BLE_MORE,
  MYCEL_BLE_FRAME, /* `frame` holds `length` bytes, until the next feed */
  MYCEL_BLE_EMPTY,
  MYCEL_BLE_LOST,
  MYCEL_BLE_BAD_LENGTH
} mycel_ble_event;

/* Begins as all zero with each connection; `cut` may be read and cleared. */
typedef struct {
  uint8_t frame[MYCEL_BLE_FRAME_BYTES_MAX];
  uint8_t length;
  uint8_t filled;
  /* What the next fragment should have. */
  uint8_t counter;
  /* Frames that a first fragment cut off, and gaps before one. */
  uint16_t cut;
} mycel_ble_receiver;

mycel_ble_event mycel_ble_feed(mycel_ble_receiver *receiver, const uint8_t *value, size_t length);

#endif
