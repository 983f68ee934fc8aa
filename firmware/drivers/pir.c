/*
 * A passive infrared detector with a digital output (HC-SR501, AM312): motion. High while it sees
 * something and for some seconds after; up to a minute after power-on it sees what is not there.
 * A board that can wake on the pin sets `seen`, so that what happened between two reports counts.
 */
#include "driver.h"

static mycel_sensor_fault read(mycel_sensor *sensor, const mycel_bus *bus, float *values) {
  values[0] = sensor->seen || bus->pin(bus->context, sensor->at) ? 1.0f : 0.0f;
  sensor->seen = false;
  return MYCEL_SENSOR_OK;
}

static const mycel_sensor_range ranges[] = {{MYCEL_CHANNEL_MOTION, 0, 1}};

const mycel_driver mycel_pir = {
    .name = "pir",
    .ranges = ranges,
    .channels = MYCEL_COUNT(ranges),
    .warm_up_ms = 60000,
    .read = read,
};
