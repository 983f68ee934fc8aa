/*
 * Bosch BME680: temperature, humidity, pressure, gas. I2C 0x77, or 0x76 with SDO low. Datasheet
 * BST-BME680-DS001: forced mode 3.1, compensation in floating point 3.3 (the formulas below are
 * the datasheet's), heater 3.3.5, gas 3.4, registers 5. The check values are in vectors.json.
 */
#include <math.h>

#include "driver.h"

#define REGISTER_STATUS 0x1d
#define REGISTER_HEATER_RESISTANCE 0x5a
#define REGISTER_HEATER_WAIT 0x64
#define REGISTER_GAS_CONTROL 0x71
#define REGISTER_HUMIDITY_CONTROL 0x72
#define REGISTER_MEASURE_CONTROL 0x74
#define REGISTER_ID 0xd0
#define REGISTER_RESET 0xe0

#define ID 0x61
#define RESET 0xb6
#define RESET_MS 10
#define GAS_ON 0x10
#define HUMIDITY_ONCE 0x01
/* Temperature twice, pressure four times, once: forced mode. No filter. */
#define MEASURE_FORCED (2 << 5 | 3 << 2 | 1)

#define NEW_DATA 0x80
#define GAS_VALID 0x20
#define HEATER_STABLE 0x10

/* The calibration lies in three pieces. */
#define FIRST_BLOCK 0x00
#define FIRST_BYTES 5
#define SECOND_BLOCK 0x8a
#define SECOND_BYTES 23
#define THIRD_BLOCK 0xe1
#define THIRD_BYTES 14

enum { U8, S8, U16, S16, LOW_NIBBLE_FIRST, HIGH_NIBBLE_LAST, BITS_4_5, S_HIGH_NIBBLE };

/* In the order of the parameters. */
static const struct {
  uint8_t at, kind;
} parameters[MYCEL_BME680_PARAMETERS] = {
    {0xe9, U16}, {0x8a, S16}, {0x8c, S8}, /* T */
    {0x8e, U16}, {0x90, S16}, {0x92, S8}, {0x94, S16}, {0x96, S16}, {0x99, S8},
    {0x98, S8},  {0x9c, S16}, {0x9e, S16}, {0xa0, U8}, /* P: P7 lies before P6 */
    {0xe2, LOW_NIBBLE_FIRST}, {0xe1, HIGH_NIBBLE_LAST}, {0xe4, S8}, {0xe5, S8},
    {0xe6, S8},  {0xe7, U8},  {0xe8, S8}, /* H */
    {0xed, S8},  {0xeb, S16}, {0xee, S8}, /* G */
    {0x00, S8},  {0x02, BITS_4_5}, {0x04, S_HIGH_NIBBLE},
};

static float parameter(const uint8_t *at, uint8_t kind) {
  const uint16_t pair = (uint16_t)(at[0] | (uint16_t)at[1] << 8);
  switch (kind) {
    case U8:
      return at[0];
    case S8:
      return (int8_t)at[0];
    case U16:
      return pair;
    case S16:
      return (int16_t)pair;
    case LOW_NIBBLE_FIRST:
      return (float)((at[0] & 0x0f) | at[1] << 4);
    case HIGH_NIBBLE_LAST:
      return (float)(at[0] << 4 | at[1] >> 4);
    case BITS_4_5:
      return (float)(at[0] >> 4 & 3);
    default:
      return (float)((int8_t)(at[0] & 0xf0) / 16);
  }
}

static mycel_sensor_fault read_registers(const mycel_sensor *sensor, const mycel_bus *bus,
                                         uint8_t at, uint8_t *in, size_t length) {
  return mycel_i2c_transfer(sensor, bus, &at, 1, in, length);
}

static mycel_sensor_fault write_register(const mycel_sensor *sensor, const mycel_bus *bus,
                                         uint8_t at, uint8_t value) {
  const uint8_t out[] = {at, value};
  return mycel_i2c_transfer(sensor, bus, out, sizeof out, NULL, 0);
}

static mycel_sensor_fault read_calibration(mycel_sensor *sensor, const mycel_bus *bus) {
  static const struct {
    uint8_t from, bytes;
  } blocks[] = {
      {FIRST_BLOCK, FIRST_BYTES}, {SECOND_BLOCK, SECOND_BYTES}, {THIRD_BLOCK, THIRD_BYTES}};
  mycel_bme680_memory *memory = sensor->memory;
  for (size_t b = 0; b < MYCEL_COUNT(blocks); b++) {
    /* One more, for the last one-byte parameter's pair. */
    uint8_t bytes[SECOND_BYTES + 1] = {0};
    const uint8_t from = blocks[b].from;
    const mycel_sensor_fault fault = read_registers(sensor, bus, from, bytes, blocks[b].bytes);
    if (fault != MYCEL_SENSOR_OK) return fault;
    for (size_t i = 0; i < MYCEL_BME680_PARAMETERS; i++) {
      const uint8_t at = parameters[i].at;
      if (at < from || at >= from + blocks[b].bytes) continue;
      memory->calibration[i] = parameter(bytes + (at - from), parameters[i].kind);
    }
  }
  return MYCEL_SENSOR_OK;
}

static mycel_sensor_fault begin(mycel_sensor *sensor, const mycel_bus *bus) {
  uint8_t id;
  mycel_sensor_fault fault = read_registers(sensor, bus, REGISTER_ID, &id, 1);
  if (fault != MYCEL_SENSOR_OK) return fault;
  if (id != ID) return MYCEL_SENSOR_WRONG_DEVICE;
  fault = write_register(sensor, bus, REGISTER_RESET, RESET);
  if (fault != MYCEL_SENSOR_OK) return fault;
  bus->sleep_ms(bus->context, RESET_MS);
  mycel_bme680_memory *memory = sensor->memory;
  memory->ambient_c = 25;
  fault = read_calibration(sensor, bus);
  if (fault != MYCEL_SENSOR_OK) return fault;
  /* No sum guards the calibration; one that is all zeros or all ones would give 0 degrees. */
  const float t1 = memory->calibration[MYCEL_BME680_T1];
  return t1 == 0 || t1 == UINT16_MAX ? MYCEL_SENSOR_WRONG_DEVICE : MYCEL_SENSOR_OK;
}

/* The resistance at which the plate has the wanted temperature. */
static uint8_t heater_resistance(const mycel_bme680_memory *memory) {
  const float *c = memory->calibration;
  const float var1 = c[MYCEL_BME680_G1] / 16 + 49;
  const float var2 = c[MYCEL_BME680_G2] / 32768 * 0.0005f + 0.00235f;
  const float var3 = c[MYCEL_BME680_G3] / 1024;
  const float var5 = var1 * (1 + var2 * memory->heater_c) + var3 * memory->ambient_c;
  const float resistance =
      3.4f * (var5 * (4 / (4 + c[MYCEL_BME680_HEAT_RANGE])) /
                  (1 + c[MYCEL_BME680_HEAT_VALUE] * 0.002f) -
              25);
  return resistance > 0 && resistance < 255 ? (uint8_t)resistance : 0;
}

/* Six bits of ms and a factor of 1, 4, 16 or 64 in two. */
static uint8_t heater_wait(uint16_t ms) {
  if (ms > MYCEL_BME680_HEATER_MS_MAX) ms = MYCEL_BME680_HEATER_MS_MAX;
  uint8_t factor = 0;
  for (; ms > 63; ms /= 4) factor++;
  return (uint8_t)(factor << 6 | ms);
}

static mycel_sensor_fault start(mycel_sensor *sensor, const mycel_bus *bus) {
  const mycel_bme680_memory *memory = sensor->memory;
  const bool gas = memory->heater_ms > 0;
  const uint8_t settings[][2] = {
      {REGISTER_HUMIDITY_CONTROL, HUMIDITY_ONCE},
      {REGISTER_HEATER_RESISTANCE, gas ? heater_resistance(memory) : 0},
      {REGISTER_HEATER_WAIT, heater_wait(memory->heater_ms)},
      {REGISTER_GAS_CONTROL, gas ? GAS_ON : 0},
      {REGISTER_MEASURE_CONTROL, MEASURE_FORCED},
  };
  for (size_t i = 0; i < MYCEL_COUNT(settings); i++) {
    const mycel_sensor_fault fault = write_register(sensor, bus, settings[i][0], settings[i][1]);
    if (fault != MYCEL_SENSOR_OK) return fault;
  }
  return MYCEL_SENSOR_OK;
}

/* `t_fine` / 5120 is the temperature; the pressure wants it unrounded. */
static float fine_temperature(const float *c, float adc) {
  const float var1 = (adc / 16384 - c[MYCEL_BME680_T1] / 1024) * c[MYCEL_BME680_T2];
  const float square = adc / 131072 - c[MYCEL_BME680_T1] / 8192;
  return var1 + square * square * c[MYCEL_BME680_T3] * 16;
}

static float pressure_pa(const float *c, float t_fine, float adc) {
  float var1 = t_fine / 2 - 64000;
  float var2 = var1 * var1 * (c[MYCEL_BME680_P6] / 131072);
  var2 = var2 + var1 * c[MYCEL_BME680_P5] * 2;
  var2 = var2 / 4 + c[MYCEL_BME680_P4] * 65536;
  var1 = (c[MYCEL_BME680_P3] * var1 * var1 / 16384 + c[MYCEL_BME680_P2] * var1) / 524288;
  var1 = (1 + var1 / 32768) * c[MYCEL_BME680_P1];
  /* Without a calibration: no division by 0. */
  if (var1 == 0) return NAN;
  const float pressure = (1048576 - adc - var2 / 4096) * 6250 / var1;
  const float square = c[MYCEL_BME680_P9] * pressure * pressure / 2147483648.0f;
  const float linear = pressure * (c[MYCEL_BME680_P8] / 32768);
  const float part = pressure / 256;
  const float cube = part * part * part * (c[MYCEL_BME680_P10] / 131072);
  return pressure + (square + linear + cube + c[MYCEL_BME680_P7] * 128) / 16;
}

static float humidity(const float *c, float celsius, float adc) {
  const float var1 = adc - (c[MYCEL_BME680_H1] * 16 + c[MYCEL_BME680_H3] / 2 * celsius);
  const float var2 = var1 * (c[MYCEL_BME680_H2] / 262144 *
                             (1 + c[MYCEL_BME680_H4] / 16384 * celsius +
                              c[MYCEL_BME680_H5] / 1048576 * celsius * celsius));
  const float var3 = c[MYCEL_BME680_H6] / 16384;
  const float var4 = c[MYCEL_BME680_H7] / 2097152;
  const float percent = var2 + (var3 + var4 * celsius) * var2 * var2;
  /* Saturated air reads a little above 100. */
  return percent > 100 ? 100 : percent < 0 ? 0 : percent;
}

/* Deviations of the ranges of the gas ADC, in tenths of a percent: the datasheet's two arrays. */
static const int8_t range_gain[16] = {0, 0, 0, 0, 0, -10, 0, -8, 0, 0, -2, -5, 0, -10, 0, 0};
static const int8_t range_width[16] = {0, 0, 0, 0, 1, 7, 0, -8, -1, 0, 0, 0, 0, 0, 0, 0};

static float gas_ohm(const float *c, float adc, uint8_t range) {
  const float var1 = (1340 + 5 * c[MYCEL_BME680_SWITCHING_ERROR]) *
                     (1 + (float)range_gain[range] / 1000);
  const float width = 8000000.0f / (float)(1u << range) / (1 + (float)range_width[range] / 1000);
  return var1 * width / (adc - 512 + var1);
}

static float adc20(const uint8_t *at) {
  return (float)((uint32_t)at[0] << 12 | (uint32_t)at[1] << 4 | at[2] >> 4);
}

static mycel_sensor_fault read(mycel_sensor *sensor, const mycel_bus *bus, float *values) {
  mycel_bme680_memory *memory = sensor->memory;
  const float *c = memory->calibration;
  /* From the status on: pressure at 2, temperature at 5, humidity at 8, gas at 13. */
  uint8_t in[15];
  const mycel_sensor_fault fault = read_registers(sensor, bus, REGISTER_STATUS, in, sizeof in);
  if (fault != MYCEL_SENSOR_OK) return fault;
  if ((in[0] & NEW_DATA) == 0) return MYCEL_SENSOR_TIMEOUT;

  const float t_fine = fine_temperature(c, adc20(in + 5));
  const float celsius = t_fine / 5120;
  const bool stable = (in[14] & GAS_VALID) != 0 && (in[14] & HEATER_STABLE) != 0;
  const float adc_gas = (float)(in[13] << 2 | in[14] >> 6);
  values[0] = celsius;
  values[1] = humidity(c, celsius, mycel_word(in + 8));
  values[2] = pressure_pa(c, t_fine, adc20(in + 2)) / 100;
  /* A plate that did not reach its temperature says nothing about the air. */
  values[3] = stable ? gas_ohm(c, adc_gas, in[14] & 0x0f) : NAN;
  if (celsius > -40 && celsius < 85) memory->ambient_c = celsius;
  return MYCEL_SENSOR_OK;
}

static const mycel_sensor_range ranges[] = {
    {MYCEL_CHANNEL_TEMPERATURE, -40, 85},
    {MYCEL_CHANNEL_HUMIDITY, 0, 100},
    {MYCEL_CHANNEL_PRESSURE, 300, 1100},
    {MYCEL_CHANNEL_GAS_RESISTANCE, 100, 13000000},
};

const mycel_driver mycel_bme680 = {
    .name = "bme680",
    .ranges = ranges,
    .channels = MYCEL_COUNT(ranges),
    /* 20 ms for three measurements as set above, and the longest heater. */
    .convert_ms = 20 + MYCEL_BME680_HEATER_MS_MAX,
    .begin = begin,
    .start = start,
    .read = read,
};
