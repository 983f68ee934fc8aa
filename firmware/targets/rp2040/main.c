/*
 * An RP2040 (Raspberry Pi Pico) as a leaf over a UART: COBS frames to the hub at 115 200 baud. It has
 * power from there, and listens all the time.
 */
#include <string.h>

#include "hardware/adc.h"
#include "hardware/gpio.h"
#include "hardware/i2c.h"
#include "hardware/pwm.h"
#include "hardware/sync.h"
#include "hardware/uart.h"
#include "mycel_stream.h"
#include "node.h"
#include "pico/stdlib.h"

#ifdef MYCEL_INSTALL_CODE
#include "install_code.h"
#include "memory.h"
#endif

#ifndef MYCEL_LEAF_ID
#define MYCEL_LEAF_ID 1
#endif
/* Its version, as a sealed leaf registers it. */
#ifndef MYCEL_FIRMWARE
#define MYCEL_FIRMWARE 1
#endif
#ifndef MYCEL_INTERVAL_MS
#define MYCEL_INTERVAL_MS 30000
#endif

#define PIN_LINK_TX 0
#define PIN_LINK_RX 1
#define PIN_SDA 4
#define PIN_SCL 5
#define PIN_CO2_TX 8
#define PIN_CO2_RX 9
#define PIN_DHT22 15
#define PIN_PIR 14
#define PIN_RELAY 16
#define PIN_PWM 17
/* VSYS through the Pico's own divider by three, at ADC 3. */
#define PIN_VSYS 29
#define ADC_VSYS 3

#define LINK_BAUD 115200
#define CO2_BAUD 9600
#define I2C_HZ 100000
#define I2C_WAIT_US 50000
#define PULSE_US_MAX 200

static mycel_bus_outcome i2c_outcome(int done, size_t wanted) {
  if (done == (int)wanted) return MYCEL_BUS_OK;
  return done == PICO_ERROR_TIMEOUT ? MYCEL_BUS_TIMEOUT : MYCEL_BUS_ABSENT;
}

static mycel_bus_outcome i2c(void *context, uint8_t address, const uint8_t *out,
                             size_t out_length, uint8_t *in, size_t in_length) {
  (void)context;
  mycel_bus_outcome outcome = MYCEL_BUS_OK;
  if (out_length > 0) {
    const bool nostop = in_length > 0;
    outcome = i2c_outcome(
        i2c_write_timeout_us(i2c0, address, out, out_length, nostop, I2C_WAIT_US), out_length);
  }
  if (outcome != MYCEL_BUS_OK || in_length == 0) return outcome;
  return i2c_outcome(i2c_read_timeout_us(i2c0, address, in, in_length, false, I2C_WAIT_US),
                     in_length);
}

static mycel_bus_outcome co2_uart(void *context, const uint8_t *out, size_t out_length,
                                  uint8_t *in, size_t in_length, uint32_t wait_ms) {
  (void)context;
  while (uart_is_readable(uart1)) uart_getc(uart1);
  uart_write_blocking(uart1, out, out_length);
  for (size_t i = 0; i < in_length; i++) {
    if (!uart_is_readable_within_us(uart1, wait_ms * 1000)) return MYCEL_BUS_TIMEOUT;
    in[i] = (uint8_t)uart_getc(uart1);
  }
  return MYCEL_BUS_OK;
}

/* For how many us the pin stays at `level`; PULSE_US_MAX: it does not change. */
static uint32_t level_us(uint pin, bool level) {
  const uint32_t from_us = time_us_32();
  while (gpio_get(pin) == level) {
    if (time_us_32() - from_us >= PULSE_US_MAX) return PULSE_US_MAX;
  }
  return time_us_32() - from_us;
}

/* The line is pulled up: driven low as an output, let go as an input. */
static size_t pulses(void *context, uint8_t pin, uint32_t low_ms, uint8_t *high_us, size_t max) {
  (void)context;
  gpio_pull_up(pin);
  gpio_put(pin, false);
  gpio_set_dir(pin, GPIO_OUT);
  sleep_ms(low_ms);
  size_t count = 0;
  /* 5 ms: an interrupt in a bit would make a 0 a 1. */
  const uint32_t interrupts = save_and_disable_interrupts();
  gpio_set_dir(pin, GPIO_IN);
  while (count < max) {
    if (level_us(pin, false) == PULSE_US_MAX) break;
    const uint32_t us = level_us(pin, true);
    if (us == PULSE_US_MAX) break;
    high_us[count++] = (uint8_t)us;
  }
  restore_interrupts(interrupts);
  return count;
}

static bool read_pin(void *context, uint8_t pin) {
  (void)context;
  return gpio_get(pin);
}

static uint32_t now_ms(void *context) {
  (void)context;
  return to_ms_since_boot(get_absolute_time());
}

static void wait_for_ms(void *context, uint32_t ms) {
  (void)context;
  sleep_ms(ms);
}

static const mycel_bus bus = {.i2c = i2c,
                              .uart = co2_uart,
                              .pulses = pulses,
                              .pin = read_pin,
                              .now_ms = now_ms,
                              .sleep_ms = wait_for_ms};

static void send_frame(void *context, const uint8_t *frame, size_t length) {
  (void)context;
  uint8_t stream[MYCEL_STREAM_BYTES_MAX];
  uart_write_blocking(uart0, stream, mycel_to_stream(frame, length, stream));
}

static size_t receive(uint8_t *frame, size_t max, uint32_t wait_ms) {
  static mycel_splitter splitter;
  const uint32_t from_ms = now_ms(NULL);
  for (;;) {
    const uint32_t passed_ms = now_ms(NULL) - from_ms;
    if (passed_ms > wait_ms) return 0;
    /* A quarter of an hour of us fits 32 bits. */
    const uint32_t left_ms = wait_ms - passed_ms < 900000 ? wait_ms - passed_ms : 900000;
    if (!uart_is_readable_within_us(uart0, left_ms * 1000)) return 0;
    if (mycel_splitter_feed(&splitter, (uint8_t)uart_getc(uart0)) != MYCEL_STREAM_FRAME) continue;
    if (splitter.length > max) continue;
    memcpy(frame, splitter.frame, splitter.length);
    return splitter.length;
  }
}

static uint16_t battery_mv(void *context) {
  (void)context;
  adc_select_input(ADC_VSYS);
  return (uint16_t)((uint32_t)adc_read() * 3300 / 4095 * 3);
}

static void set_state(void *context, bool on) {
  (void)context;
  gpio_put(PIN_RELAY, on);
}

static void set_pwm(void *context, uint16_t duty) {
  (void)context;
  pwm_set_gpio_level(PIN_PWM, duty);
}

static void start_pins(void) {
  i2c_init(i2c0, I2C_HZ);
  gpio_set_function(PIN_SDA, GPIO_FUNC_I2C);
  gpio_set_function(PIN_SCL, GPIO_FUNC_I2C);
  gpio_pull_up(PIN_SDA);
  gpio_pull_up(PIN_SCL);
  uart_init(uart0, LINK_BAUD);
  gpio_set_function(PIN_LINK_TX, GPIO_FUNC_UART);
  gpio_set_function(PIN_LINK_RX, GPIO_FUNC_UART);
  uart_init(uart1, CO2_BAUD);
  gpio_set_function(PIN_CO2_TX, GPIO_FUNC_UART);
  gpio_set_function(PIN_CO2_RX, GPIO_FUNC_UART);
  gpio_init(PIN_DHT22);
  gpio_init(PIN_PIR);
  gpio_init(PIN_RELAY);
  gpio_set_dir(PIN_RELAY, GPIO_OUT);
  gpio_set_function(PIN_PWM, GPIO_FUNC_PWM);
  pwm_set_wrap(pwm_gpio_to_slice_num(PIN_PWM), 1023);
  pwm_set_enabled(pwm_gpio_to_slice_num(PIN_PWM), true);
  adc_init();
  adc_gpio_init(PIN_VSYS);
}

#ifdef MYCEL_INSTALL_CODE
static void start(mycel_node_leaf *leaf, const mycel_board *board) {
  static mycel_sealed_board sealed;
  sealed = (mycel_sealed_board){.board = *board,
                                .firmware = MYCEL_FIRMWARE,
                                .load = memory_load,
                                .save = memory_save,
                                .random = memory_random};
  memory_eui(sealed.eui);
  install_code(sealed.install_code);
  mycel_sealed_leaf_start(leaf, &sealed, MYCEL_INTERVAL_MS, now_ms(NULL));
}
#else
static void start(mycel_node_leaf *leaf, const mycel_board *board) {
  mycel_leaf_start(leaf, board, MYCEL_LEAF_ID, MYCEL_INTERVAL_MS, now_ms(NULL));
}
#endif

int main(void) {
  static mycel_bme680_memory bme680 = MYCEL_BME680_MEMORY;
  /* Strike out what the board does not have. */
  static mycel_sensor sensors[] = {
      {.driver = &mycel_bme680, .at = 0x77, .memory = &bme680},
      {.driver = &mycel_sht31, .at = 0x44},
      {.driver = &mycel_bh1750, .at = 0x23},
      {.driver = &mycel_mhz19c},
      {.driver = &mycel_dht22, .at = PIN_DHT22},
      {.driver = &mycel_pir, .at = PIN_PIR},
  };
  static const uint8_t capabilities[] = {
      MYCEL_CHANNEL_TEMPERATURE,    MYCEL_CHANNEL_HUMIDITY, MYCEL_CHANNEL_PRESSURE,
      MYCEL_CHANNEL_GAS_RESISTANCE, MYCEL_CHANNEL_CO2,      MYCEL_CHANNEL_ILLUMINANCE,
      MYCEL_CHANNEL_MOTION,         MYCEL_ACTUATOR_RELAY,   MYCEL_ACTUATOR_PWM};
  static mycel_node_leaf leaf;
  static mycel_node node = {.leaf = &leaf,
                            .sensors = sensors,
                            .sensor_count = sizeof sensors / sizeof sensors[0],
                            .bus = &bus,
                            .receive = receive};
  static const mycel_board board = {.context = &node,
                                    .hardware = MYCEL_HARDWARE_PICO,
                                    .capabilities = capabilities,
                                    .capability_count = sizeof capabilities,
                                    .measure = mycel_node_measure,
                                    .battery_mv = battery_mv,
                                    .send = send_frame,
                                    .set_state = set_state,
                                    .set_pwm = set_pwm};
  start_pins();
  start(&leaf, &board);
  for (;;) mycel_node_turn(&node);
}
