#include "mycel_ble.h"

#include <string.h>

#define FIRST 0x80u
#define COUNTER 0x7fu

/* Bluetooth Core, supplement part A: assigned types of advertising data. */
#define AD_FLAGS 0x01
#define AD_UUID128_ALL 0x07
#define AD_MANUFACTURER 0xff

#define MANUFACTURER_BYTES 8

static const uint8_t head[] = {
    2,  AD_FLAGS,       0x06, /* general discoverable, no classic Bluetooth */
    17, AD_UUID128_ALL, MYCEL_BLE_UUID(MYCEL_BLE_SERVICE),
    9,  AD_MANUFACTURER};

void mycel_ble_write_advertisement(uint8_t *data, const mycel_ble_beacon *beacon) {
  memcpy(data, head, sizeof head);
  uint8_t *at = data + sizeof head;
  at[0] = (uint8_t)(MYCEL_BLE_COMPANY & 0xff);
  at[1] = (uint8_t)(MYCEL_BLE_COMPANY >> 8);
  at[2] = MYCEL_BLE_LAYOUT;
  at[3] = beacon->state;
  at[4] = (uint8_t)beacon->leaf_id;
  at[5] = (uint8_t)(beacon->leaf_id >> 8);
  at[6] = beacon->sequence;
  at[7] = beacon->waiting;
}

static bool is_leafs(const uint8_t *at) {
  return at[0] == (MYCEL_BLE_COMPANY & 0xff) && at[1] == MYCEL_BLE_COMPANY >> 8 &&
         at[2] == MYCEL_BLE_LAYOUT;
}

mycel_ble_scan mycel_ble_read_advertisement(const uint8_t *data, size_t length,
                                            mycel_ble_beacon *beacon) {
  static const uint8_t uuid[] = {MYCEL_BLE_UUID(MYCEL_BLE_SERVICE)};
  const uint8_t *found = NULL;
  bool offers_service = false;
  for (size_t at = 0; at < length && data[at] != 0; at += 1u + data[at]) {
    const size_t bytes = data[at];
    if (at + bytes >= length) return MYCEL_BLE_DAMAGED;
    const uint8_t *content = data + at + 2;
    if (data[at + 1] == AD_UUID128_ALL && bytes == 1 + sizeof uuid) {
      offers_service = offers_service || memcmp(content, uuid, sizeof uuid) == 0;
    } else if (data[at + 1] == AD_MANUFACTURER && bytes == 1 + MANUFACTURER_BYTES &&
               is_leafs(content)) {
      found = content;
    }
  }
  /* Company 0xffff is everyone's, so the service must be there too. */
  if (found == NULL || !offers_service) return MYCEL_BLE_FOREIGN;
  beacon->state = found[3];
  beacon->leaf_id = (uint16_t)(found[4] | found[5] << 8);
  beacon->sequence = found[6];
  beacon->waiting = found[7];
  return MYCEL_BLE_BEACON;
}

bool mycel_ble_send(mycel_ble_sender *sender, const uint8_t *frame, size_t length) {
  if (length == 0 || length > MYCEL_BLE_FRAME_BYTES_MAX) return false;
  if (sender->sent < sender->length) return false;
  sender->frame = frame;
  sender->length = (uint8_t)length;
  sender->sent = 0;
  return true;
}

size_t mycel_ble_next(mycel_ble_sender *sender, uint16_t mtu, uint8_t *value) {
  const size_t left = (size_t)sender->length - sender->sent;
  if (left == 0) return 0;
  if (mtu < MYCEL_BLE_MTU_MIN) mtu = MYCEL_BLE_MTU_MIN;
  if (mtu > MYCEL_BLE_MTU_MAX) mtu = MYCEL_BLE_MTU_MAX;
  size_t at = 0;
  value[at++] = (uint8_t)((sender->sent == 0 ? FIRST : 0) | (sender->counter & COUNTER));
  if (sender->sent == 0) value[at++] = sender->length;
  const size_t room = mtu - 3u - at;
  const size_t bytes = left < room ? left : room;
  memcpy(value + at, sender->frame + sender->sent, bytes);
  sender->sent = (uint8_t)(sender->sent + bytes);
  sender->counter++;
  return at + bytes;
}

static mycel_ble_event drop(mycel_ble_receiver *receiver, mycel_ble_event why) {
  receiver->length = 0;
  receiver->filled = 0;
  return why;
}

mycel_ble_event mycel_ble_feed(mycel_ble_receiver *receiver, const uint8_t *value, size_t length) {
  if (length == 0) return drop(receiver, MYCEL_BLE_EMPTY);
  const bool first = (value[0] & FIRST) != 0;
  const bool gap = (value[0] & COUNTER) != (receiver->counter & COUNTER);
  receiver->counter = (uint8_t)(value[0] + 1u);
  const bool begun = receiver->filled < receiver->length;
  if (first) {
    if (gap || begun) receiver->cut++;
    if (length < 2) return drop(receiver, MYCEL_BLE_EMPTY);
    if (value[1] == 0 || value[1] > MYCEL_BLE_FRAME_BYTES_MAX) {
      return drop(receiver, MYCEL_BLE_BAD_LENGTH);
    }
    receiver->length = value[1];
    receiver->filled = 0;
  } else if (gap || !begun) {
    return drop(receiver, MYCEL_BLE_LOST);
  }
  const size_t head_bytes = first ? 2 : 1;
  const size_t bytes = length - head_bytes;
  if (bytes > (size_t)receiver->length - receiver->filled) {
    return drop(receiver, MYCEL_BLE_BAD_LENGTH);
  }
  memcpy(receiver->frame + receiver->filled, value + head_bytes, bytes);
  receiver->filled = (uint8_t)(receiver->filled + bytes);
  return receiver->filled == receiver->length ? MYCEL_BLE_FRAME : MYCEL_BLE_MORE;
}
