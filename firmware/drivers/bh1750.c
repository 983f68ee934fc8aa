/*
 * Rohm BH1750FVI: illuminance. I2C 0x23, or 0x5c with ADDR high. Datasheet (2011.11 rev. D):
 * one-time high resolution mode, at most 180 ms, then it powers down; lx = count / 1.2.
 * Check value: 0x8390 is 28 067 lx.
 */
#include "driver.h"

#define COMMAND_ONE_TIME_HIGH 0x20

static mycel_sensor_fault start(mycel_sensor *sensor, const mycel_bus *bus) {
  static const uint8_t measure[] = {COMMAND_ONE_TIME_HIGH};
  return mycel_i2c_transfer(sensor, bus, measure, sizeof measure, NULL, 0);
}

static mycel_sensor_fault read(mycel_sensor *sensor, const mycel_bus *bus, float *values) {
  uint8_t in[2];
  const mycel_sensor_fault fault = mycel_i2c_transfer(sensor, bus, NULL, 0, in, sizeof in);
  if (fault == MYCEL_SENSOR_OK) values[0] = mycel_word(in) / 1.2f;
  return fault;
}

static const mycel_sensor_range ranges[] = {{MYCEL_CHANNEL_ILLUMINANCE, 0, 54613}};

const mycel_driver mycel_bh1750 = {
    .name = "bh1750",
    .ranges = ranges,
    .channels = MYCEL_COUNT(ranges),
    .convert_ms = 180,
    .start = start,
    .read = read,
};
