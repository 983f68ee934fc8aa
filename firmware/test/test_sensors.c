/* Drivers against simulated sensors: commands, times, faults, recovery, and any bytes at all. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "mycel_sensors.h"
#include "sim_sensors.h"

static mycel_bme680_memory bme680_memory;

/* One of each kind: the hardware that the office's leaves have. */
enum { BME680, SHT31, BH1750, MHZ19C, DHT22, PIR, SENSORS };
static mycel_sensor sensors[SENSORS];
static sim_sensors sim;
static mycel_bus bus;

#define ALL_BYTES 56
static const uint8_t bme680_sound[ALL_BYTES] = {
    0x61,                                                       /* ID */
    0x2e, 0x00, 0x10, 0x00, 0x13,                               /* 0x00 */
    0x97, 0x67, 0x03, 0x00, 0xc0, 0x88, 0xd4, 0xd7, 0x58, 0x00, /* 0x8a */
    0xdc, 0x25, 0x36, 0xff, 0x18, 0x1e, 0x00, 0x00, 0xfc, 0xff, 0x73, 0xf2, 0x1e,
    0x3e, 0xfa, 0x31, 0x00, 0x2d, 0x14, 0x78, 0x9c, 0x5b, 0x66, 0x85, 0xe9, 0xd0, 0x12, /* 0xe1 */
    0x50, 0x4b, 0x40, 0x76, 0x2d, 0x60, 0x60, 0x92, 0x00, 0x00, 0x00, 0xe8, 0xb9, /* 0x1f */
};

static void begin(void) {
  memset(&sim, 0, sizeof sim);
  sim.now_ms = 1;
  bus = sim_bus(&sim);
  bme680_memory = (mycel_bme680_memory)MYCEL_BME680_MEMORY;
  const mycel_sensor fresh[SENSORS] = {
      [BME680] = {.driver = &mycel_bme680, .at = SIM_BME680, .memory = &bme680_memory},
      [SHT31] = {.driver = &mycel_sht31, .at = SIM_SHT31},
      [BH1750] = {.driver = &mycel_bh1750, .at = SIM_BH1750},
      [MHZ19C] = {.driver = &mycel_mhz19c},
      [DHT22] = {.driver = &mycel_dht22, .at = SIM_DHT22_PIN},
      [PIR] = {.driver = &mycel_pir, .at = SIM_PIR_PIN},
  };
  memcpy(sensors, fresh, sizeof sensors);
  sim_answer(&sim, "bme680", bme680_sound, sizeof bme680_sound);
  sim_answer(&sim, "sht31", (const uint8_t *)"\xbe\xef\x92\xbe\xef\x92", 6);
  sim_answer(&sim, "bh1750", (const uint8_t *)"\x83\x90", 2);
  sim_answer(&sim, "mhz19c", (const uint8_t *)"\xff\x86\x02\x60\x47\x00\x00\x00\xd1", 9);
  sim_answer(&sim, "dht22", (const uint8_t *)"\x02\x8c\x01\x5f\xee", 5);
}

static uint8_t channels[16];
static float values[16];

static size_t measure(void) {
  return mycel_sensors_measure(sensors, SENSORS, &bus, channels, values, 16);
}

static void expect_fault(const char *name, int sensor, mycel_sensor_fault wanted) {
  expect_text(name, mycel_sensor_fault_names[sensors[sensor].fault],
              mycel_sensor_fault_names[wanted]);
}

static void test_all_at_once(void) {
  begin();
  expect_number("two warm up", (long)measure(), 9);
  expect_fault("CO2 warms up", MHZ19C, MYCEL_SENSOR_NOT_READY);
  expect_fault("motion warms up", PIR, MYCEL_SENSOR_NOT_READY);
  /* The heater is the slowest; resets took 12 ms before. */
  expect_number("all convert at the same time", (long)sim.now_ms, 1 + 12 + 220);
  sim.now_ms += 60000;
  sim.pir = true;
  expect_number("all eleven readings", (long)measure(), 11);
  expect_number("humidity by SHT31", channels[4], MYCEL_CHANNEL_TEMPERATURE);
  expect_number("motion", channels[10] == MYCEL_CHANNEL_MOTION && values[10] == 1.0f, 1);
  expect_number("as many as there is room for",
                (long)mycel_sensors_measure(sensors, SENSORS, &bus, channels, values, 3), 3);
}

static void test_heater(void) {
  begin();
  measure();
  const uint8_t *r = sim.bme680_registers;
  expect_number("gas is on, profile 0", r[0x71], 0x10);
  expect_number("148 ms: 37 times 4", r[0x64], 0x40 | 37);
  /* The datasheet's formula in double precision gives 113.62, 111.65 and 82.51. */
  expect_number("heater for 320 degrees at 25", r[0x5a], 113);
  bme680_memory.ambient_c = -20;
  measure();
  expect_number("heater for 320 degrees at -20", r[0x5a], 111);
  bme680_memory.ambient_c = 25;
  bme680_memory.heater_c = 200;
  measure();
  expect_number("heater for 200 degrees at 25", r[0x5a], 82);
  bme680_memory.heater_ms = 0;
  measure();
  expect_number("no heater", r[0x71] | r[0x5a] | r[0x64], 0);
  bme680_memory.heater_ms = 4000;
  const uint32_t before_ms = sim.now_ms;
  measure();
  expect_fault("a heater that is too long is cut", BME680, MYCEL_SENSOR_OK);
  expect_number("so that a measurement has its bound", (long)(sim.now_ms - before_ms), 220);
}

static void test_faults(void) {
  struct sim_device *const devices[] = {&sim.bme680, &sim.sht31, &sim.bh1750, &sim.mhz19c,
                                        &sim.dht22};
  for (int i = BME680; i <= DHT22; i++) {
    begin();
    measure();
    sim.now_ms += 60000;
    devices[i]->absent = true;
    measure();
    /* A UART cannot tell silence from absence. */
    expect_fault("absent", i, i == MHZ19C ? MYCEL_SENSOR_TIMEOUT : MYCEL_SENSOR_ABSENT);
    sim.now_ms += 3000;
    expect_number("costs its own readings only", measure() >= 7, 1);
    expect_number("each is counted", sensors[i].faults, 2);
    sim.now_ms += 3000;
    devices[i]->absent = false;
    measure();
    expect_fault("plugged in again", i, MYCEL_SENSOR_OK);
    sim.now_ms += 3000;
    devices[i]->silent = true;
    sim.dht22_release = true;
    measure();
    expect_fault("silent", i, i == DHT22 ? MYCEL_SENSOR_ABSENT : MYCEL_SENSOR_TIMEOUT);
  }
}

static void test_dht22_line(void) {
  begin();
  measure();
  expect_fault("without the release", DHT22, MYCEL_SENSOR_OK);
  expect_number("at once again", measure() == 9 - 2, 1);
  expect_fault("within 2 s it rests", DHT22, MYCEL_SENSOR_NOT_READY);
  expect_number("which is no fault", sensors[DHT22].faults, 0);
  sim.now_ms += 2000;
  sim.dht22_release = true;
  measure();
  expect_fault("with the release", DHT22, MYCEL_SENSOR_OK);
  sim.now_ms += 2000;
  sim.dht22_missing = 2;
  measure();
  expect_fault("bits missing", DHT22, MYCEL_SENSOR_TIMEOUT);
}

static void test_wrong_device(void) {
  begin();
  sim.bme680_registers[0xd0] = 0x60;
  measure();
  expect_fault("a BME280", BME680, MYCEL_SENSOR_WRONG_DEVICE);
  begin();
  memset(sim.bme680_registers + 0xe1, 0xff, 14);
  measure();
  expect_fault("a calibration of all ones", BME680, MYCEL_SENSOR_WRONG_DEVICE);
}

/* What a PIR sees between two reports is in the second, once. */
static void test_seen(void) {
  begin();
  measure();
  sim.now_ms += 60000;
  sensors[PIR].seen = true;
  size_t count = measure();
  expect_number("seen in between", values[count - 1] == 1.0f, 1);
  count = measure();
  expect_number("and only once", values[count - 1] == 0.0f, 1);
}

static uint32_t random_state = 88172645u;

static uint8_t random_byte(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  random_state ^= random_state << 5;
  return (uint8_t)random_state;
}

/* Whatever the sensors say: a reading is within its range, or there is none. */
static void test_any_bytes(void) {
  long wrong = 0, readings = 0;
  begin();
  measure();
  for (int turn = 0; turn < 30000; turn++) {
    sim.now_ms += 60000;
    for (size_t i = 0; i < 256; i++) sim.bme680_registers[i] = random_byte();
    sim.bme680_registers[0xd0] = 0x61;
    if (turn % 16 == 0) sensors[BME680].begun = false;
    for (size_t i = 0; i < 6; i++) sim.sht31_answer[i] = random_byte();
    for (size_t i = 0; i < 2; i++) sim.bh1750_answer[i] = random_byte();
    for (size_t i = 0; i < 9; i++) sim.mhz19c_answer[i] = random_byte();
    for (size_t i = 0; i < 5; i++) sim.dht22_answer[i] = random_byte();
    sim.dht22_missing = random_byte() % 42;
    const size_t count = measure();
    readings += (long)count;
    for (size_t i = 0; i < count; i++) {
      if (!isfinite(values[i])) wrong++;
      if (channels[i] == MYCEL_CHANNEL_HUMIDITY && !(values[i] >= 0 && values[i] <= 100)) wrong++;
      if (channels[i] == MYCEL_CHANNEL_TEMPERATURE && fabsf(values[i]) > 125) wrong++;
    }
  }
  expect_number("any bytes: nothing impossible is reported", wrong, 0);
  expect_number("any bytes: light and motion always are", readings >= 2 * 30000, 1);
}

int main(void) {
  test_all_at_once();
  test_heater();
  test_faults();
  test_dht22_line();
  test_wrong_device();
  test_seen();
  test_any_bytes();
  return expect_end();
}
