#include "board.h"

#include "driver/gpio.h"
#include "driver/i2c_master.h"
#include "driver/ledc.h"
#include "driver/uart.h"
#include "esp_adc/adc_oneshot.h"
#include "esp_attr.h"
#include "esp_rom_sys.h"
#include "esp_rtc_time.h"
#include "esp_sleep.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

#define CO2_UART UART_NUM_2
#define CO2_BAUD 9600
#define I2C_HZ 100000
#define I2C_WAIT_MS 50
/* As many addresses as the sensors have. */
#define I2C_DEVICES_MAX 4
/* A DHT22 is high for 80 us at most. */
#define PULSE_US_MAX 200

/* Its pin is held through deep sleep, and boots as it was. PWM rests while the chip does. */
RTC_DATA_ATTR static bool relay_on;

static i2c_master_bus_handle_t i2c_bus;
static adc_oneshot_unit_handle_t adc;

static struct {
  uint8_t address;
  i2c_master_dev_handle_t device;
} i2c_devices[I2C_DEVICES_MAX];

static i2c_master_dev_handle_t device_at(uint8_t address) {
  for (size_t i = 0; i < I2C_DEVICES_MAX; i++) {
    if (i2c_devices[i].address == address) return i2c_devices[i].device;
    if (i2c_devices[i].device != NULL) continue;
    const i2c_device_config_t config = {
        .dev_addr_length = I2C_ADDR_BIT_LEN_7, .device_address = address, .scl_speed_hz = I2C_HZ};
    if (i2c_master_bus_add_device(i2c_bus, &config, &i2c_devices[i].device) != ESP_OK) return NULL;
    i2c_devices[i].address = address;
    return i2c_devices[i].device;
  }
  return NULL;
}

static mycel_bus_outcome i2c(void *context, uint8_t address, const uint8_t *out,
                             size_t out_length, uint8_t *in, size_t in_length) {
  (void)context;
  const i2c_master_dev_handle_t device = device_at(address);
  if (device == NULL) return MYCEL_BUS_ABSENT;
  esp_err_t error;
  if (in_length == 0) {
    error = i2c_master_transmit(device, out, out_length, I2C_WAIT_MS);
  } else if (out_length == 0) {
    error = i2c_master_receive(device, in, in_length, I2C_WAIT_MS);
  } else {
    error = i2c_master_transmit_receive(device, out, out_length, in, in_length, I2C_WAIT_MS);
  }
  if (error == ESP_OK) return MYCEL_BUS_OK;
  return error == ESP_ERR_TIMEOUT ? MYCEL_BUS_TIMEOUT : MYCEL_BUS_ABSENT;
}

static mycel_bus_outcome uart(void *context, const uint8_t *out, size_t out_length, uint8_t *in,
                              size_t in_length, uint32_t wait_ms) {
  (void)context;
  uart_flush_input(CO2_UART);
  uart_write_bytes(CO2_UART, out, out_length);
  const int read = uart_read_bytes(CO2_UART, in, (uint32_t)in_length, pdMS_TO_TICKS(wait_ms));
  return read == (int)in_length ? MYCEL_BUS_OK : MYCEL_BUS_TIMEOUT;
}

/* For how many us the pin stays at `level`; PULSE_US_MAX: it does not change. */
static uint32_t level_us(gpio_num_t pin, int level) {
  const int64_t from_us = esp_timer_get_time();
  while (gpio_get_level(pin) == level) {
    if (esp_timer_get_time() - from_us >= PULSE_US_MAX) return PULSE_US_MAX;
  }
  return (uint32_t)(esp_timer_get_time() - from_us);
}

static size_t pulses(void *context, uint8_t pin, uint32_t low_ms, uint8_t *high_us, size_t max) {
  (void)context;
  static portMUX_TYPE lock = portMUX_INITIALIZER_UNLOCKED;
  const gpio_num_t number = (gpio_num_t)pin;
  gpio_set_direction(number, GPIO_MODE_INPUT_OUTPUT_OD);
  gpio_set_pull_mode(number, GPIO_PULLUP_ONLY);
  gpio_set_level(number, 0);
  esp_rom_delay_us(low_ms * 1000 + 100);
  size_t count = 0;
  /* 5 ms: an interrupt in a bit would make a 0 a 1. */
  taskENTER_CRITICAL(&lock);
  gpio_set_level(number, 1);
  while (count < max) {
    if (level_us(number, 0) == PULSE_US_MAX) break;
    const uint32_t us = level_us(number, 1);
    if (us == PULSE_US_MAX) break;
    high_us[count++] = (uint8_t)us;
  }
  taskEXIT_CRITICAL(&lock);
  return count;
}

static bool pin(void *context, uint8_t number) {
  (void)context;
  return gpio_get_level((gpio_num_t)number) != 0;
}

/* Goes on through deep sleep, and no TIME_SYNC sets it. */
static uint32_t now_ms(void *context) {
  (void)context;
  return (uint32_t)(esp_rtc_get_time_us() / 1000);
}

static void sleep_ms(void *context, uint32_t ms) {
  (void)context;
  vTaskDelay(pdMS_TO_TICKS(ms) + 1);
}

const mycel_bus *board_bus(void) {
  static const mycel_bus bus = {.i2c = i2c,
                                .uart = uart,
                                .pulses = pulses,
                                .pin = pin,
                                .now_ms = now_ms,
                                .sleep_ms = sleep_ms};
  return &bus;
}

static void start_i2c(void) {
  const i2c_master_bus_config_t config = {.i2c_port = -1,
                                          .sda_io_num = MYCEL_PIN_SDA,
                                          .scl_io_num = MYCEL_PIN_SCL,
                                          .clk_source = I2C_CLK_SRC_DEFAULT,
                                          .glitch_ignore_cnt = 7,
                                          .flags.enable_internal_pullup = true};
  ESP_ERROR_CHECK(i2c_new_master_bus(&config, &i2c_bus));
}

static void start_co2_uart(void) {
  const uart_config_t config = {.baud_rate = CO2_BAUD, .data_bits = UART_DATA_8_BITS};
  ESP_ERROR_CHECK(uart_driver_install(CO2_UART, 256, 0, 0, NULL, 0));
  ESP_ERROR_CHECK(uart_param_config(CO2_UART, &config));
  ESP_ERROR_CHECK(uart_set_pin(CO2_UART, MYCEL_PIN_CO2_TX, MYCEL_PIN_CO2_RX, UART_PIN_NO_CHANGE,
                               UART_PIN_NO_CHANGE));
}

static void start_outputs(void) {
  ESP_ERROR_CHECK(gpio_set_direction(MYCEL_PIN_RELAY, GPIO_MODE_OUTPUT));
  gpio_set_level(MYCEL_PIN_RELAY, relay_on);
  gpio_hold_dis(MYCEL_PIN_RELAY);
  ESP_ERROR_CHECK(gpio_set_direction(MYCEL_PIN_PIR, GPIO_MODE_INPUT));
  const ledc_timer_config_t timer = {.speed_mode = LEDC_LOW_SPEED_MODE,
                                     .duty_resolution = LEDC_TIMER_10_BIT,
                                     .timer_num = LEDC_TIMER_0,
                                     .freq_hz = 1000,
                                     .clk_cfg = LEDC_AUTO_CLK};
  const ledc_channel_config_t channel = {.gpio_num = MYCEL_PIN_PWM,
                                         .speed_mode = LEDC_LOW_SPEED_MODE,
                                         .channel = LEDC_CHANNEL_0,
                                         .timer_sel = LEDC_TIMER_0};
  ESP_ERROR_CHECK(ledc_timer_config(&timer));
  ESP_ERROR_CHECK(ledc_channel_config(&channel));
}

static void start_battery(void) {
  const adc_oneshot_unit_init_cfg_t unit = {.unit_id = ADC_UNIT_1};
  const adc_oneshot_chan_cfg_t channel = {.atten = ADC_ATTEN_DB_12,
                                          .bitwidth = ADC_BITWIDTH_12};
  ESP_ERROR_CHECK(adc_oneshot_new_unit(&unit, &adc));
  ESP_ERROR_CHECK(adc_oneshot_config_channel(adc, MYCEL_ADC_BATTERY, &channel));
}

board_wake board_start(void) {
  start_i2c();
  start_co2_uart();
  start_outputs();
  start_battery();
  switch (esp_sleep_get_wakeup_cause()) {
    case ESP_SLEEP_WAKEUP_TIMER:
      return BOARD_TIMER;
    case ESP_SLEEP_WAKEUP_EXT0:
      return BOARD_MOTION;
    default:
      return BOARD_POWERED_ON;
  }
}

/* 12 bits over 3.1 V at 12 dB, half the battery; uncalibrated, some percent off. */
uint16_t board_battery_mv(void *context) {
  (void)context;
  int raw = 0;
  if (adc_oneshot_read(adc, MYCEL_ADC_BATTERY, &raw) != ESP_OK) return 0;
  return (uint16_t)(raw * 3100 / 4095 * 2);
}

void board_set_state(void *context, bool on) {
  (void)context;
  relay_on = on;
  gpio_set_level(MYCEL_PIN_RELAY, on);
}

void board_set_pwm(void *context, uint16_t duty) {
  (void)context;
  ledc_set_duty(LEDC_LOW_SPEED_MODE, LEDC_CHANNEL_0, duty > 1023 ? 1023 : duty);
  ledc_update_duty(LEDC_LOW_SPEED_MODE, LEDC_CHANNEL_0);
}

void board_sleep(uint32_t ms) {
  if (ms < BOARD_SLEEP_MS_MIN) return;
  esp_sleep_enable_timer_wakeup((uint64_t)ms * 1000);
  /* While it sees someone it would wake at once, and has been reported. */
  if (gpio_get_level(MYCEL_PIN_PIR) == 0) esp_sleep_enable_ext0_wakeup(MYCEL_PIN_PIR, 1);
  gpio_hold_en(MYCEL_PIN_RELAY);
  gpio_deep_sleep_hold_en();
  esp_deep_sleep_start();
}
