/* What the drivers share. */
#ifndef MYCEL_DRIVER_H
#define MYCEL_DRIVER_H

#include "mycel_sensors.h"

#define MYCEL_COUNT(array) (sizeof(array) / sizeof(array)[0])

static inline mycel_sensor_fault mycel_bus_fault(mycel_bus_outcome outcome) {
  switch (outcome) {
    case MYCEL_BUS_OK:
      return MYCEL_SENSOR_OK;
    case MYCEL_BUS_ABSENT:
      return MYCEL_SENSOR_ABSENT;
    default:
      return MYCEL_SENSOR_TIMEOUT;
  }
}

static inline mycel_sensor_fault mycel_i2c_transfer(const mycel_sensor *sensor,
                                                    const mycel_bus *bus, const uint8_t *out,
                                                    size_t out_length, uint8_t *in,
                                                    size_t in_length) {
  return mycel_bus_fault(bus->i2c(bus->context, sensor->at, out, out_length, in, in_length));
}

/* Big-endian, as most sensors send. */
static inline uint16_t mycel_word(const uint8_t *at) {
  return (uint16_t)((uint16_t)at[0] << 8 | at[1]);
}

#endif
