/*
 * A gateway between radio leaves and a node: wire/GATEWAY.md's envelopes, filled in batches.
 *
 *   radio --> mycel_gateway_heard() --> envelope --> up()      mycel_gateway_told() --> down() --> radio
 *
 * A leaf is a number to the node: its place in the table of addresses. When the table is full, the
 * one heard longest ago gives way; the node learns the new number with the leaf's next frame.
 */
#ifndef MYCEL_RADIO_GATEWAY_H
#define MYCEL_RADIO_GATEWAY_H

#include "mycel_gateway.h"

/* Four hubs' worth of wire v1's ids, in 10 KiB. */
#define GATEWAY_PEERS_MAX 1024
/* A frame waits for company no longer than this: a tenth of what a hub takes to answer. */
#define GATEWAY_BATCH_MS 5

typedef struct {
  uint8_t address[6];
  uint32_t heard_ms;
} gateway_peer;

typedef struct {
  /* Given by the board. */
  uint16_t hub;
  void (*up)(const uint8_t *envelope, size_t length);
  void (*down)(const uint8_t address[6], const uint8_t *frame, size_t length);

  /* From here on it begins as 0. */
  gateway_peer peers[GATEWAY_PEERS_MAX];
  uint16_t peer_count;
  mycel_envelope envelope;
  uint8_t bytes[MYCEL_ENVELOPE_BYTES];
  uint32_t first_ms;
  uint32_t frames_up, envelopes_up, frames_down;
  /* From the node: no envelope, damaged, or for a number that no leaf has. */
  uint32_t refused;
} radio_gateway;

/* A frame of the radio; false for one that no envelope can hold. */
bool mycel_gateway_heard(radio_gateway *gateway, const uint8_t address[6], const uint8_t *frame,
                         size_t length, uint32_t now_ms);

/* Sends what has waited. Returns for how many ms nothing is due, at most `idle_ms`. */
uint32_t mycel_gateway_tick(radio_gateway *gateway, uint32_t now_ms, uint32_t idle_ms);

/* An envelope of the node. */
void mycel_gateway_told(radio_gateway *gateway, const uint8_t *envelope, size_t length);

#endif
