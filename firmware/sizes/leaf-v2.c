/* a leaf of wire v2: pairing, sealed reports, answers, commands once (4 measurements kept on an AVR, 40 on others) */
#include "mycel_sealed_leaf.h"
#include "board.h"

static bool load(void *context, mycel_leaf_state *state) {
  (void)context;
  state->epoch = sink;
  return true;
}

static bool save(void *context, const mycel_leaf_state *state) {
  (void)context;
  sink = state->key[0];
  return true;
}

static void draw(void *context, uint8_t *bytes, size_t length) {
  (void)context;
  while (length-- > 0) bytes[length] = sink;
}

int main(void) {
  static const uint8_t capabilities[] = {MYCEL_CHANNEL_TEMPERATURE, MYCEL_ACTUATOR_RELAY};
  static const mycel_sealed_board board = {
      .board = {.hardware = MYCEL_HARDWARE_ATTINY,
                .capabilities = capabilities,
                .capability_count = sizeof capabilities,
                .measure = measure,
                .battery_mv = battery_mv,
                .send = send,
                .set_state = set_state},
      .load = load,
      .save = save,
      .random = draw};
  static mycel_sealed_leaf leaf;
  static uint8_t received[24];
  mycel_sealed_leaf_start(&leaf, &board, 30000, clock_ms);
  for (;;) {
    mycel_sealed_leaf_tick(&leaf, clock_ms);
    received[0] = sink;
    mycel_sealed_leaf_receive(&leaf, received, sizeof received, clock_ms);
  }
}
