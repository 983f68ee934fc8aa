/*
 * The sensors of a leaf, as a table of rows: what it is, and where it hangs. No heap, no waiting
 * that the bus does not bound.
 *
 *   mycel_sensors_measure():  start all --> sleep as long as the slowest takes --> read all
 *
 *   static mycel_sensor sensors[] = {
 *       {.driver = &mycel_sht31, .at = 0x44},
 *       {.driver = &mycel_pir, .at = 27},
 *   };
 */
#ifndef MYCEL_SENSORS_H
#define MYCEL_SENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame_types.h"
#include "mycel_bus.h"

/* The BME680 has the most. */
#define MYCEL_SENSOR_CHANNELS_MAX 4

typedef enum {
  MYCEL_SENSOR_OK,
  MYCEL_SENSOR_NOT_READY, /* warms up, or was read a moment ago: no fault */
  MYCEL_SENSOR_ABSENT, /* does not acknowledge its address */
  MYCEL_SENSOR_TIMEOUT, /* does not answer, or not in time */
  MYCEL_SENSOR_BAD_CRC,
  MYCEL_SENSOR_WRONG_DEVICE, /* something else answers at its address */
  MYCEL_SENSOR_OUT_OF_RANGE /* says what the sensor cannot measure */
} mycel_sensor_fault;

/* Of the enum above, in its order. */
extern const char *const mycel_sensor_fault_names[];

typedef struct mycel_sensor mycel_sensor;

typedef struct {
  uint8_t channel;
  /* What the sensor can measure by its datasheet, in the channel's unit. */
  float low, high;
} mycel_sensor_range;

/* A kind of sensor. `begin` and `start` may be NULL. */
typedef struct {
  const char *name;
  const mycel_sensor_range *ranges;
  uint8_t channels;
  /* From start to read. */
  uint16_t convert_ms;
  /* Least time between two readings. */
  uint16_t rest_ms;
  /* After power-on, until a reading means something. */
  uint16_t warm_up_ms;
  mycel_sensor_fault (*begin)(mycel_sensor *sensor, const mycel_bus *bus);
  mycel_sensor_fault (*start)(mycel_sensor *sensor, const mycel_bus *bus);
  /* A value that is missing for once is a NaN. */
  mycel_sensor_fault (*read)(mycel_sensor *sensor, const mycel_bus *bus, float *values);
} mycel_driver;

struct mycel_sensor {
  const mycel_driver *driver;
  /* I2C address or pin; a UART has none. */
  uint8_t at;
  /* What the driver keeps, where it says so: a mycel_bme680_memory. */
  void *memory;

  /* From here on it begins as 0. */
  bool begun;
  bool started;
  bool was_read;
  /* Set by the board's interrupt: a PIR has seen something since the last reading. */
  volatile bool seen;
  mycel_sensor_fault fault;
  uint16_t faults;
  uint32_t begun_ms;
  uint32_t read_ms;
};

/*
 * Measures all, and fills in at most `max` readings. A sensor with a fault gives none; it begins
 * anew with the next measurement, so that one that is plugged in again comes back.
 */
size_t mycel_sensors_measure(mycel_sensor *sensors, size_t count, const mycel_bus *bus,
                             uint8_t *channels, float *values, size_t max);

extern const mycel_driver mycel_bme680;
extern const mycel_driver mycel_sht31;
extern const mycel_driver mycel_bh1750;
extern const mycel_driver mycel_mhz19c;
extern const mycel_driver mycel_dht22;
extern const mycel_driver mycel_pir;

/* Calibration as the datasheet names it; the last three belong to the heater and to gas. */
enum {
  MYCEL_BME680_T1, MYCEL_BME680_T2, MYCEL_BME680_T3,
  MYCEL_BME680_P1, MYCEL_BME680_P2, MYCEL_BME680_P3, MYCEL_BME680_P4, MYCEL_BME680_P5,
  MYCEL_BME680_P6, MYCEL_BME680_P7, MYCEL_BME680_P8, MYCEL_BME680_P9, MYCEL_BME680_P10,
  MYCEL_BME680_H1, MYCEL_BME680_H2, MYCEL_BME680_H3, MYCEL_BME680_H4, MYCEL_BME680_H5,
  MYCEL_BME680_H6, MYCEL_BME680_H7,
  MYCEL_BME680_G1, MYCEL_BME680_G2, MYCEL_BME680_G3,
  MYCEL_BME680_HEAT_VALUE, MYCEL_BME680_HEAT_RANGE, MYCEL_BME680_SWITCHING_ERROR,
  MYCEL_BME680_PARAMETERS
};

/*
 * What a BME680 keeps. Heater profile: a gas reading heats the plate to `heater_c` for `heater_ms`;
 * 0 ms leaves gas out. 320 degrees and 150 ms are what the datasheet's examples use.
 */
typedef struct {
  uint16_t heater_c;
  uint16_t heater_ms;
  float calibration[MYCEL_BME680_PARAMETERS];
  /* The newest temperature, from which the heater starts; 25 before the first. */
  float ambient_c;
} mycel_bme680_memory;

#define MYCEL_BME680_MEMORY {.heater_c = 320, .heater_ms = 150}
/* Longer is taken as this: the measurement would outlast `convert_ms`. */
#define MYCEL_BME680_HEATER_MS_MAX 200

#endif
