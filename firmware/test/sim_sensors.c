#include "sim_sensors.h"

#include <string.h>

static mycel_bus_outcome sht31(sim_sensors *sim, const uint8_t *out, size_t out_length,
                               uint8_t *in, size_t in_length) {
  static const uint8_t measure[] = {0x24, 0x00}, reset[] = {0x30, 0xa2};
  if (out_length == 2 && memcmp(out, measure, 2) == 0) {
    sim->sht31_measures = true;
    sim->sht31.ready_ms = sim->now_ms + 16;
  } else if (out_length == 2 && memcmp(out, reset, 2) == 0) {
    sim->sht31_measures = false;
  } else if (out_length > 0) {
    return MYCEL_BUS_ABSENT;
  }
  if (in_length == 0) return MYCEL_BUS_OK;
  /* Without clock stretching it refuses to be read until it is done, and a second time. */
  if (!sim->sht31_measures || sim->now_ms < sim->sht31.ready_ms) return MYCEL_BUS_ABSENT;
  sim->sht31_measures = false;
  memcpy(in, sim->sht31_answer, in_length < 6 ? in_length : 6);
  return MYCEL_BUS_OK;
}

static mycel_bus_outcome bh1750(sim_sensors *sim, const uint8_t *out, size_t out_length,
                                uint8_t *in, size_t in_length) {
  if (out_length == 1 && out[0] == 0x20) sim->bh1750.ready_ms = sim->now_ms + 180;
  /* Too early it gives what it had before: nothing. */
  const bool ready = sim->bh1750.ready_ms > 0 && sim->now_ms >= sim->bh1750.ready_ms;
  for (size_t i = 0; i < in_length; i++) in[i] = ready && i < 2 ? sim->bh1750_answer[i] : 0;
  return MYCEL_BUS_OK;
}

/* Datasheet 3.2.1: oversampling 1, 2, 4, 8, 16 by its code; the heater's wait is on top. */
static uint32_t bme680_ms(const uint8_t *r) {
  static const uint8_t times[] = {0, 1, 2, 4, 8, 16, 16, 16};
  const uint32_t cycles = (uint32_t)times[r[0x74] >> 5] + times[r[0x74] >> 2 & 7] + times[r[0x72] & 7];
  const uint32_t us = cycles * 1963 + 477 * 4 + 477 * 5 + 1000;
  const uint32_t heat_ms = r[0x71] & 0x10 ? (r[0x64] & 63u) << 2 * (r[0x64] >> 6) : 0;
  return us / 1000 + heat_ms;
}

static void bme680_write(sim_sensors *sim, uint8_t at, uint8_t value) {
  uint8_t *r = sim->bme680_registers;
  if (at == 0xe0 && value == 0xb6) {
    r[0x1d] = 0;
    sim->bme680.ready_ms = 0;
    return;
  }
  r[at] = value;
  if (at != 0x74 || (value & 3) != 1) return;
  r[0x1d] = 0;
  sim->bme680.ready_ms = sim->now_ms + bme680_ms(r);
}

static mycel_bus_outcome bme680(sim_sensors *sim, const uint8_t *out, size_t out_length,
                                uint8_t *in, size_t in_length) {
  uint8_t *r = sim->bme680_registers;
  for (size_t i = 0; i + 1 < out_length; i += 2) bme680_write(sim, out[i], out[i + 1]);
  if (out_length % 2 == 1) sim->bme680_at = out[out_length - 1];
  if (sim->bme680.ready_ms > 0 && sim->now_ms >= sim->bme680.ready_ms) r[0x1d] = 0x80;
  for (size_t i = 0; i < in_length; i++) in[i] = r[sim->bme680_at++];
  return MYCEL_BUS_OK;
}

static mycel_bus_outcome i2c(void *context, uint8_t address, const uint8_t *out,
                             size_t out_length, uint8_t *in, size_t in_length) {
  sim_sensors *sim = context;
  const struct {
    uint8_t address;
    struct sim_device *device;
    mycel_bus_outcome (*transfer)(sim_sensors *, const uint8_t *, size_t, uint8_t *, size_t);
  } devices[] = {{SIM_SHT31, &sim->sht31, sht31},
                 {SIM_BME680, &sim->bme680, bme680},
                 {SIM_BH1750, &sim->bh1750, bh1750}};
  for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
    if (devices[i].address != address || devices[i].device->absent) continue;
    if (devices[i].device->silent) return MYCEL_BUS_TIMEOUT;
    return devices[i].transfer(sim, out, out_length, in, in_length);
  }
  return MYCEL_BUS_ABSENT;
}

static void sleep_ms(void *context, uint32_t ms) {
  sim_sensors *sim = context;
  sim->now_ms += ms;
  if (sim->passed != NULL) sim->passed(sim->passed_context, ms);
}

static mycel_bus_outcome uart(void *context, const uint8_t *out, size_t out_length, uint8_t *in,
                              size_t in_length, uint32_t wait_ms) {
  static const uint8_t ask[] = {0xff, 0x01, 0x86, 0, 0, 0, 0, 0, 0x79};
  sim_sensors *sim = context;
  const bool answers = !sim->mhz19c.absent && !sim->mhz19c.silent && out_length == sizeof ask &&
                       memcmp(out, ask, sizeof ask) == 0;
  sleep_ms(sim, answers ? 20 : wait_ms);
  if (!answers || in_length > sizeof sim->mhz19c_answer) return MYCEL_BUS_TIMEOUT;
  memcpy(in, sim->mhz19c_answer, in_length);
  return MYCEL_BUS_OK;
}

static size_t pulses(void *context, uint8_t pin, uint32_t low_ms, uint8_t *high_us, size_t max) {
  const sim_sensors *sim = context;
  if (pin != SIM_DHT22_PIN || sim->dht22.absent || low_ms < 1) return 0;
  uint8_t all[42];
  size_t count = 0;
  if (sim->dht22_release) all[count++] = 30;
  if (!sim->dht22.silent) {
    all[count++] = 80;
    for (size_t bit = 0; bit < 40; bit++) {
      const bool one = (sim->dht22_answer[bit / 8] >> (7 - bit % 8) & 1) != 0;
      /* As long as the datasheet's extremes, so that a threshold is tried from both sides. */
      all[count++] = (uint8_t)(one ? (bit % 2 ? 68 : 75) : (bit % 2 ? 22 : 30));
    }
    count -= sim->dht22_missing;
  }
  if (count > max) count = max;
  memcpy(high_us, all, count);
  return count;
}

static bool pin(void *context, uint8_t number) {
  return number == SIM_PIR_PIN && ((sim_sensors *)context)->pir;
}

static uint32_t now_ms(void *context) { return ((sim_sensors *)context)->now_ms; }

mycel_bus sim_bus(sim_sensors *sim) {
  return (mycel_bus){.context = sim,
                     .i2c = i2c,
                     .uart = uart,
                     .pulses = pulses,
                     .pin = pin,
                     .now_ms = now_ms,
                     .sleep_ms = sleep_ms};
}

/* The BME680's: ID, 0x00..0x04, 0x8a..0xa0, 0xe1..0xee, and 0x1f..0x2b as measured. */
static bool bme680_answer(sim_sensors *sim, const uint8_t *bytes, size_t length) {
  static const struct {
    uint8_t from, bytes;
  } blocks[] = {{0xd0, 1}, {0x00, 5}, {0x8a, 23}, {0xe1, 14}, {0x1f, 13}};
  if (length != 56) return false;
  for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
    memcpy(sim->bme680_registers + blocks[i].from, bytes, blocks[i].bytes);
    bytes += blocks[i].bytes;
  }
  return true;
}

bool sim_answer(sim_sensors *sim, const char *sensor, const uint8_t *bytes, size_t length) {
  const struct {
    const char *name;
    uint8_t *answer;
    size_t bytes;
  } answers[] = {{"sht31", sim->sht31_answer, sizeof sim->sht31_answer},
                 {"bh1750", sim->bh1750_answer, sizeof sim->bh1750_answer},
                 {"mhz19c", sim->mhz19c_answer, sizeof sim->mhz19c_answer},
                 {"dht22", sim->dht22_answer, sizeof sim->dht22_answer}};
  if (strcmp(sensor, "bme680") == 0) return bme680_answer(sim, bytes, length);
  if (strcmp(sensor, "pir") == 0 && length == 1) {
    sim->pir = bytes[0] != 0;
    return true;
  }
  for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
    if (strcmp(sensor, answers[i].name) != 0 || length != answers[i].bytes) continue;
    memcpy(answers[i].answer, bytes, length);
    return true;
  }
  return false;
}
