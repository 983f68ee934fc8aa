/*
 * An ESP32 as a leaf, over ESP-NOW or a UART. Over ESP-NOW it sleeps deeply between reports: what
 * it is to know afterwards lies in RTC memory, all else begins anew with each wake.
 */
#include <sys/time.h>

#include "board.h"
#include "esp_attr.h"
#include "node.h"
#include "radio.h"

#ifdef MYCEL_INSTALL_CODE
#include "install_code.h"
#include "memory.h"
/* What waits for its answer lies in RTC memory too, which has 8 KB. */
_Static_assert(sizeof(mycel_sealed_leaf) < 6000, "the leaf has room in RTC memory");
#endif

/* A hub answers a report at once; ESP-NOW and a gateway's batch take some 10 ms. */
#define LISTEN_MS 120

enum { BME680, SHT31, BH1750, CO2, DHT22, PIR };

RTC_DATA_ATTR static mycel_node_leaf leaf;
RTC_DATA_ATTR static mycel_bme680_memory bme680 = MYCEL_BME680_MEMORY;
/* Strike out what the board does not have. */
RTC_DATA_ATTR static mycel_sensor sensors[] = {
    [BME680] = {.driver = &mycel_bme680, .at = 0x77, .memory = &bme680},
    [SHT31] = {.driver = &mycel_sht31, .at = 0x44},
    [BH1750] = {.driver = &mycel_bh1750, .at = 0x23},
    [CO2] = {.driver = &mycel_mhz19c},
    [DHT22] = {.driver = &mycel_dht22, .at = MYCEL_PIN_DHT22},
    [PIR] = {.driver = &mycel_pir, .at = MYCEL_PIN_PIR},
};

static void set_clock(void *context, uint32_t unix_s) {
  (void)context;
  const struct timeval time = {.tv_sec = unix_s};
  settimeofday(&time, NULL);
}

#ifdef MYCEL_INSTALL_CODE
/* The same with each wake, as `board`. NVS has what a loss of power must not take back. */
static void start(const mycel_board *board, bool is_new, uint32_t now_ms) {
  static mycel_sealed_board sealed;
  sealed = (mycel_sealed_board){.board = *board,
                                .flags = radio_lets_sleep ? MYCEL_REGISTER_FLAG_SLEEPS : 0,
                                .firmware = MYCEL_FIRMWARE,
                                .load = memory_load,
                                .save = memory_save,
                                .random = memory_random};
  memory_eui(sealed.eui);
  install_code(sealed.install_code);
  if (is_new) mycel_sealed_leaf_start(&leaf, &sealed, MYCEL_INTERVAL_MS, now_ms);
}
#else
static void start(const mycel_board *board, bool is_new, uint32_t now_ms) {
  if (is_new) mycel_leaf_start(&leaf, board, MYCEL_LEAF_ID, MYCEL_INTERVAL_MS, now_ms);
}
#endif

void app_main(void) {
  static const uint8_t capabilities[] = {
      MYCEL_CHANNEL_TEMPERATURE,    MYCEL_CHANNEL_HUMIDITY, MYCEL_CHANNEL_PRESSURE,
      MYCEL_CHANNEL_GAS_RESISTANCE, MYCEL_CHANNEL_CO2,      MYCEL_CHANNEL_ILLUMINANCE,
      MYCEL_CHANNEL_MOTION,         MYCEL_ACTUATOR_RELAY,   MYCEL_ACTUATOR_PWM};
  static mycel_node node;
  /* At the same address after each wake: `leaf` keeps a pointer to it. */
  static const mycel_board board = {.context = &node,
                                    .hardware = MYCEL_HARDWARE_ESP32,
                                    .capabilities = capabilities,
                                    .capability_count = sizeof capabilities,
                                    .measure = mycel_node_measure,
                                    .battery_mv = board_battery_mv,
                                    .send = radio_send,
                                    .set_state = board_set_state,
                                    .set_pwm = board_set_pwm,
                                    .set_clock = set_clock};
  const board_wake wake = board_start();
  const mycel_bus *bus = board_bus();
  node = (mycel_node){.leaf = &leaf,
                      .sensors = sensors,
                      .sensor_count = sizeof sensors / sizeof sensors[0],
                      .bus = bus,
                      .receive = radio_receive,
                      .sleep = radio_lets_sleep ? board_sleep : NULL,
                      .listen_ms = LISTEN_MS};
  radio_start();
  start(&board, wake == BOARD_POWERED_ON, bus->now_ms(bus->context));
  if (wake == BOARD_MOTION) {
    sensors[PIR].seen = true;
    /* Motion is not left until the next report. */
    leaf.wait_ms = 0;
  }
  for (;;) mycel_node_turn(&node);
}
