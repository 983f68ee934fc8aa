/*
 * A Bluetooth controller with leaves in reach, as a unix socket for ble_helper.c: `pseudo-controller
 * SOCKET LEAVES`. Advertisements and fragments are those of the leaf (firmware/src/mycel_ble.c);
 * around them stands the least of a GATT server. A test holds stdin and stdout, in helper_port.h's words:
 *
 *   FRAME to it: the leaf of this number has this to say; from it: the leaf was given this
 *   REFUSED to it: the leaf "drops" its connection, "loses" its next notification, is "deaf" to the
 *                  next attempt, is "mute" to the next request
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../../transports/ble/hci.h"
#include "../../../transports/helper/helper_port.h"
#include "mycel_ble.h"

#define LEAVES_MAX 8
#define OFFERS_MAX 512
/* As small as a controller may have it: each ATT packet goes in many pieces. */
#define ACL_BYTES 27
#define ACL_SLOTS 3
#define HANDLE 0x40
#define MTU 100

/* The attributes, in the order of their handles. */
enum { SERVICE = 1, UPLINK = 3, CONFIG = 4, DOWNLINK = 6 };

typedef struct {
  helper_message offers[OFFERS_MAX];
  size_t first;
  size_t waiting;
  uint8_t sequence;
  char mishap;
} leaf;

static leaf leaves[LEAVES_MAX];
static size_t leaf_count;
static int host = -1;
static bool is_scanned;

static struct {
  leaf *leaf;
  uint16_t mtu;
  bool is_subscribed;
  mycel_ble_sender sender;
  mycel_ble_receiver receiver;
  uint8_t in[600];
  size_t in_length;
} line;

static void to_host(uint8_t type, const uint8_t *bytes, size_t length) {
  uint8_t packet[600] = {type};
  memcpy(packet + 1, bytes, length);
  if (host >= 0 && write(host, packet, 1 + length) < 0) host = -1;
}

static void event(uint8_t code, const uint8_t *parameters, size_t length) {
  uint8_t bytes[260] = {code, (uint8_t)length};
  memcpy(bytes + 2, parameters, length);
  to_host(HCI_EVENT, bytes, 2 + length);
}

static void complete(uint16_t opcode, const uint8_t *answer, size_t length) {
  uint8_t bytes[64] = {1, (uint8_t)opcode, (uint8_t)(opcode >> 8), 0};
  if (length > 0) memcpy(bytes + 4, answer, length);
  event(HCI_COMMAND_COMPLETE, bytes, 4 + length);
}

static void status(uint16_t opcode) {
  const uint8_t bytes[4] = {0, 1, (uint8_t)opcode, (uint8_t)(opcode >> 8)};
  event(HCI_COMMAND_STATUS, bytes, sizeof bytes);
}

static void connected(uint8_t outcome) {
  const uint8_t bytes[19] = {HCI_LE_CONNECTION_COMPLETE, outcome, HANDLE, 0};
  event(HCI_LE_META, bytes, sizeof bytes);
}

static void disconnected(uint8_t why) {
  const uint8_t bytes[4] = {0, HANDLE, 0, why};
  event(HCI_DISCONNECTION_COMPLETE, bytes, sizeof bytes);
  if (line.leaf != NULL) line.leaf->sequence++;
  memset(&line, 0, sizeof line);
}

/* As a scanner meets it, beside one of a layout that nobody knows. */
static void advertise(const leaf *each) {
  const size_t number = (size_t)(each - leaves);
  uint8_t bytes[12 + MYCEL_BLE_ADVERTISEMENT_BYTES] = {
      HCI_LE_ADVERTISING_REPORT, 1, 0, 1, (uint8_t)number, 2, 3, 4, 5, 0xc6,
      MYCEL_BLE_ADVERTISEMENT_BYTES};
  const mycel_ble_beacon beacon = {
      .state = MYCEL_BLE_SPEAKS_V2,
      .leaf_id = (uint16_t)number,
      .sequence = each->sequence,
      .waiting = each->waiting > 255 ? 255 : (uint8_t)each->waiting,
  };
  mycel_ble_write_advertisement(bytes + 11, &beacon);
  event(HCI_LE_META, bytes, sizeof bytes);
  bytes[4] ^= 0x80;
  bytes[11 + 25] = MYCEL_BLE_LAYOUT + 1;
  event(HCI_LE_META, bytes, sizeof bytes);
}

/* One L2CAP packet, in pieces of whatever size: the first says less than a head. */
static void to_channel(const uint8_t *att, size_t length) {
  uint8_t whole[4 + 600] = {(uint8_t)length, (uint8_t)(length >> 8), 4, 0};
  memcpy(whole + 4, att, length);
  for (size_t at = 0; at < 4 + length;) {
    const size_t left = 4 + length - at;
    const size_t some = at == 0 ? 3 : left < ACL_BYTES ? left : ACL_BYTES;
    uint8_t piece[4 + ACL_BYTES] = {HANDLE, at == 0 ? 0x20 : 0x10, (uint8_t)some, 0};
    memcpy(piece + 4, whole + at, some);
    to_host(HCI_ACL, piece, 4 + some);
    at += some;
  }
}

/* The leaf's side, after whatever happened. */
static void speak(void) {
  leaf *each = line.leaf;
  if (each == NULL || !line.is_subscribed) return;
  while (each->waiting > 0) {
    helper_message *offer = &each->offers[each->first % OFFERS_MAX];
    mycel_ble_send(&line.sender, offer->body, offer->length);
    uint8_t value[3 + MYCEL_BLE_VALUE_BYTES_MAX] = {0x1b, UPLINK, 0};
    for (size_t bytes; (bytes = mycel_ble_next(&line.sender, line.mtu, value + 3)) > 0;) {
      const bool is_lost = each->mishap == 'l';
      if (is_lost) each->mishap = 0;
      else to_channel(value, 3 + bytes);
    }
    each->first++;
    each->waiting--;
  }
}

static void fault(uint8_t request, uint8_t why) {
  const uint8_t bytes[5] = {0x01, request, 0, 0, why};
  to_channel(bytes, sizeof bytes);
}

static void characteristic(uint8_t *at, uint8_t handle, uint8_t properties, uint8_t number) {
  const uint8_t bytes[21] = {handle, 0, properties, (uint8_t)(handle + 1), 0,
                             MYCEL_BLE_UUID(number)};
  memcpy(at, bytes, sizeof bytes);
}

static void on_att(const uint8_t *data, size_t length) {
  if (line.leaf->mishap == 'm' && data[0] != 0x52) {
    line.leaf->mishap = 0;
    return;
  }
  const uint16_t from = length >= 5 ? u16_at(data + 1) : 0;
  switch (data[0]) {
    case 0x02: {
      const uint8_t bytes[3] = {0x03, MTU, 0};
      line.mtu = MTU;
      to_channel(bytes, sizeof bytes);
      return;
    }
    case 0x06: {
      static const uint8_t uuid[] = {MYCEL_BLE_UUID(MYCEL_BLE_SERVICE)};
      const uint8_t bytes[5] = {0x07, SERVICE, 0, DOWNLINK, 0};
      if (length == 23 && memcmp(data + 7, uuid, 16) == 0) to_channel(bytes, sizeof bytes);
      else fault(0x06, 0x0a);
      return;
    }
    case 0x08: {
      /* One an answer, so that it has to be asked again. */
      uint8_t bytes[2 + 21] = {0x09, 21};
      if (from <= UPLINK - 1) characteristic(bytes + 2, UPLINK - 1, 0x10, MYCEL_BLE_UPLINK);
      else if (from <= DOWNLINK - 1) characteristic(bytes + 2, DOWNLINK - 1, 0x04, MYCEL_BLE_DOWNLINK);
      else {
        fault(0x08, 0x0a);
        return;
      }
      to_channel(bytes, sizeof bytes);
      return;
    }
    case 0x04: {
      const uint8_t bytes[6] = {0x05, 1, CONFIG, 0, 0x02, 0x29};
      if (from <= CONFIG) to_channel(bytes, sizeof bytes);
      else fault(0x04, 0x0a);
      return;
    }
    case 0x12: {
      const uint8_t bytes[1] = {0x13};
      line.is_subscribed = from == CONFIG && data[3] == 1;
      to_channel(bytes, sizeof bytes);
      return;
    }
    case 0x52:
      if (from == DOWNLINK && mycel_ble_feed(&line.receiver, data + 3, length - 3) == MYCEL_BLE_FRAME) {
        helper_say(HELPER_FRAME, (uint16_t)(line.leaf - leaves), line.receiver.frame,
                   line.receiver.length);
      }
      return;
    default:
      return;
  }
}

static void on_acl(const uint8_t *packet, size_t length) {
  const uint8_t done[5] = {1, HANDLE, 0, 1, 0};
  event(HCI_COMPLETED_PACKETS, done, sizeof done);
  if (line.leaf == NULL || length < 4) return;
  if ((packet[1] & 0x30) == 0) line.in_length = 0;
  if (line.in_length + length - 4 > sizeof line.in) return;
  memcpy(line.in + line.in_length, packet + 4, length - 4);
  line.in_length += length - 4;
  if (line.in_length < 4 || line.in_length < 4u + u16_at(line.in)) return;
  on_att(line.in + 4, u16_at(line.in));
}

static void on_command(const uint8_t *packet) {
  const uint16_t opcode = u16_at(packet);
  const uint8_t buffers[3] = {ACL_BYTES, 0, ACL_SLOTS};
  switch (opcode) {
    case HCI_LE_READ_BUFFER_SIZE:
      complete(opcode, buffers, sizeof buffers);
      return;
    case HCI_LE_SET_SCAN_ENABLE:
      is_scanned = packet[3] != 0;
      complete(opcode, NULL, 0);
      return;
    case HCI_LE_CREATE_CONNECTION: {
      leaf *each = packet[3 + 6] < leaf_count ? &leaves[packet[3 + 6]] : NULL;
      status(opcode);
      if (each == NULL || each->mishap == 'd') {
        if (each != NULL) each->mishap = 0;
        connected(0x3e);
        return;
      }
      memset(&line, 0, sizeof line);
      line.leaf = each;
      line.mtu = MYCEL_BLE_MTU_MIN;
      connected(0);
      return;
    }
    case HCI_DISCONNECT:
      status(opcode);
      disconnected(0x16);
      return;
    default:
      complete(opcode, NULL, 0);
  }
}

static void hear_test(const helper_message *message) {
  if (message->peer >= leaf_count) return;
  leaf *each = &leaves[message->peer];
  if (message->kind == HELPER_FRAME && each->waiting < OFFERS_MAX) {
    each->offers[(each->first + each->waiting++) % OFFERS_MAX] = *message;
    each->sequence++;
  } else if (message->kind == HELPER_REFUSED && message->body[1] == 'r') {
    if (line.leaf == each) disconnected(0x08);
  } else if (message->kind == HELPER_REFUSED) {
    each->mishap = (char)message->body[0];
  }
  speak();
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  leaf_count = (size_t)atoi(argv[2]);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", argv[1]);
  const int door = socket(AF_UNIX, SOCK_SEQPACKET, 0);
  if (bind(door, (struct sockaddr *)&address, sizeof address) != 0 || listen(door, 1) != 0) return 1;
  helper_say_text(HELPER_READY, 0, "");

  for (;;) {
    struct pollfd ears[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                             {.fd = host < 0 ? door : host, .events = POLLIN}};
    const int ready = poll(ears, 2, 5);
    if (ready > 0 && ears[0].revents != 0 && !helper_listen()) return 0;
    helper_message message;
    while (helper_next(&message)) hear_test(&message);
    if (ready > 0 && ears[1].revents != 0) {
      uint8_t packet[600];
      if (host < 0) {
        host = accept(door, NULL, NULL);
        continue;
      }
      const ssize_t length = read(host, packet, sizeof packet);
      if (length <= 0) {
        close(host);
        host = -1;
        is_scanned = false;
        memset(&line, 0, sizeof line);
        continue;
      }
      if (packet[0] == HCI_COMMAND) on_command(packet + 1);
      if (packet[0] == HCI_ACL) on_acl(packet + 1, (size_t)length - 1);
      speak();
    }
    if (is_scanned) {
      for (size_t n = 0; n < leaf_count; n++) advertise(&leaves[n]);
    }
  }
}
