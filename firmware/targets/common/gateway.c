#include "gateway.h"

#include <string.h>

static uint16_t number_of(radio_gateway *gateway, const uint8_t address[6], uint32_t now_ms) {
  uint16_t oldest = 0;
  uint16_t number = 0;
  for (; number < gateway->peer_count; number++) {
    const gateway_peer *peer = &gateway->peers[number];
    if (memcmp(peer->address, address, sizeof peer->address) == 0) break;
    if (now_ms - peer->heard_ms > now_ms - gateway->peers[oldest].heard_ms) oldest = number;
  }
  if (number == gateway->peer_count) {
    if (gateway->peer_count < GATEWAY_PEERS_MAX) gateway->peer_count++;
    else number = oldest;
    memcpy(gateway->peers[number].address, address, sizeof gateway->peers[number].address);
  }
  gateway->peers[number].heard_ms = now_ms;
  return number;
}

static void send_up(radio_gateway *gateway) {
  if (gateway->envelope.frames > 0) {
    gateway->up(gateway->bytes, gateway->envelope.length);
    gateway->envelopes_up++;
  }
  mycel_envelope_begin(&gateway->envelope, gateway->bytes, sizeof gateway->bytes);
}

bool mycel_gateway_heard(radio_gateway *gateway, const uint8_t address[6], const uint8_t *frame,
                         size_t length, uint32_t now_ms) {
  const uint16_t node = number_of(gateway, address, now_ms);
  if (gateway->envelope.frames == 0) send_up(gateway);
  if (!mycel_envelope_add(&gateway->envelope, gateway->hub, node, frame, length)) {
    send_up(gateway);
    if (!mycel_envelope_add(&gateway->envelope, gateway->hub, node, frame, length)) return false;
  }
  if (gateway->envelope.frames == 1) gateway->first_ms = now_ms;
  gateway->frames_up++;
  return true;
}

uint32_t mycel_gateway_tick(radio_gateway *gateway, uint32_t now_ms, uint32_t idle_ms) {
  if (gateway->envelope.frames == 0) return idle_ms;
  const uint32_t waited_ms = now_ms - gateway->first_ms;
  if (waited_ms < GATEWAY_BATCH_MS) return GATEWAY_BATCH_MS - waited_ms;
  send_up(gateway);
  return idle_ms;
}

void mycel_gateway_told(radio_gateway *gateway, const uint8_t *envelope, size_t length) {
  mycel_envelope_reader reader = {.bytes = envelope, .size = length};
  mycel_envelope_event event;
  while ((event = mycel_envelope_next(&reader)) == MYCEL_ENVELOPE_ENTRY) {
    if (reader.hub != gateway->hub || reader.node >= gateway->peer_count) {
      gateway->refused++;
      continue;
    }
    gateway->down(gateway->peers[reader.node].address, reader.frame, reader.length);
    gateway->frames_down++;
  }
  if (event != MYCEL_ENVELOPE_END) gateway->refused++;
}
