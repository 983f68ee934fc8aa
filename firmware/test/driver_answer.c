/*
 * What a driver makes of a sensor's bytes: `SENSOR HEX` a line on standard input, on standard output
 * `channel value ...` in hex of the channel, or the name of the fault.
 */
#include <stdio.h>
#include <string.h>

#include "frame_json.h"
#include "mycel_sensors.h"
#include "sim_sensors.h"

static const struct {
  const mycel_driver *driver;
  uint8_t at;
} kinds[] = {
    {&mycel_bme680, SIM_BME680}, {&mycel_sht31, SIM_SHT31},       {&mycel_bh1750, SIM_BH1750},
    {&mycel_mhz19c, 0},          {&mycel_dht22, SIM_DHT22_PIN}, {&mycel_pir, SIM_PIR_PIN},
};

static void answer(const char *name, const uint8_t *bytes, size_t length) {
  sim_sensors sim = {.now_ms = 1};
  const mycel_bus bus = sim_bus(&sim);
  mycel_bme680_memory memory = MYCEL_BME680_MEMORY;
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    if (strcmp(name, kinds[i].driver->name) != 0) continue;
    /* Begun a minute ago: what warms up has done so. */
    mycel_sensor sensor = {kinds[i].driver, kinds[i].at, &memory, false, false, false, false,
                           MYCEL_SENSOR_OK, 0,           1,       0};
    sim.now_ms += 60000;
    uint8_t channels[MYCEL_SENSOR_CHANNELS_MAX];
    float values[MYCEL_SENSOR_CHANNELS_MAX];
    if (!sim_answer(&sim, name, bytes, length)) break;
    const size_t count = mycel_sensors_measure(&sensor, 1, &bus, channels, values, 4);
    if (sensor.fault != MYCEL_SENSOR_OK) printf("%s", mycel_sensor_fault_names[sensor.fault]);
    for (size_t k = 0; k < count; k++) printf("%d %.9g ", channels[k], (double)values[k]);
    return;
  }
  printf("no such sensor, or not its number of bytes");
}

int main(void) {
  static char line[512];
  static uint8_t bytes[256];
  while (fgets(line, sizeof line, stdin) != NULL) {
    const char *name = strtok(line, " \n");
    const char *hex = strtok(NULL, " \n");
    const int length = hex == NULL ? -1 : bytes_of_hex(hex, bytes, sizeof bytes);
    if (length >= 0) answer(name, bytes, (size_t)length);
    putchar('\n');
  }
  return 0;
}
