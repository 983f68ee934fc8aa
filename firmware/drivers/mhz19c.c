/*
 * Winsen MH-Z19C: CO2. UART 9600 8N1. Manual (2020, version 1.0): "read gas concentration" 0x86;
 * checksum = 0xff - (sum of bytes 1..7) + 1; warm-up 1 min; 400..5000 ppm.
 * Check value: ff 01 86 00 00 00 00 00 has the checksum 79; the answer ff 86 02 60 47 00 00 00 has d1
 * and says 608 ppm.
 */
#include "driver.h"

#define ANSWER_MS 200 /* nine bytes take 10 ms */

static uint8_t checksum(const uint8_t *bytes) {
  uint8_t sum = 0;
  for (int i = 1; i < 8; i++) sum = (uint8_t)(sum + bytes[i]);
  return (uint8_t)(0xff - sum + 1);
}

static mycel_sensor_fault read(mycel_sensor *sensor, const mycel_bus *bus, float *values) {
  (void)sensor;
  static const uint8_t ask[] = {0xff, 0x01, 0x86, 0, 0, 0, 0, 0, 0x79};
  uint8_t in[9];
  const mycel_bus_outcome outcome =
      bus->uart(bus->context, ask, sizeof ask, in, sizeof in, ANSWER_MS);
  if (outcome != MYCEL_BUS_OK) return mycel_bus_fault(outcome);
  if (in[0] != 0xff || in[1] != 0x86) return MYCEL_SENSOR_WRONG_DEVICE;
  if (checksum(in) != in[8]) return MYCEL_SENSOR_BAD_CRC;
  values[0] = mycel_word(in + 2);
  return MYCEL_SENSOR_OK;
}

/* Just under 400 is fresh air and its tolerance; the 10 000 ppm variant shares the protocol. */
static const mycel_sensor_range ranges[] = {{MYCEL_CHANNEL_CO2, 300, 10000}};

const mycel_driver mycel_mhz19c = {
    .name = "mhz19c",
    .ranges = ranges,
    .channels = MYCEL_COUNT(ranges),
    .warm_up_ms = 60000,
    .read = read,
};
