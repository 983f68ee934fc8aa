/*
 * The ESP32 gateway as it is: a hundred leaves on the air, a node behind UDP or a UART. Every frame
 * comes through once, in batches, soon; every answer finds its leaf.
 */
#include <string.h>

#include "expect.h"
#include "gateway.h"
#include "sim_esp32.h"

void app_main(void);

enum { LEAVES = 100, ROUNDS = 4, FRAMES = LEAVES * ROUNDS };
#define ROUND_US 1000000ull
#define FIRST_US 500000ull

static struct {
  long frames, envelopes, wrong, largest, late;
  uint8_t next_round[LEAVES];
  uint16_t number[LEAVES];
  /* Answers on the air, and those that went to another than meant. */
  long answers, astray;
} node;

/* Leaves speak at their own time, but half of them at once. */
static uint64_t spoken_us(int leaf, int round) {
  const uint64_t offset_us = leaf % 2 == 0 ? 0 : (uint64_t)leaf * 7919 % 900000;
  return FIRST_US + (uint64_t)round * ROUND_US + offset_us;
}

static void answer(sim_esp32 *sim, uint16_t number, int leaf) {
  uint8_t bytes[64];
  const uint8_t frame[] = {0xaa, (uint8_t)leaf};
  mycel_envelope envelope;
  mycel_envelope_begin(&envelope, bytes, sizeof bytes);
  mycel_envelope_add(&envelope, 1, number, frame, sizeof frame);
  if (sim->on_datagram != NULL) {
    memcpy(sim->stream, bytes, envelope.length);
    sim->stream_filled = envelope.length;
  } else {
    sim->stream_filled = mycel_packet_to_stream(bytes, envelope.length, sim->stream);
  }
  sim->stream_at = 0;
}

static void hear_envelope(sim_esp32 *sim, const uint8_t *bytes, size_t length) {
  mycel_envelope_reader reader = {.bytes = bytes, .size = length};
  long frames = 0;
  int leaf = 0;
  while (mycel_envelope_next(&reader) == MYCEL_ENVELOPE_ENTRY) {
    leaf = reader.frame[1];
    const int round = reader.frame[2];
    if (reader.length != 40 || reader.hub != 1 || leaf >= LEAVES || node.next_round[leaf] != round) {
      node.wrong++;
      continue;
    }
    if (round > 0 && node.number[leaf] != reader.node) node.wrong++;
    node.number[leaf] = reader.node;
    node.next_round[leaf]++;
    if (sim->now_us - spoken_us(leaf, round) > 10000) node.late++;
    frames++;
  }
  node.frames += frames;
  node.envelopes++;
  if (frames > node.largest) node.largest = frames;
  if (frames > 0) answer(sim, node.number[leaf], leaf);
}

static void hear_stream(sim_esp32 *sim, const uint8_t *bytes, size_t length) {
  static uint8_t packet[MYCEL_ENVELOPE_BYTES + 2];
  static mycel_packet_splitter splitter = {.packet = packet, .size = sizeof packet};
  for (size_t i = 0; i < length; i++) {
    if (mycel_packet_splitter_feed(&splitter, bytes[i]) != MYCEL_STREAM_FRAME) continue;
    hear_envelope(sim, packet, splitter.length);
  }
}

static void hear_radio(sim_esp32 *sim, const uint8_t *frame, size_t length) {
  node.answers++;
  if (length != 2 || frame[0] != 0xaa || sim->sent_to[5] != frame[1]) node.astray++;
}

int main(int argc, char **argv) {
  static sim_esp32 sim;
  const bool udp = argc > 1 && strcmp(argv[1], "udp") == 0;
  sim.end_us = FIRST_US + ROUNDS * ROUND_US;
  sim.on_frame = hear_radio;
  if (udp) sim.on_datagram = hear_envelope;
  else sim.on_stream = hear_stream;
  for (int round = 0; round < ROUNDS; round++) {
    for (int leaf = 0; leaf < LEAVES; leaf++) {
      const uint8_t frame[40] = {0x53, (uint8_t)leaf, (uint8_t)round};
      const uint64_t at_us = spoken_us(leaf, round);
      expect_number("scheduled", sim_esp32_deliver(&sim, at_us, frame, sizeof frame), 1);
      sim.events[sim.events_count - 1].from = (uint8_t)leaf;
    }
  }
  sim_esp32_run(&sim, app_main);
  expect_number("every frame once, in order, under one number", node.frames, FRAMES);
  expect_number("and nothing else", node.wrong, 0);
  expect_number("within 10 ms", node.late, 0);
  /* (1400 - 2) / 45 = 31 frames of 40 bytes. */
  expect_number("fifty at once fill an envelope", node.largest, 31);
  expect_number("fewer envelopes than frames by a third", node.envelopes < FRAMES * 2 / 3, 1);
  expect_number("answers on the air", node.answers > node.envelopes / 2, 1);
  expect_number("each to its leaf", node.astray, 0);
  return expect_end();
}
