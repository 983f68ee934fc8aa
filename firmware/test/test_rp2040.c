/*
 * The RP2040 leaf as it is, ten minutes of virtual time: its main(), the SDK's calls behind
 * targets/shims/pico-sdk, a hub at the other end of the UART.
 */
#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "mycel_frame.h"
#include "mycel_stream.h"
#include "pico_sdk.h"
#include "sim_sensors.h"

/* The Makefile calls its main() so. */
int rp2040_main(void);

#define END_US 600000000ull
/* As in targets/rp2040/main.c. */
#define PIN_DHT22 15
#define PIN_PIR 14
#define PIN_RELAY 16

struct uart_inst {
  uint8_t bytes[512];
  size_t at, filled;
};

static struct uart_inst link_uart, co2;
uart_inst_t *const uart0 = &link_uart, *const uart1 = &co2;
i2c_inst_t *const i2c0 = NULL;

static uint64_t now_us;
static jmp_buf ended;
static sim_sensors sim;
static mycel_bus bus;
static bool relay, dht_out;
static uint64_t dht_low_us, dht_from_us;
static uint16_t duty;

static struct {
  long reports, acks, heartbeats, registers, damaged;
  float newest[256];
  uint16_t battery_mv;
} hub;

static void pass_us(uint64_t us) {
  now_us += us;
  sim.now_ms = (uint32_t)(now_us / 1000);
  if (now_us >= END_US) longjmp(ended, 1);
}

absolute_time_t get_absolute_time(void) { return now_us; }
uint32_t to_ms_since_boot(absolute_time_t time) { return (uint32_t)(time / 1000); }
uint32_t time_us_32(void) { return (uint32_t)now_us; }
void sleep_ms(uint32_t ms) { pass_us((uint64_t)ms * 1000); }
uint32_t save_and_disable_interrupts(void) { return 0; }
void restore_interrupts(uint32_t status) { (void)status; }

void gpio_init(uint pin) { (void)pin; }
void gpio_set_function(uint pin, gpio_function_t function) { (void)pin, (void)function; }
void gpio_pull_up(uint pin) { (void)pin; }

void gpio_put(uint pin, bool value) {
  if (pin == PIN_RELAY) relay = value;
}

/* Driven low while it is an output; from the change to an input on the sensor answers. */
void gpio_set_dir(uint pin, bool out) {
  if (pin != PIN_DHT22) return;
  if (out) dht_low_us = now_us;
  if (!out && dht_out) dht_from_us = now_us - dht_low_us >= 1000 ? now_us : 0;
  dht_out = out;
}

static bool dht_level(uint64_t us) {
  if (us < 30) return true;
  us -= 30;
  if (us < 160) return us >= 80;
  us -= 160;
  for (int bit = 0; bit < 40; bit++) {
    const uint64_t high_us = sim.dht22_answer[bit / 8] >> (7 - bit % 8) & 1 ? 70 : 27;
    if (us < 50 + high_us) return us >= 50;
    us -= 50 + high_us;
  }
  return us >= 50;
}

bool gpio_get(uint pin) {
  if (pin == PIN_PIR) return sim.pir;
  pass_us(1);
  return pin != PIN_DHT22 || dht_from_us == 0 || dht_level(now_us - dht_from_us);
}

uint i2c_init(i2c_inst_t *i2c, uint hz) {
  (void)i2c;
  return hz;
}

static int i2c_result(mycel_bus_outcome outcome, size_t length) {
  if (outcome == MYCEL_BUS_OK) return (int)length;
  return outcome == MYCEL_BUS_TIMEOUT ? PICO_ERROR_TIMEOUT : PICO_ERROR_GENERIC;
}

int i2c_write_timeout_us(i2c_inst_t *i2c, uint8_t address, const uint8_t *from, size_t length,
                         bool nostop, uint wait_us) {
  (void)i2c, (void)nostop, (void)wait_us;
  pass_us(length * 100);
  return i2c_result(bus.i2c(&sim, address, from, length, NULL, 0), length);
}

int i2c_read_timeout_us(i2c_inst_t *i2c, uint8_t address, uint8_t *to, size_t length, bool nostop,
                        uint wait_us) {
  (void)i2c, (void)nostop, (void)wait_us;
  pass_us(length * 100);
  return i2c_result(bus.i2c(&sim, address, NULL, 0, to, length), length);
}

uint uart_init(uart_inst_t *uart, uint baud) {
  (void)uart;
  return baud;
}

bool uart_is_readable(uart_inst_t *uart) { return uart->at < uart->filled; }

bool uart_is_readable_within_us(uart_inst_t *uart, uint32_t us) {
  if (!uart_is_readable(uart)) pass_us(us);
  return uart_is_readable(uart);
}

char uart_getc(uart_inst_t *uart) { return (char)uart->bytes[uart->at++]; }

static void say(const uint8_t *frame, size_t length) {
  uint8_t stream[MYCEL_STREAM_BYTES_MAX];
  const size_t bytes = mycel_to_stream(frame, length, stream);
  if (link_uart.at == link_uart.filled) link_uart.at = link_uart.filled = 0;
  memcpy(link_uart.bytes + link_uart.filled, stream, bytes);
  link_uart.filled += bytes;
}

static void hear(const uint8_t *frame, size_t length) {
  uint8_t command[MYCEL_FRAME_BYTES_MAX];
  if (mycel_check_frame(frame, length) != MYCEL_SOUND) {
    hub.damaged++;
    return;
  }
  switch (mycel_frame_type(frame)) {
    case MYCEL_MESSAGE_SENSOR_REPORT:
      for (size_t i = 0; i < mycel_report_count(frame); i++) {
        hub.newest[mycel_report_channel(frame, i)] = mycel_report_value(frame, i);
      }
      hub.reports++;
      if (hub.reports == 5) {
        say(command, mycel_write_command(command, 1, MYCEL_COMMAND_SET_STATE, 1));
        say(command, mycel_write_command(command, 1, MYCEL_COMMAND_SET_PWM, 512));
      }
      break;
    case MYCEL_MESSAGE_HEARTBEAT:
      hub.heartbeats++;
      hub.battery_mv = mycel_heartbeat_battery_mv(frame);
      break;
    case MYCEL_MESSAGE_REGISTER:
      hub.registers++;
      break;
    default:
      hub.acks++;
  }
}

void uart_write_blocking(uart_inst_t *uart, const uint8_t *from, size_t length) {
  if (uart == &link_uart) {
    static mycel_splitter splitter;
    for (size_t i = 0; i < length; i++) {
      if (mycel_splitter_feed(&splitter, from[i]) != MYCEL_STREAM_FRAME) continue;
      hear(splitter.frame, splitter.length);
    }
  } else if (bus.uart(&sim, from, length, co2.bytes, 9, 0) == MYCEL_BUS_OK) {
    co2.at = 0;
    co2.filled = 9;
  }
}

void adc_init(void) {}
void adc_gpio_init(uint pin) { (void)pin; }
void adc_select_input(uint input) { (void)input; }
uint16_t adc_read(void) { return 2048; }
uint pwm_gpio_to_slice_num(uint pin) { return pin; }
void pwm_set_wrap(uint slice, uint16_t wrap) { (void)slice, (void)wrap; }
void pwm_set_enabled(uint slice, bool enabled) { (void)slice, (void)enabled; }

void pwm_set_gpio_level(uint pin, uint16_t level) {
  (void)pin;
  duty = level;
}

static bool is_near(float value, float wanted) { return fabsf(value - wanted) < 0.01f; }

int main(void) {
  now_us = 1000;
  sim.now_ms = 1;
  sim.bme680.absent = true;
  bus = sim_bus(&sim);
  sim_answer(&sim, "sht31", (const uint8_t *)"\x66\x66\x93\x80\x00\xa2", 6);
  sim_answer(&sim, "bh1750", (const uint8_t *)"\x01\x10", 2);
  sim_answer(&sim, "mhz19c", (const uint8_t *)"\xff\x86\x02\x60\x47\x00\x00\x00\xd1", 9);
  sim_answer(&sim, "dht22", (const uint8_t *)"\x02\x8c\x01\x5f\xee", 5);
  sim.pir = true;
  if (setjmp(ended) == 0) rp2040_main();
  expect_number("registers", hub.registers, 1);
  expect_number("a report every half minute", hub.reports, 20);
  expect_number("a heartbeat with every sixth", hub.heartbeats, 4);
  expect_number("two commands acknowledged", hub.acks, 2);
  expect_number("relay", relay, 1);
  expect_number("duty", duty, 512);
  expect_number("nothing else on the line", hub.damaged, 0);
  expect_number("battery: 2048 of 4095 of 3.3 V by three", hub.battery_mv, 4950);
  expect_number("humidity by DHT22", is_near(hub.newest[MYCEL_CHANNEL_HUMIDITY], 65.2f), 1);
  expect_number("light", is_near(hub.newest[MYCEL_CHANNEL_ILLUMINANCE], 226.67f), 1);
  expect_number("CO2", is_near(hub.newest[MYCEL_CHANNEL_CO2], 608), 1);
  expect_number("motion", is_near(hub.newest[MYCEL_CHANNEL_MOTION], 1), 1);
  return expect_end();
}
