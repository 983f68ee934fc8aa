#include "sim_rp2040.h"

#include <setjmp.h>
#include <string.h>

#include "mycel_stream.h"
#include "pico_sdk.h"

/* As in targets/rp2040/main.c. */
#define PIN_DHT22 15
#define PIN_PIR 14
#define PIN_RELAY 16

struct uart_inst {
  uint8_t bytes[2048];
  size_t at, filled;
};

static struct uart_inst link_uart, co2;
uart_inst_t *const uart0 = &link_uart, *const uart1 = &co2;
i2c_inst_t *const i2c0 = NULL;
uint8_t sim_flash[PICO_FLASH_SIZE_BYTES];

enum { CUT = 1, ENDED };

static sim_rp2040 *pico;
static jmp_buf power;
static uint64_t booted_us;
static mycel_bus bus;
static bool dht_out;
static uint64_t dht_low_us, dht_from_us;

static bool goes_off(uint64_t us) {
  return pico->cuts_at < pico->cuts_count && pico->now_us + us >= pico->cuts_us[pico->cuts_at];
}

static void pass_us(uint64_t us) {
  const bool is_cut = goes_off(us);
  pico->now_us = is_cut ? pico->cuts_us[pico->cuts_at++] : pico->now_us + us;
  pico->sensors.now_ms = (uint32_t)(pico->now_us / 1000);
  if (pico->now_us >= pico->end_us) longjmp(power, ENDED);
  if (is_cut) longjmp(power, CUT);
}

void sim_rp2040_run(sim_rp2040 *sim, int (*program)(void)) {
  pico = sim;
  bus = sim_bus(&sim->sensors);
  memset(sim_flash, 0x5a, sizeof sim_flash);
  if (setjmp(power) == ENDED) return;
  link_uart.at = link_uart.filled = 0;
  dht_out = sim->relay = false;
  booted_us = sim->now_us;
  sim->boots++;
  program();
}

/* A cut leaves the first half done. */
void flash_range_erase(uint32_t offset, size_t length) {
  memset(sim_flash + offset, 0xff, length / 2);
  pass_us(45000);
  memset(sim_flash + offset, 0xff, length);
}

static void program_flash(uint32_t offset, const uint8_t *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) sim_flash[offset + i] &= bytes[i];
}

void flash_range_program(uint32_t offset, const uint8_t *bytes, size_t length) {
  /* In the midst of a note, whose bytes are the first. */
  program_flash(offset, bytes, 40);
  pass_us(700);
  program_flash(offset, bytes, length);
  pico->notes++;
}

uint32_t get_rand_32(void) { return pico->drawn++; }

void pico_get_unique_board_id(pico_unique_board_id_t *id) {
  memcpy(id->id, "\xe6\x60\x58\x38\x83\x00\x00\x07", sizeof id->id);
}

absolute_time_t get_absolute_time(void) { return pico->now_us - booted_us; }
uint32_t to_ms_since_boot(absolute_time_t time) { return (uint32_t)(time / 1000); }
uint32_t time_us_32(void) { return (uint32_t)(pico->now_us - booted_us); }
void sleep_ms(uint32_t ms) { pass_us((uint64_t)ms * 1000); }
uint32_t save_and_disable_interrupts(void) { return 0; }
void restore_interrupts(uint32_t status) { (void)status; }

void gpio_init(uint pin) { (void)pin; }
void gpio_set_function(uint pin, gpio_function_t function) { (void)pin, (void)function; }
void gpio_pull_up(uint pin) { (void)pin; }

void gpio_put(uint pin, bool value) {
  if (pin == PIN_RELAY) pico->relay = value;
}

/* Driven low while it is an output; from the change to an input on the sensor answers. */
void gpio_set_dir(uint pin, bool out) {
  if (pin != PIN_DHT22) return;
  if (out) dht_low_us = pico->now_us;
  if (!out && dht_out) {
    dht_from_us = pico->now_us - dht_low_us >= 1000 ? pico->now_us : 0;
  }
  dht_out = out;
}

static bool dht_level(uint64_t us) {
  if (us < 30) return true;
  us -= 30;
  if (us < 160) return us >= 80;
  us -= 160;
  for (int bit = 0; bit < 40; bit++) {
    const uint64_t high_us = pico->sensors.dht22_answer[bit / 8] >> (7 - bit % 8) & 1 ? 70 : 27;
    if (us < 50 + high_us) return us >= 50;
    us -= 50 + high_us;
  }
  return us >= 50;
}

bool gpio_get(uint pin) {
  if (pin == PIN_PIR) return pico->sensors.pir;
  pass_us(1);
  return pin != PIN_DHT22 || dht_from_us == 0 || dht_level(pico->now_us - dht_from_us);
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
  return i2c_result(bus.i2c(&pico->sensors, address, from, length, NULL, 0), length);
}

int i2c_read_timeout_us(i2c_inst_t *i2c, uint8_t address, uint8_t *to, size_t length, bool nostop,
                        uint wait_us) {
  (void)i2c, (void)nostop, (void)wait_us;
  pass_us(length * 100);
  return i2c_result(bus.i2c(&pico->sensors, address, NULL, 0, to, length), length);
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

void sim_rp2040_say(const uint8_t *frame, size_t length) {
  uint8_t stream[MYCEL_STREAM_BYTES_MAX];
  const size_t bytes = mycel_to_stream(frame, length, stream);
  if (link_uart.at == link_uart.filled) link_uart.at = link_uart.filled = 0;
  memcpy(link_uart.bytes + link_uart.filled, stream, bytes);
  link_uart.filled += bytes;
}

void uart_write_blocking(uart_inst_t *uart, const uint8_t *from, size_t length) {
  if (uart == &link_uart) {
    static mycel_splitter splitter;
    for (size_t i = 0; i < length; i++) {
      if (mycel_splitter_feed(&splitter, from[i]) != MYCEL_STREAM_FRAME) continue;
      pico->on_frame(pico, splitter.frame, splitter.length);
    }
  } else if (bus.uart(&pico->sensors, from, length, co2.bytes, 9, 0) == MYCEL_BUS_OK) {
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
  pico->duty = level;
}
