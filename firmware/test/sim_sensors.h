/*
 * Sensors for the host: what each answers on its bus, when, and to which commands only. They hold
 * raw bytes; a test sets these, and switches faults on and off.
 */
#ifndef SIM_SENSORS_H
#define SIM_SENSORS_H

#include "mycel_bus.h"

typedef struct {
  uint32_t now_ms;
  /* Called with each sleep, if set: a board that does more than sleep. */
  void (*passed)(void *context, uint32_t ms);
  void *passed_context;

  /* Absent ones acknowledge nothing; silent ones hold the line, or don't answer. */
  struct sim_device {
    bool absent, silent;
    uint32_t ready_ms;
  } sht31, bme680, bh1750, mhz19c, dht22;

  uint8_t sht31_answer[6];
  bool sht31_measures;
  uint8_t bme680_registers[256];
  uint8_t bme680_at;
  uint8_t bh1750_answer[2];
  uint8_t mhz19c_answer[9];
  uint8_t dht22_answer[5];
  /* Pulses that are missing at the end; and whether the release of the line is seen as one. */
  uint8_t dht22_missing;
  bool dht22_release;
  bool pir;
} sim_sensors;

#define SIM_SHT31 0x44
#define SIM_BME680 0x77
#define SIM_BH1750 0x23
#define SIM_DHT22_PIN 4
#define SIM_PIR_PIN 27

/* A bus with all of them on it. */
mycel_bus sim_bus(sim_sensors *sim);

/* Puts `bytes` where the sensor's answers come from; false for a name or a number that is none. */
bool sim_answer(sim_sensors *sim, const char *sensor, const uint8_t *bytes, size_t length);

#endif
