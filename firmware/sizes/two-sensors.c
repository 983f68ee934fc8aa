/* SHT31 and BH1750 alone, the drivers of a small leaf */
#include "mycel_sensors.h"

volatile uint8_t sink;

static mycel_bus_outcome i2c(void *context, uint8_t address, const uint8_t *out,
                             size_t out_length, uint8_t *in, size_t in_length) {
  (void)context, (void)out, (void)out_length, (void)in, (void)in_length;
  sink = address;
  return (mycel_bus_outcome)sink;
}

static mycel_bus_outcome uart(void *context, const uint8_t *out, size_t out_length, uint8_t *in,
                              size_t in_length, uint32_t wait_ms) {
  (void)context, (void)out, (void)out_length, (void)in, (void)in_length, (void)wait_ms;
  return (mycel_bus_outcome)sink;
}

static size_t pulses(void *context, uint8_t pin, uint32_t low_ms, uint8_t *high_us, size_t max) {
  (void)context, (void)pin, (void)low_ms, (void)high_us;
  return max - sink;
}

static bool pin(void *context, uint8_t number) {
  (void)context;
  return number == sink;
}

static uint32_t now_ms(void *context) {
  (void)context;
  return sink;
}

static void sleep_ms(void *context, uint32_t ms) {
  (void)context;
  sink = (uint8_t)ms;
}

int main(void) {
  static const mycel_bus bus = {.i2c = i2c, .uart = uart, .pulses = pulses, .pin = pin,
                                .now_ms = now_ms, .sleep_ms = sleep_ms};
  static mycel_sensor sensors[] = {
      {.driver = &mycel_sht31, .at = 0x44},
      {.driver = &mycel_bh1750, .at = 0x23},
  };
  uint8_t channels[16];
  float values[16];
  sink = (uint8_t)mycel_sensors_measure(sensors, 2, &bus, channels, values, 16);
  sink = channels[0];
  return (int)values[0];
}
