/*
 * BLE, I2C and gateway framing against noise: any frame over any MTU, lost and damaged values, a bus that
 * loses, damages and cuts transfers. What comes through is what was sent, once and in order.
 */
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "mycel_ble.h"
#include "mycel_gateway.h"
#include "mycel_i2c.h"
#include "mycel_stream.h"

/* Marsaglia's xorshift32, so that a run is the same everywhere. */
static uint32_t random_state;

static uint32_t random_below(uint32_t bound) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  random_state ^= random_state << 5;
  return random_state % bound;
}

static size_t random_frame(uint8_t *frame, size_t max) {
  const size_t length = 1 + random_below((uint32_t)max);
  for (size_t i = 0; i < length; i++) frame[i] = (uint8_t)random_below(256);
  return length;
}

static void test_ble_every_mtu_and_length(void) {
  mycel_ble_sender sender = {0};
  mycel_ble_receiver receiver = {0};
  uint8_t frame[MYCEL_BLE_FRAME_BYTES_MAX], value[MYCEL_BLE_VALUE_BYTES_MAX];
  for (size_t i = 0; i < sizeof frame; i++) frame[i] = (uint8_t)i;
  long wrong = 0, longest = 0;
  for (uint16_t mtu = MYCEL_BLE_MTU_MIN; mtu <= MYCEL_BLE_MTU_MAX; mtu++) {
    for (size_t length = 1; length <= sizeof frame; length++) {
      mycel_ble_send(&sender, frame, length);
      mycel_ble_event event = MYCEL_BLE_MORE;
      long fragments = 0;
      for (size_t bytes; (bytes = mycel_ble_next(&sender, mtu, value)) > 0; fragments++) {
        if (bytes > mtu - 3u || event != MYCEL_BLE_MORE) wrong++;
        event = mycel_ble_feed(&receiver, value, bytes);
      }
      if (event != MYCEL_BLE_FRAME || receiver.length != length) wrong++;
      if (memcmp(receiver.frame, frame, length) != 0) wrong++;
      if (fragments > longest) longest = fragments;
    }
  }
  expect_number("BLE: every length over every MTU", wrong, 0);
  expect_number("BLE: fragments of the longest frame", longest, 14);
  expect_number("BLE: nothing cut", receiver.cut, 0);
  expect_number("BLE: no frame of 0 bytes", mycel_ble_send(&sender, frame, 0), 0);
  expect_number("BLE: no frame of 251 bytes", mycel_ble_send(&sender, frame, 251), 0);
  expect_number("BLE: a frame", mycel_ble_send(&sender, frame, 250), 1);
  mycel_ble_next(&sender, 23, value);
  expect_number("BLE: not two at once", mycel_ble_send(&sender, frame, 9), 0);
}

/* A stack that drops values now and then: every frame that comes is one that was sent, in order. */
static void test_ble_loss(void) {
  enum { FRAMES = 3000 };
  static uint8_t frames[FRAMES][MYCEL_BLE_FRAME_BYTES_MAX];
  static size_t lengths[FRAMES];
  mycel_ble_sender sender = {0};
  mycel_ble_receiver receiver = {0};
  uint8_t value[MYCEL_BLE_VALUE_BYTES_MAX];
  long wrong = 0, whole = 0, came = 0;
  for (size_t i = 0; i < FRAMES; i++) {
    lengths[i] = random_frame(frames[i], MYCEL_BLE_FRAME_BYTES_MAX);
    mycel_ble_send(&sender, frames[i], lengths[i]);
    bool complete = true;
    for (size_t bytes; (bytes = mycel_ble_next(&sender, 23, value)) > 0;) {
      if (random_below(30) == 0) {
        complete = false;
        continue;
      }
      if (mycel_ble_feed(&receiver, value, bytes) != MYCEL_BLE_FRAME) continue;
      came++;
      if (receiver.length != lengths[i] || memcmp(receiver.frame, frames[i], lengths[i]) != 0) {
        wrong++;
      }
    }
    if (complete) whole++;
  }
  expect_number("BLE: nothing false under loss", wrong, 0);
  expect_number("BLE: whatever was not hit comes", came, whole);
  expect_number("BLE: and much was not", whole > FRAMES / 2 && whole < FRAMES, 1);
}

static void test_ble_noise(void) {
  mycel_ble_receiver receiver = {0};
  uint8_t value[300];
  long wrong = 0;
  for (long i = 0; i < 200000; i++) {
    const size_t length = random_below(sizeof value);
    for (size_t k = 0; k < length && k < 24; k++) value[k] = (uint8_t)random_below(256);
    if (random_below(2) == 0) value[0] = (uint8_t)((value[0] & 0x80) | (receiver.counter & 0x7f));
    const mycel_ble_event event = mycel_ble_feed(&receiver, value, length);
    if (event > MYCEL_BLE_BAD_LENGTH || receiver.filled > receiver.length) wrong++;
    mycel_ble_beacon beacon;
    mycel_ble_read_advertisement(value, length < 40 ? length : 40, &beacon);
  }
  expect_number("BLE: any bytes", wrong, 0);
}

/* A bus with one leaf on it, and faults: `one_in` transfers is lost, damaged or cut short. */
typedef struct {
  mycel_i2c_leaf leaf;
  uint8_t address;
  uint32_t one_in;
} faulty_bus;

static mycel_bus_outcome transfer(void *context, uint8_t address, const uint8_t *out,
                                  size_t out_length, uint8_t *in, size_t in_length) {
  faulty_bus *bus = context;
  if (address != bus->address) return MYCEL_BUS_ABSENT;
  const uint32_t fault = bus->one_in > 0 && random_below(bus->one_in) == 0 ? 1 + random_below(3) : 0;
  if (fault == 1) return MYCEL_BUS_ABSENT;
  const size_t hit = random_below((uint32_t)(out_length + in_length));
  if (out_length > 0) {
    mycel_i2c_on_address(&bus->leaf, false);
    for (size_t i = 0; i < out_length; i++) {
      if (fault == 2 && i == hit) {
        mycel_i2c_on_stop(&bus->leaf);
        return MYCEL_BUS_TIMEOUT;
      }
      const uint8_t flip = fault == 3 && i == hit ? (uint8_t)(1u << random_below(8)) : 0;
      mycel_i2c_on_write(&bus->leaf, out[i] ^ flip);
    }
  }
  if (in_length > 0) mycel_i2c_on_address(&bus->leaf, true);
  for (size_t i = 0; i < in_length; i++) {
    const uint8_t flip = fault == 3 && out_length + i == hit ? (uint8_t)(1u << random_below(8)) : 0;
    in[i] = mycel_i2c_on_read(&bus->leaf) ^ flip;
    if (fault == 2 && out_length + i == hit) break;
  }
  mycel_i2c_on_stop(&bus->leaf);
  return fault == 2 ? MYCEL_BUS_TIMEOUT : MYCEL_BUS_OK;
}

static void number_frame(uint8_t *frame, size_t length, uint32_t number) {
  for (size_t i = 0; i < length; i++) frame[i] = (uint8_t)(number * 7 + i);
  memcpy(frame, &number, sizeof number);
}

/* Every frame both ways, once and in order, however bad the bus is. */
static void test_i2c(uint32_t one_in) {
  enum { FRAMES = 5000 };
  static uint8_t outbox[256], inbox[64], frame[MYCEL_I2C_FRAME_BYTES_MAX], wanted[256];
  faulty_bus bus = {.address = MYCEL_I2C_ADDRESS, .one_in = one_in};
  mycel_i2c_leaf_start(&bus.leaf, outbox, sizeof outbox, inbox, sizeof inbox);
  const mycel_bus functions = {.context = &bus, .i2c = transfer};
  mycel_i2c_hub hub = {.bus = &functions, .address = MYCEL_I2C_ADDRESS};
  uint32_t offered = 0, polled = 0, put = 0, taken = 0;
  long wrong = 0, turns = 0;
  while ((polled < FRAMES || taken < FRAMES) && turns++ < 1000000) {
    if (offered < FRAMES) {
      const size_t length = 4 + offered % 70;
      number_frame(frame, length, offered);
      if (mycel_i2c_offer(&bus.leaf, frame, length)) offered++;
    }
    const uint8_t *came;
    size_t length;
    if (random_below(3) != 0 && mycel_i2c_poll(&hub, &came, &length) == MYCEL_I2C_FRAME) {
      number_frame(wanted, 4 + polled % 70, polled);
      if (length != 4 + polled % 70 || memcmp(came, wanted, length) != 0) wrong++;
      polled++;
    }
    if (put < FRAMES && random_below(2) == 0) {
      number_frame(frame, 4 + put % 60, put);
      if (mycel_i2c_put(&hub, frame, 4 + put % 60) == MYCEL_I2C_FRAME) put++;
    }
    if (random_below(2) == 0 && (length = mycel_i2c_take(&bus.leaf)) > 0) {
      number_frame(wanted, 4 + taken % 60, taken);
      if (length != 4 + taken % 60 || memcmp(inbox, wanted, length) != 0) wrong++;
      taken++;
      mycel_i2c_done(&bus.leaf);
    }
  }
  expect_number("I2C: none false, none twice, none out of order", wrong, 0);
  expect_number("I2C: all from the leaf", polled, FRAMES);
  expect_number("I2C: all to the leaf", taken, FRAMES);
}

static void test_i2c_bounds(void) {
  static uint8_t outbox[64], inbox[16], frame[251];
  faulty_bus bus = {.address = 0x31};
  mycel_i2c_leaf_start(&bus.leaf, outbox, sizeof outbox, inbox, sizeof inbox);
  const mycel_bus functions = {.context = &bus, .i2c = transfer};
  mycel_i2c_hub hub = {.bus = &functions, .address = 0x31};
  const uint8_t *came;
  size_t length;
  expect_number("I2C: nothing waits", mycel_i2c_poll(&hub, &came, &length), MYCEL_I2C_NOTHING);
  expect_number("I2C: 62 bytes fit 64", mycel_i2c_offer(&bus.leaf, frame, 62), 1);
  expect_number("I2C: not one more", mycel_i2c_offer(&bus.leaf, frame, 1), 0);
  expect_number("I2C: fetched", mycel_i2c_poll(&hub, &came, &length), MYCEL_I2C_FRAME);
  expect_number("I2C: with its length", (long)length, 62);
  expect_number("I2C: and the drop is known", hub.dropped, 1);
  expect_number("I2C: 63 never fit", mycel_i2c_offer(&bus.leaf, frame, 63), 0);
  expect_number("I2C: too long for the inbox", mycel_i2c_put(&hub, frame, 17), MYCEL_I2C_FULL);
  expect_number("I2C: as long as the inbox", mycel_i2c_put(&hub, frame, 16), MYCEL_I2C_FRAME);
  expect_number("I2C: until it is read", mycel_i2c_put(&hub, frame, 2), MYCEL_I2C_FULL);
  expect_number("I2C: 251 bytes", mycel_i2c_put(&hub, frame, 251), MYCEL_I2C_BAD_LENGTH);
  hub.address = 0x32;
  expect_number("I2C: nobody there", mycel_i2c_poll(&hub, &came, &length), MYCEL_I2C_ABSENT);
}

static mycel_bus_outcome all_ones(void *context, uint8_t address, const uint8_t *out,
                                  size_t out_length, uint8_t *in, size_t in_length) {
  (void)context, (void)address, (void)out, (void)out_length;
  memset(in, 0xff, in_length);
  return MYCEL_BUS_OK;
}

static void test_i2c_foreign(void) {
  const mycel_bus functions = {.i2c = all_ones};
  mycel_i2c_hub hub = {.bus = &functions, .address = 0x44};
  const uint8_t *came;
  size_t length;
  expect_number("I2C: a sensor is no leaf", mycel_i2c_poll(&hub, &came, &length),
                MYCEL_I2C_FOREIGN);
}

/* Any bytes from a master that is none of ours. */
static void test_i2c_noise(void) {
  static uint8_t outbox[128], inbox[32], frame[40];
  mycel_i2c_leaf leaf;
  mycel_i2c_leaf_start(&leaf, outbox, sizeof outbox, inbox, sizeof inbox);
  static const uint8_t registers[] = {MYCEL_I2C_STATUS, MYCEL_I2C_OUTBOX, MYCEL_I2C_TAKEN,
                                      MYCEL_I2C_INBOX};
  long wrong = 0;
  for (long i = 0; i < 300000; i++) {
    switch (random_below(6)) {
      case 0:
        mycel_i2c_on_address(&leaf, random_below(2) == 0);
        break;
      case 1:
        mycel_i2c_on_stop(&leaf);
        break;
      case 2:
        mycel_i2c_on_read(&leaf);
        break;
      case 3:
        mycel_i2c_offer(&leaf, frame, random_below(sizeof frame));
        break;
      case 4:
        mycel_i2c_on_write(&leaf, registers[random_below(4)]);
        break;
      default:
        mycel_i2c_on_write(&leaf, (uint8_t)random_below(256));
    }
    if (mycel_i2c_take(&leaf) > sizeof inbox) wrong++;
  }
  expect_number("I2C: any bytes", wrong, 0);
}

/* Envelopes of any frames over a stream come whole; noise between them costs one at most. */
static void test_gateway_stream(void) {
  enum { PACKETS = 2000 };
  static uint8_t room[MYCEL_ENVELOPE_BYTES], received[MYCEL_ENVELOPE_BYTES + 2];
  static uint8_t stream[MYCEL_PACKET_STREAM_BYTES(MYCEL_ENVELOPE_BYTES)];
  mycel_packet_splitter splitter = {.packet = received, .size = sizeof received};
  uint8_t frame[255];
  long wrong = 0, came = 0;
  for (long packet = 0; packet < PACKETS; packet++) {
    mycel_envelope envelope;
    mycel_envelope_begin(&envelope, room, 2 + random_below(sizeof room - 1));
    for (size_t length = 1; length > 0;) {
      length = random_frame(frame, sizeof frame);
      if (packet % 3 == 0) memset(frame, 7, length);
      if (!mycel_envelope_add(&envelope, (uint16_t)packet, (uint16_t)length, frame, length)) break;
    }
    for (size_t noise = random_below(4); noise > 0 && packet % 2 == 1; noise--) {
      mycel_packet_splitter_feed(&splitter, (uint8_t)random_below(256));
    }
    if (packet % 2 == 1) mycel_packet_splitter_feed(&splitter, 0);
    const size_t bytes = mycel_packet_to_stream(envelope.bytes, envelope.length, stream);
    if (bytes > MYCEL_PACKET_STREAM_BYTES(envelope.length)) wrong++;
    for (size_t i = 0; i < bytes; i++) {
      if (mycel_packet_splitter_feed(&splitter, stream[i]) != MYCEL_STREAM_FRAME) continue;
      came++;
      if (splitter.length != envelope.length || memcmp(received, room, envelope.length) != 0) wrong++;
      mycel_envelope_reader reader = {.bytes = received, .size = splitter.length};
      size_t frames = 0;
      mycel_envelope_event event;
      while ((event = mycel_envelope_next(&reader)) == MYCEL_ENVELOPE_ENTRY) {
        frames++;
        if (reader.hub != (uint16_t)packet || reader.node != reader.length) wrong++;
      }
      if (event != MYCEL_ENVELOPE_END || frames != envelope.frames) wrong++;
    }
  }
  expect_number("gateway: every envelope over a stream", came, PACKETS);
  expect_number("gateway: each as it was sent", wrong, 0);
}

/* Any bytes are read to an end without a byte beyond them, which the sanitizer watches. */
static void test_gateway_noise(void) {
  long entries = 0, ends = 0;
  for (long packet = 0; packet < 20000; packet++) {
    const size_t length = random_below(300);
    uint8_t *bytes = malloc(length + (length == 0));
    if (bytes == NULL) abort();
    for (size_t i = 0; i < length; i++) bytes[i] = (uint8_t)random_below(random_below(2) ? 256 : 8);
    if (length > 1 && packet % 4 > 0) {
      bytes[0] = MYCEL_ENVELOPE_MAGIC;
      bytes[1] = MYCEL_ENVELOPE_VERSION;
    }
    mycel_envelope_reader reader = {.bytes = bytes, .size = length};
    while (mycel_envelope_next(&reader) == MYCEL_ENVELOPE_ENTRY) {
      entries++;
      if (reader.frame + reader.length > bytes + length) abort();
    }
    if (mycel_envelope_next(&reader) != MYCEL_ENVELOPE_ENTRY) ends++;
    free(bytes);
  }
  expect_number("gateway: noise ends", ends, 20000);
  expect_number("gateway: entries were found in noise", entries > 1000, 1);
}

int main(int argc, char **argv) {
  random_state = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) | 1u : 2463534242u;
  test_ble_every_mtu_and_length();
  test_ble_loss();
  test_ble_noise();
  test_i2c(0);
  test_i2c(20);
  test_i2c(3);
  test_i2c_bounds();
  test_i2c_foreign();
  test_i2c_noise();
  test_gateway_stream();
  test_gateway_noise();
  return expect_end();
}
