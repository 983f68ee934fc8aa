/* a leaf of wire v1: reports, heartbeats, commands, sleep */
#include "board.h"

int main(void) {
  static const uint8_t capabilities[] = {MYCEL_CHANNEL_TEMPERATURE, MYCEL_ACTUATOR_RELAY};
  static const mycel_board board = {.hardware = MYCEL_HARDWARE_ATTINY,
                                    .capabilities = capabilities,
                                    .capability_count = sizeof capabilities,
                                    .measure = measure,
                                    .battery_mv = battery_mv,
                                    .send = send,
                                    .set_state = set_state};
  static mycel_leaf leaf;
  static uint8_t received[16];
  mycel_leaf_start(&leaf, &board, 7, 30000, clock_ms);
  for (;;) {
    mycel_leaf_tick(&leaf, clock_ms);
    received[0] = sink;
    mycel_leaf_receive(&leaf, received, sizeof received, clock_ms);
  }
}
