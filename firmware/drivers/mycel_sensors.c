#include "mycel_sensors.h"

#include <math.h>

const char *const mycel_sensor_fault_names[] = {
    "ok", "notReady", "absent", "timeout", "badCrc", "wrongDevice", "outOfRange",
};

/* What only needs time leaves the sensor as it is; after a fault it begins anew. */
static bool stands(mycel_sensor *sensor, mycel_sensor_fault fault) {
  sensor->fault = fault;
  if (fault == MYCEL_SENSOR_OK) return true;
  if (fault != MYCEL_SENSOR_NOT_READY) {
    sensor->begun = false;
    if (sensor->faults < UINT16_MAX) sensor->faults++;
  }
  return false;
}

static bool begin(mycel_sensor *sensor, const mycel_bus *bus) {
  if (sensor->begun) return true;
  const mycel_driver *driver = sensor->driver;
  if (driver->begin != NULL && !stands(sensor, driver->begin(sensor, bus))) return false;
  /* It warms up once: after a fault of its line the element is still warm. */
  if (sensor->begun_ms == 0) sensor->begun_ms = bus->now_ms(bus->context) | 1u;
  sensor->begun = true;
  return true;
}

static bool start(mycel_sensor *sensor, const mycel_bus *bus) {
  const mycel_driver *driver = sensor->driver;
  if (!begin(sensor, bus)) return false;
  const uint32_t now_ms = bus->now_ms(bus->context);
  const bool cold = driver->warm_up_ms > 0 && now_ms - sensor->begun_ms < driver->warm_up_ms;
  const bool early = sensor->was_read && now_ms - sensor->read_ms < driver->rest_ms;
  if (cold || early) return stands(sensor, MYCEL_SENSOR_NOT_READY);
  return driver->start == NULL || stands(sensor, driver->start(sensor, bus));
}

static mycel_sensor_fault out_of_range(const mycel_driver *driver, const float *values) {
  for (size_t i = 0; i < driver->channels; i++) {
    const mycel_sensor_range *range = &driver->ranges[i];
    /* A NaN passes: missing is not wrong. */
    if (values[i] < range->low || values[i] > range->high) return MYCEL_SENSOR_OUT_OF_RANGE;
  }
  return MYCEL_SENSOR_OK;
}

static bool read(mycel_sensor *sensor, const mycel_bus *bus, float *values) {
  const mycel_driver *driver = sensor->driver;
  mycel_sensor_fault fault = driver->read(sensor, bus, values);
  if (fault == MYCEL_SENSOR_OK) fault = out_of_range(driver, values);
  sensor->was_read = true;
  sensor->read_ms = bus->now_ms(bus->context);
  return stands(sensor, fault);
}

size_t mycel_sensors_measure(mycel_sensor *sensors, size_t count, const mycel_bus *bus,
                             uint8_t *channels, float *values, size_t max) {
  uint32_t longest_ms = 0;
  for (size_t i = 0; i < count; i++) {
    sensors[i].started = start(&sensors[i], bus);
    const uint32_t convert_ms = sensors[i].driver->convert_ms;
    if (sensors[i].started && convert_ms > longest_ms) longest_ms = convert_ms;
  }
  if (longest_ms > 0) bus->sleep_ms(bus->context, longest_ms);

  size_t filled = 0;
  for (size_t i = 0; i < count; i++) {
    float measured[MYCEL_SENSOR_CHANNELS_MAX];
    if (!sensors[i].started || !read(&sensors[i], bus, measured)) continue;
    for (size_t k = 0; k < sensors[i].driver->channels && filled < max; k++) {
      if (isnan(measured[k])) continue;
      channels[filled] = sensors[i].driver->ranges[k].channel;
      values[filled++] = measured[k];
    }
  }
  return filled;
}
