/* A board with nothing on it, so that only the core is measured. */
#ifndef SIZES_BOARD_H
#define SIZES_BOARD_H

#include "mycel_leaf.h"

volatile uint8_t sink;
volatile uint32_t clock_ms;

static size_t measure(void *context, uint8_t *channels, float *values, size_t max) {
  (void)context;
  (void)max;
  channels[0] = MYCEL_CHANNEL_TEMPERATURE;
  values[0] = (float)sink;
  return 1;
}

static uint16_t battery_mv(void *context) {
  (void)context;
  return sink;
}

static void send(void *context, const uint8_t *frame, size_t length) {
  (void)context;
  sink = frame[length - 1];
}

static void set_state(void *context, bool on) {
  (void)context;
  sink = on;
}

#endif
