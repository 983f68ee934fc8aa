/*
 * Aosong DHT22 (AM2302): humidity and temperature over one wire. Datasheet: the host holds the line
 * low for 1 ms; the sensor answers 80 us low, 80 us high, then 40 bits, each 50 us low and 26-28 us
 * (0) or 70 us (1) high; the sum of four bytes is the fifth; one reading in 2 s.
 * Check value: 02 8c 01 5f ee is 65.2 % and 35.1 degrees; 80 65 is -10.1 degrees.
 */
#include "driver.h"

#define START_LOW_MS 1
#define BITS 40
/* Before the bits: the sensor's 80 us, and the release of the line, if it is seen. */
#define LEAD_MAX 2
/* Between 28 and 70. */
#define ONE_US 50

static mycel_sensor_fault read(mycel_sensor *sensor, const mycel_bus *bus, float *values) {
  uint8_t high_us[BITS + LEAD_MAX + 1];
  const size_t pulses =
      bus->pulses(bus->context, sensor->at, START_LOW_MS, high_us, MYCEL_COUNT(high_us));
  if (pulses <= LEAD_MAX) return MYCEL_SENSOR_ABSENT;
  if (pulses <= BITS || pulses > BITS + LEAD_MAX) return MYCEL_SENSOR_TIMEOUT;

  uint8_t bytes[5] = {0};
  const uint8_t *bits = high_us + pulses - BITS;
  for (size_t i = 0; i < BITS; i++) {
    bytes[i / 8] = (uint8_t)(bytes[i / 8] << 1 | (bits[i] > ONE_US));
  }
  if ((uint8_t)(bytes[0] + bytes[1] + bytes[2] + bytes[3]) != bytes[4]) {
    return MYCEL_SENSOR_BAD_CRC;
  }
  /* Tenths; the temperature's highest bit is its sign. */
  const float tenths = (float)(mycel_word(bytes + 2) & 0x7fff);
  values[0] = (bytes[2] & 0x80 ? -tenths : tenths) / 10.0f;
  values[1] = mycel_word(bytes) / 10.0f;
  return MYCEL_SENSOR_OK;
}

static const mycel_sensor_range ranges[] = {
    {MYCEL_CHANNEL_TEMPERATURE, -40, 80},
    {MYCEL_CHANNEL_HUMIDITY, 0, 100},
};

const mycel_driver mycel_dht22 = {
    .name = "dht22",
    .ranges = ranges,
    .channels = MYCEL_COUNT(ranges),
    .rest_ms = 2000,
    .read = read,
};
