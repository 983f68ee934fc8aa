/*
 * Answers the cases of wire/links, a line each:
 *
 *   advertise STATE LEAF SEQUENCE WAITING     the advertisement
 *   scan HEX                                  its fields, or foreign, or damaged
 *   split MTU HEX...                          the frames' values, over one connection
 *   join HEX...                               an event for each value
 *   pack SIZE HUB:NODE:HEX...                 the envelope
 *   unpack HEX                                its entries, and how it ends
 *   stream HEX                                the packet as it goes on a stream
 *   streamed HEX                              what comes of a stream's bytes
 *   i2c (offer:HEX | w:HEX | r:BYTES | take)...   an answer for all but w
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame_json.h"
#include "mycel_ble.h"
#include "mycel_gateway.h"
#include "mycel_i2c.h"

static uint8_t bytes[1024];

static char *word(void) { return strtok(NULL, " \n"); }

static size_t hex_word(const char *hex) {
  const long length = bytes_of_hex(hex, bytes, sizeof bytes);
  if (length < 0) exit(2);
  return (size_t)length;
}

static void print_hex(const uint8_t *from, size_t length) {
  for (size_t i = 0; i < length; i++) printf("%02x", from[i]);
}

static uint8_t number_word(void) { return (uint8_t)strtoul(word(), NULL, 10); }

static void advertise(void) {
  mycel_ble_beacon beacon = {0};
  beacon.state = number_word();
  beacon.leaf_id = (uint16_t)strtoul(word(), NULL, 10);
  beacon.sequence = number_word();
  beacon.waiting = number_word();
  uint8_t data[MYCEL_BLE_ADVERTISEMENT_BYTES];
  mycel_ble_write_advertisement(data, &beacon);
  print_hex(data, sizeof data);
}

static void scan(void) {
  mycel_ble_beacon beacon;
  const size_t length = hex_word(word());
  switch (mycel_ble_read_advertisement(bytes, length, &beacon)) {
    case MYCEL_BLE_BEACON:
      printf("%d %d %d %d", beacon.state, beacon.leaf_id, beacon.sequence, beacon.waiting);
      break;
    case MYCEL_BLE_FOREIGN:
      printf("foreign");
      break;
    default:
      printf("damaged");
  }
}

static void split(void) {
  mycel_ble_sender sender = {0};
  uint8_t value[MYCEL_BLE_VALUE_BYTES_MAX];
  const uint16_t mtu = (uint16_t)strtoul(word(), NULL, 10);
  for (const char *hex = word(); hex != NULL; hex = word()) {
    if (!mycel_ble_send(&sender, bytes, hex_word(hex))) printf("refused ");
    for (size_t length; (length = mycel_ble_next(&sender, mtu, value)) > 0; putchar(' ')) {
      print_hex(value, length);
    }
  }
}

static void join(void) {
  static const char *const events[] = {"more", "frame", "empty", "lost", "badLength"};
  mycel_ble_receiver receiver = {0};
  for (const char *hex = word(); hex != NULL; hex = word()) {
    const size_t length = strcmp(hex, "-") == 0 ? 0 : hex_word(hex);
    const mycel_ble_event event = mycel_ble_feed(&receiver, bytes, length);
    printf("%s", events[event]);
    if (event == MYCEL_BLE_FRAME) putchar(':');
    if (event == MYCEL_BLE_FRAME) print_hex(receiver.frame, receiver.length);
    putchar(' ');
  }
  printf("cut:%d", receiver.cut);
}

static void i2c(void) {
  static uint8_t outbox[256], inbox[64];
  mycel_i2c_leaf leaf;
  mycel_i2c_leaf_start(&leaf, outbox, sizeof outbox, inbox, sizeof inbox);
  for (const char *token = word(); token != NULL; token = word()) {
    if (strncmp(token, "offer:", 6) == 0) {
      printf("%s ", mycel_i2c_offer(&leaf, bytes, hex_word(token + 6)) ? "kept" : "dropped");
    } else if (strncmp(token, "w:", 2) == 0) {
      const size_t length = hex_word(token + 2);
      mycel_i2c_on_address(&leaf, false);
      for (size_t i = 0; i < length; i++) mycel_i2c_on_write(&leaf, bytes[i]);
      mycel_i2c_on_stop(&leaf);
    } else if (strncmp(token, "r:", 2) == 0) {
      mycel_i2c_on_address(&leaf, true);
      for (long left = strtol(token + 2, NULL, 10); left > 0; left--) {
        printf("%02x", mycel_i2c_on_read(&leaf));
      }
      mycel_i2c_on_stop(&leaf);
      putchar(' ');
    } else {
      print_hex(inbox, mycel_i2c_take(&leaf));
      printf("%s", mycel_i2c_take(&leaf) == 0 ? "none " : " ");
      mycel_i2c_done(&leaf);
    }
  }
}

static void pack(void) {
  static uint8_t room[MYCEL_ENVELOPE_BYTES];
  mycel_envelope envelope;
  mycel_envelope_begin(&envelope, room, strtoul(word(), NULL, 10));
  for (char *token = word(); token != NULL; token = word()) {
    const uint16_t hub = (uint16_t)strtoul(token, &token, 10);
    const uint16_t node = (uint16_t)strtoul(token + 1, &token, 10);
    const size_t length = hex_word(token + 1);
    if (!mycel_envelope_add(&envelope, hub, node, bytes, length)) printf("refused ");
  }
  print_hex(envelope.bytes, envelope.length);
}

static void unpack(void) {
  static const char *const ends[] = {"", "end", "notEnvelope", "otherVersion", "cutOff"};
  const char *hex = word();
  const size_t length = strcmp(hex, "-") == 0 ? 0 : hex_word(hex);
  /* Of just this size, so that the sanitizer sees a byte read too many. */
  uint8_t *own = malloc(length + (length == 0));
  if (own == NULL) exit(2);
  memcpy(own, bytes, length);
  mycel_envelope_reader reader = {.bytes = own, .size = length};
  mycel_envelope_event event;
  while ((event = mycel_envelope_next(&reader)) == MYCEL_ENVELOPE_ENTRY) {
    printf("%d:%d:", reader.hub, reader.node);
    print_hex(reader.frame, reader.length);
    putchar(' ');
  }
  printf("%s", ends[event]);
  free(own);
}

static void stream(void) {
  static uint8_t room[MYCEL_PACKET_STREAM_BYTES(sizeof bytes)];
  const size_t length = hex_word(word());
  print_hex(room, mycel_packet_to_stream(bytes, length, room));
}

static void streamed(void) {
  static const char *const events[] = {"", "", "empty", "badCobs", "tooLong", "badCrc"};
  static uint8_t room[MYCEL_ENVELOPE_BYTES + 2];
  mycel_packet_splitter splitter = {.packet = room, .size = sizeof room};
  const size_t length = hex_word(word());
  for (size_t i = 0; i < length; i++) {
    const mycel_stream_event event = mycel_packet_splitter_feed(&splitter, bytes[i]);
    if (event == MYCEL_STREAM_MORE) continue;
    if (event == MYCEL_STREAM_FRAME) print_hex(room, splitter.length);
    printf("%s ", events[event]);
  }
}

int main(void) {
  static const struct {
    const char *name;
    void (*answer)(void);
  } questions[] = {
      {"advertise", advertise}, {"scan", scan}, {"split", split}, {"join", join}, {"i2c", i2c},
      {"pack", pack}, {"unpack", unpack}, {"stream", stream}, {"streamed", streamed}};
  static char line[8192];
  while (fgets(line, sizeof line, stdin) != NULL) {
    const char *name = strtok(line, " \n");
    for (size_t i = 0; name != NULL && i < sizeof questions / sizeof questions[0]; i++) {
      if (strcmp(name, questions[i].name) == 0) questions[i].answer();
    }
    putchar('\n');
  }
  return 0;
}
