/*
 * Sensirion SHT30, SHT31, SHT35: temperature and humidity. I2C 0x44, or 0x45 with ADDR high.
 * Datasheet (version 6): single shot, high repeatability, no clock stretching, 4.3; at most 15.5 ms,
 * table 4; CRC 4.12; formulas 4.13. Check value: the CRC of 0xbeef is 0x92.
 */
#include "driver.h"

#define COMMAND_MEASURE 0x24, 0x00
#define COMMAND_RESET 0x30, 0xa2
#define RESET_MS 2

/* Polynomial x^8 + x^5 + x^4 + 1, start 0xff, not reflected. */
static uint8_t crc8(const uint8_t *bytes, size_t length) {
  uint8_t crc = 0xff;
  for (size_t i = 0; i < length; i++) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) crc = (uint8_t)(crc & 0x80 ? crc << 1 ^ 0x31 : crc << 1);
  }
  return crc;
}

static mycel_sensor_fault begin(mycel_sensor *sensor, const mycel_bus *bus) {
  static const uint8_t reset[] = {COMMAND_RESET};
  const mycel_sensor_fault fault = mycel_i2c_transfer(sensor, bus, reset, sizeof reset, NULL, 0);
  if (fault == MYCEL_SENSOR_OK) bus->sleep_ms(bus->context, RESET_MS);
  return fault;
}

static mycel_sensor_fault start(mycel_sensor *sensor, const mycel_bus *bus) {
  static const uint8_t measure[] = {COMMAND_MEASURE};
  return mycel_i2c_transfer(sensor, bus, measure, sizeof measure, NULL, 0);
}

/* Temperature word, CRC, humidity word, CRC. */
static mycel_sensor_fault read(mycel_sensor *sensor, const mycel_bus *bus, float *values) {
  uint8_t in[6];
  const mycel_sensor_fault fault = mycel_i2c_transfer(sensor, bus, NULL, 0, in, sizeof in);
  if (fault != MYCEL_SENSOR_OK) return fault;
  if (crc8(in, 2) != in[2] || crc8(in + 3, 2) != in[5]) return MYCEL_SENSOR_BAD_CRC;
  values[0] = -45.0f + 175.0f * mycel_word(in) / 65535.0f;
  values[1] = 100.0f * mycel_word(in + 3) / 65535.0f;
  return MYCEL_SENSOR_OK;
}

static const mycel_sensor_range ranges[] = {
    {MYCEL_CHANNEL_TEMPERATURE, -40, 125},
    {MYCEL_CHANNEL_HUMIDITY, 0, 100},
};

const mycel_driver mycel_sht31 = {
    .name = "sht31",
    .ranges = ranges,
    .channels = MYCEL_COUNT(ranges),
    .convert_ms = 16,
    .begin = begin,
    .start = start,
    .read = read,
};
