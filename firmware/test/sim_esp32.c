#include "sim_esp32.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "esp_idf.h"
#include "lwip/sockets.h"

/* As in targets/esp32/main/board.h. */
#define PIN_DHT22 4
#define PIN_PIR 27
#define PIN_RELAY 18
#define CO2_UART 2

/* The app's memory but RTC memory; the Makefile names its sections so. */
extern uint8_t __start_app_data[] __attribute__((weak));
extern uint8_t __stop_app_data[] __attribute__((weak));
extern uint8_t __start_app_zero[] __attribute__((weak));
extern uint8_t __stop_app_zero[] __attribute__((weak));
extern uint8_t __start_rtc_data[] __attribute__((weak));
extern uint8_t __stop_rtc_data[] __attribute__((weak));

enum { SLEPT = 1, CUT, ENDED };

static sim_esp32 *esp;
static jmp_buf boot;
static mycel_bus bus;
static uint64_t booted_us;
static esp_sleep_wakeup_cause_t cause;
static bool has_power;
static uint64_t timer_us;
static bool wakes_on_motion;
static esp_now_recv_cb_t receiver;
static bool relay_held;
/* Twenty at most, and none twice, as the radio has it. */
static uint8_t peers[21][6];
static size_t peer_count;
static esp_event_handler_t on_wifi;
/* The DHT22 answers from here on; 0: nobody asked. */
static uint64_t dht_from_us, dht_low_us;
static bool dht_low;

void esp_shim_check(esp_err_t error, const char *what) {
  if (error == ESP_OK) return;
  printf("%s: %d\n", what, error);
  abort();
}

static bool moves(uint64_t at_us) {
  for (size_t i = 0; i < esp->events_count; i++) {
    const uint64_t from_us = esp->events[i].at_us;
    if (at_us >= from_us && at_us < from_us + esp->events[i].motion_us) return true;
  }
  return false;
}

static void deliver(size_t index) {
  uint8_t source[6] = {0x24, 0x0a, 0xc4, 0, 0, esp->events[index].from};
  const esp_now_recv_info_t info = {.src_addr = source, .des_addr = source};
  uint8_t frame[250];
  const uint8_t length = esp->events[index].length;
  memcpy(frame, esp->events[index].frame, length);
  esp->events[index].length = 0;
  if (receiver != NULL) receiver(&info, frame, length);
  else esp->deaf++;
}

static void pass_to(uint64_t at_us) {
  const bool is_cut = esp->cuts_at < esp->cuts_count && at_us >= esp->cuts_us[esp->cuts_at];
  if (is_cut) at_us = esp->cuts_us[esp->cuts_at];
  for (;;) {
    size_t next = SIM_EVENTS_MAX;
    for (size_t i = 0; i < esp->events_count; i++) {
      if (esp->events[i].length == 0 || esp->events[i].at_us > at_us) continue;
      if (next == SIM_EVENTS_MAX || esp->events[i].at_us < esp->events[next].at_us) next = i;
    }
    if (next == SIM_EVENTS_MAX) break;
    if (esp->events[next].at_us > esp->now_us) esp->now_us = esp->events[next].at_us;
    deliver(next);
  }
  if (at_us > esp->now_us) esp->now_us = at_us;
  if (esp->now_us >= esp->end_us) longjmp(boot, ENDED);
  if (!is_cut) return;
  esp->cuts_at++;
  has_power = false;
  longjmp(boot, CUT);
}

/* The sensors' clock is ours. */
static sim_sensors *sensors(void) {
  esp->sensors.now_ms = (uint32_t)(esp->now_us / 1000);
  return &esp->sensors;
}

__attribute__((no_sanitize_address)) static void copy(uint8_t *to, const uint8_t *from,
                                                      size_t bytes) {
  for (size_t i = 0; i < bytes; i++) ((volatile uint8_t *)to)[i] = from[i];
}

void sim_esp32_run(sim_esp32 *sim, void (*app)(void)) {
  esp = sim;
  bus = sim_bus(&sim->sensors);
  const size_t data_bytes = (size_t)(__stop_app_data - __start_app_data);
  const size_t zero_bytes = (size_t)(__stop_app_zero - __start_app_zero);
  const size_t rtc_bytes = (size_t)(__stop_rtc_data - __start_rtc_data);
  uint8_t *const at_power_on = malloc(data_bytes + zero_bytes + rtc_bytes + 1);
  if (at_power_on == NULL) abort();
  copy(at_power_on, __start_app_data, data_bytes);
  copy(at_power_on + data_bytes, __start_app_zero, zero_bytes);
  copy(at_power_on + data_bytes + zero_bytes, __start_rtc_data, rtc_bytes);
  has_power = false;
  if (setjmp(boot) != ENDED) {
    copy(__start_app_data, at_power_on, data_bytes);
    copy(__start_app_zero, at_power_on + data_bytes, zero_bytes);
    if (!has_power) {
      copy(__start_rtc_data, at_power_on + data_bytes + zero_bytes, rtc_bytes);
      cause = ESP_SLEEP_WAKEUP_UNDEFINED;
      relay_held = sim->relay = false;
      has_power = true;
    }
    receiver = NULL;
    peer_count = 0;
    wakes_on_motion = false;
    booted_us = sim->now_us;
    sim->boots++;
    app();
    abort();
  }
  free(at_power_on);
}

bool sim_esp32_deliver(sim_esp32 *sim, uint64_t at_us, const uint8_t *frame, size_t length) {
  size_t i = 0;
  while (i < sim->events_count && (sim->events[i].length > 0 || sim->events[i].motion_us > 0)) i++;
  if (i == SIM_EVENTS_MAX || length == 0 || length > sizeof sim->events[i].frame) return false;
  if (i == sim->events_count) sim->events_count++;
  memset(&sim->events[i], 0, sizeof sim->events[i]);
  sim->events[i].at_us = at_us;
  sim->events[i].length = (uint8_t)length;
  memcpy(sim->events[i].frame, frame, length);
  return true;
}

bool sim_esp32_move(sim_esp32 *sim, uint64_t at_us, uint64_t for_us) {
  if (sim->events_count == SIM_EVENTS_MAX) return false;
  memset(&sim->events[sim->events_count], 0, sizeof sim->events[0]);
  sim->events[sim->events_count].at_us = at_us;
  sim->events[sim->events_count++].motion_us = for_us;
  return true;
}

/* FreeRTOS */

QueueHandle_t xQueueCreateStatic(uint32_t items, uint32_t item_bytes, uint8_t *storage,
                                 StaticQueue_t *queue) {
  *queue = (StaticQueue_t){.storage = storage, .item_bytes = item_bytes, .items_max = items};
  return queue;
}

BaseType_t xQueueSend(QueueHandle_t queue, const void *item, TickType_t wait) {
  (void)wait;
  if (queue->count == queue->items_max) return pdFALSE;
  const size_t at = (queue->first + queue->count++) % queue->items_max;
  memcpy(queue->storage + at * queue->item_bytes, item, queue->item_bytes);
  return pdTRUE;
}

BaseType_t xQueueReceive(QueueHandle_t queue, void *item, TickType_t wait) {
  const uint64_t until_us = esp->now_us + (uint64_t)wait * 1000;
  while (queue->count == 0 && esp->now_us < until_us) {
    uint64_t next_us = until_us;
    for (size_t i = 0; i < esp->events_count; i++) {
      const bool frame = esp->events[i].length > 0;
      if (frame && esp->events[i].at_us < next_us) next_us = esp->events[i].at_us;
    }
    pass_to(next_us > esp->now_us ? next_us : esp->now_us + 1);
  }
  if (queue->count == 0) return pdFALSE;
  memcpy(item, queue->storage + queue->first * queue->item_bytes, queue->item_bytes);
  queue->first = (queue->first + 1) % queue->items_max;
  queue->count--;
  return pdTRUE;
}

void vTaskDelay(TickType_t ticks) { pass_to(esp->now_us + (uint64_t)ticks * 1000); }

void taskENTER_CRITICAL(portMUX_TYPE *lock) { ++*lock; }

void taskEXIT_CRITICAL(portMUX_TYPE *lock) { --*lock; }

/* Time and sleep */

int64_t esp_timer_get_time(void) { return (int64_t)(esp->now_us - booted_us); }

uint64_t esp_rtc_get_time_us(void) { return esp->now_us; }

void esp_rom_delay_us(uint32_t us) { pass_to(esp->now_us + us); }

esp_sleep_wakeup_cause_t esp_sleep_get_wakeup_cause(void) { return cause; }

esp_err_t esp_sleep_enable_timer_wakeup(uint64_t us) {
  timer_us = us;
  return ESP_OK;
}

esp_err_t esp_sleep_enable_ext0_wakeup(int pin, int level) {
  wakes_on_motion = pin == PIN_PIR && level == 1;
  return ESP_OK;
}

void esp_deep_sleep_start(void) {
  /* Linked without names for its sections it would forget nothing. */
  if (&__start_app_zero[0] == &__stop_app_zero[0]) abort();
  uint64_t wake_us = esp->now_us + timer_us;
  cause = ESP_SLEEP_WAKEUP_TIMER;
  for (size_t i = 0; wakes_on_motion && i < esp->events_count; i++) {
    const uint64_t at_us = esp->events[i].at_us;
    if (esp->events[i].motion_us == 0 || at_us < esp->now_us || at_us >= wake_us) continue;
    wake_us = at_us;
    cause = ESP_SLEEP_WAKEUP_EXT0;
  }
  esp->slept_us += wake_us - esp->now_us;
  if (!relay_held) esp->relay = false;
  receiver = NULL;
  pass_to(wake_us);
  longjmp(boot, SLEPT);
}

/* Pins */

esp_err_t gpio_set_direction(gpio_num_t pin, gpio_mode_t mode) {
  (void)pin, (void)mode;
  return ESP_OK;
}

esp_err_t gpio_set_pull_mode(gpio_num_t pin, gpio_pull_mode_t mode) {
  (void)pin, (void)mode;
  return ESP_OK;
}

esp_err_t gpio_set_level(gpio_num_t pin, uint32_t level) {
  if (pin == PIN_RELAY) esp->relay = level != 0;
  if (pin == PIN_DHT22 && level == 0) {
    dht_low = true;
    dht_low_us = esp->now_us;
  } else if (pin == PIN_DHT22 && dht_low) {
    dht_low = false;
    dht_from_us = esp->now_us - dht_low_us >= 1000 ? esp->now_us : 0;
  }
  return ESP_OK;
}

/* 30 us until the sensor takes the line; 80 low, 80 high; 40 times 50 low and 27 or 70 high; 50 low. */
static int dht_level(uint64_t us) {
  const sim_sensors *sim = &esp->sensors;
  if (sim->dht22.absent || us < 30) return 1;
  us -= 30;
  if (us < 80) return 0;
  if (us < 160) return 1;
  us -= 160;
  for (int bit = 0; bit < 40; bit++) {
    const uint64_t high_us = sim->dht22_answer[bit / 8] >> (7 - bit % 8) & 1 ? 70 : 27;
    if (us < 50) return 0;
    if (us < 50 + high_us) return 1;
    us -= 50 + high_us;
  }
  return us >= 50;
}

int gpio_get_level(gpio_num_t pin) {
  /* Asking takes a us, so that a loop that waits for a level ends. */
  if (pin == PIN_DHT22) {
    pass_to(esp->now_us + 1);
    return dht_from_us > 0 ? dht_level(esp->now_us - dht_from_us) : 1;
  }
  return pin == PIN_PIR && moves(esp->now_us);
}

esp_err_t gpio_hold_en(gpio_num_t pin) {
  relay_held = pin == PIN_RELAY;
  return ESP_OK;
}

esp_err_t gpio_hold_dis(gpio_num_t pin) {
  if (pin == PIN_RELAY) relay_held = false;
  return ESP_OK;
}

void gpio_deep_sleep_hold_en(void) {}

/* Buses: the sensors' own simulation. */

struct shim_i2c_device {
  uint8_t address;
};

esp_err_t i2c_new_master_bus(const i2c_master_bus_config_t *config, i2c_master_bus_handle_t *out) {
  (void)config;
  *out = NULL;
  return ESP_OK;
}

esp_err_t i2c_master_bus_add_device(i2c_master_bus_handle_t on, const i2c_device_config_t *config,
                                    i2c_master_dev_handle_t *device) {
  (void)on;
  /* One for each address, whoever boots. */
  static struct shim_i2c_device devices[128];
  devices[config->device_address & 127].address = (uint8_t)config->device_address;
  *device = &devices[config->device_address & 127];
  return ESP_OK;
}

esp_err_t i2c_master_transmit_receive(i2c_master_dev_handle_t device, const uint8_t *out,
                                      size_t out_length, uint8_t *in, size_t in_length,
                                      int wait_ms) {
  /* Ten bits a byte at 100 kHz. */
  pass_to(esp->now_us + (out_length + in_length + 2) * 100);
  const mycel_bus_outcome outcome =
      bus.i2c(sensors(), device->address, out, out_length, in, in_length);
  if (outcome == MYCEL_BUS_TIMEOUT) pass_to(esp->now_us + (uint64_t)wait_ms * 1000);
  if (outcome == MYCEL_BUS_OK) return ESP_OK;
  return outcome == MYCEL_BUS_TIMEOUT ? ESP_ERR_TIMEOUT : ESP_ERR_INVALID_RESPONSE;
}

esp_err_t i2c_master_transmit(i2c_master_dev_handle_t device, const uint8_t *out,
                              size_t out_length, int wait_ms) {
  return i2c_master_transmit_receive(device, out, out_length, NULL, 0, wait_ms);
}

esp_err_t i2c_master_receive(i2c_master_dev_handle_t device, uint8_t *in, size_t in_length,
                             int wait_ms) {
  return i2c_master_transmit_receive(device, NULL, 0, in, in_length, wait_ms);
}

static uint8_t co2_question[9];
static size_t co2_asked;

esp_err_t uart_driver_install(uart_port_t port, int rx_bytes, int tx_bytes, int queue_size,
                              QueueHandle_t *queue, int flags) {
  (void)port, (void)rx_bytes, (void)tx_bytes, (void)queue_size, (void)queue, (void)flags;
  return ESP_OK;
}

esp_err_t uart_param_config(uart_port_t port, const uart_config_t *config) {
  (void)port, (void)config;
  return ESP_OK;
}

esp_err_t uart_set_pin(uart_port_t port, int tx, int rx, int rts, int cts) {
  (void)port, (void)tx, (void)rx, (void)rts, (void)cts;
  return ESP_OK;
}

esp_err_t uart_flush_input(uart_port_t port) {
  if (port == CO2_UART) co2_asked = 0;
  return ESP_OK;
}

int uart_write_bytes(uart_port_t port, const void *bytes, size_t length) {
  if (port == CO2_UART) {
    co2_asked = length < sizeof co2_question ? length : sizeof co2_question;
    memcpy(co2_question, bytes, co2_asked);
  } else if (esp->on_stream != NULL) {
    esp->on_stream(esp, bytes, length);
  }
  return (int)length;
}

int uart_read_bytes(uart_port_t port, void *bytes, uint32_t length, TickType_t wait) {
  if (port == CO2_UART) {
    sim_sensors *sim = sensors();
    const mycel_bus_outcome outcome =
        bus.uart(sim, co2_question, co2_asked, bytes, length, wait);
    pass_to((uint64_t)sim->now_ms * 1000);
    return outcome == MYCEL_BUS_OK ? (int)length : 0;
  }
  if (esp->stream_at == esp->stream_filled) {
    pass_to(esp->now_us + (uint64_t)wait * 1000);
    return 0;
  }
  *(uint8_t *)bytes = esp->stream[esp->stream_at++];
  return 1;
}

esp_err_t ledc_timer_config(const ledc_timer_config_t *config) {
  (void)config;
  return ESP_OK;
}

esp_err_t ledc_channel_config(const ledc_channel_config_t *config) {
  (void)config;
  return ESP_OK;
}

esp_err_t ledc_set_duty(ledc_mode_t mode, ledc_channel_t channel, uint32_t duty) {
  (void)mode, (void)channel;
  esp->duty = duty;
  return ESP_OK;
}

esp_err_t ledc_update_duty(ledc_mode_t mode, ledc_channel_t channel) {
  (void)mode, (void)channel;
  return ESP_OK;
}

esp_err_t adc_oneshot_new_unit(const adc_oneshot_unit_init_cfg_t *config,
                               adc_oneshot_unit_handle_t *unit) {
  (void)config;
  *unit = NULL;
  return ESP_OK;
}

esp_err_t adc_oneshot_config_channel(adc_oneshot_unit_handle_t unit, adc_channel_t channel,
                                     const adc_oneshot_chan_cfg_t *config) {
  (void)unit, (void)channel, (void)config;
  return ESP_OK;
}

esp_err_t adc_oneshot_read(adc_oneshot_unit_handle_t unit, adc_channel_t channel, int *raw) {
  (void)unit, (void)channel;
  *raw = esp->battery_raw;
  return ESP_OK;
}

/* Network */

esp_err_t nvs_flash_init(void) { return ESP_OK; }

esp_err_t nvs_open(const char *space, nvs_open_mode_t mode, nvs_handle_t *handle) {
  (void)space, (void)mode;
  *handle = 1;
  return ESP_OK;
}

void nvs_close(nvs_handle_t handle) { (void)handle; }

esp_err_t nvs_get_blob(nvs_handle_t handle, const char *key, void *value, size_t *length) {
  (void)handle, (void)key;
  if (esp->nvs_length == 0) return ESP_ERR_NVS_NOT_FOUND;
  if (*length < esp->nvs_length) return ESP_ERR_NVS_INVALID_LENGTH;
  *length = esp->nvs_length;
  memcpy(value, esp->nvs, esp->nvs_length);
  return ESP_OK;
}

/* Flash takes a few ms; the power may go before the value is there or after. */
esp_err_t nvs_set_blob(nvs_handle_t handle, const char *key, const void *value, size_t length) {
  (void)handle, (void)key;
  if (length > sizeof esp->nvs) return ESP_ERR_NVS_INVALID_LENGTH;
  pass_to(esp->now_us + 2000);
  memcpy(esp->nvs, value, length);
  esp->nvs_length = length;
  esp->nvs_writes++;
  pass_to(esp->now_us + 2000);
  return ESP_OK;
}

esp_err_t nvs_commit(nvs_handle_t handle) {
  (void)handle;
  return ESP_OK;
}

esp_err_t esp_efuse_mac_get_default(uint8_t *mac) {
  memcpy(mac, "\x24\x0a\xc4\x00\x00\x07", 6);
  return ESP_OK;
}

void esp_fill_random(void *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) ((uint8_t *)bytes)[i] = esp->drawn++;
}
esp_err_t esp_netif_init(void) { return ESP_OK; }
esp_err_t esp_event_loop_create_default(void) { return ESP_OK; }

esp_err_t esp_wifi_init(const wifi_init_config_t *config) {
  (void)config;
  /* Calibrating the radio takes this long. */
  pass_to(esp->now_us + 80000);
  return ESP_OK;
}

esp_err_t esp_wifi_set_storage(wifi_storage_t storage) {
  (void)storage;
  return ESP_OK;
}

esp_err_t esp_wifi_set_mode(wifi_mode_t mode) {
  (void)mode;
  return ESP_OK;
}

esp_err_t esp_wifi_start(void) {
  if (on_wifi != NULL) on_wifi(NULL, WIFI_EVENT, WIFI_EVENT_STA_START, NULL);
  return ESP_OK;
}

esp_err_t esp_wifi_connect(void) {
  esp->joined = true;
  return ESP_OK;
}

esp_err_t esp_wifi_set_config(wifi_interface_t interface, wifi_config_t *config) {
  (void)interface, (void)config;
  return ESP_OK;
}

esp_err_t esp_wifi_set_ps(wifi_ps_type_t type) {
  (void)type;
  return ESP_OK;
}

esp_err_t esp_event_handler_register(esp_event_base_t base, int32_t event,
                                     esp_event_handler_t handler, void *context) {
  (void)base, (void)event, (void)context;
  on_wifi = handler;
  return ESP_OK;
}

esp_netif_t *esp_netif_create_default_wifi_sta(void) { return NULL; }

int lwip_socket(int domain, int type, int protocol) {
  return domain == AF_INET && type == SOCK_DGRAM && protocol == 0 ? 1 : -1;
}

int lwip_connect(int socket, const struct sockaddr *address, socklen_t length) {
  return socket == 1 && address->sa_family == AF_INET && length > 0 ? 0 : -1;
}

ssize_t lwip_send(int socket, const void *bytes, size_t length, int flags) {
  (void)flags;
  if (socket != 1 || !esp->joined) return -1;
  if (esp->on_datagram != NULL) esp->on_datagram(esp, bytes, length);
  return (ssize_t)length;
}

ssize_t lwip_recv(int socket, void *bytes, size_t length, int flags) {
  (void)flags;
  const size_t left = esp->stream_filled - esp->stream_at;
  if (socket != 1 || left == 0 || left > length) return -1;
  memcpy(bytes, esp->stream + esp->stream_at, left);
  esp->stream_at = esp->stream_filled;
  return (ssize_t)left;
}

esp_err_t esp_wifi_set_channel(uint8_t channel, wifi_second_chan_t second) {
  (void)channel, (void)second;
  return ESP_OK;
}

esp_err_t esp_now_init(void) { return ESP_OK; }

esp_err_t esp_now_register_recv_cb(esp_now_recv_cb_t callback) {
  receiver = callback;
  return ESP_OK;
}

static size_t peer_at(const uint8_t *address) {
  size_t i = 0;
  while (i < peer_count && memcmp(peers[i], address, 6) != 0) i++;
  return i;
}

bool esp_now_is_peer_exist(const uint8_t *address) { return peer_at(address) < peer_count; }

esp_err_t esp_now_add_peer(const esp_now_peer_info_t *peer) {
  if (esp_now_is_peer_exist(peer->peer_addr)) return ESP_FAIL;
  if (peer_count == 20) return ESP_ERR_ESPNOW_FULL;
  memcpy(peers[peer_count++], peer->peer_addr, 6);
  return ESP_OK;
}

esp_err_t esp_now_del_peer(const uint8_t *address) {
  const size_t at = peer_at(address);
  if (at == peer_count) return ESP_FAIL;
  memmove(peers[at], peers[at + 1], (--peer_count - at) * 6);
  return ESP_OK;
}

esp_err_t esp_now_send(const uint8_t *address, const uint8_t *data, size_t length) {
  if (!esp_now_is_peer_exist(address)) return ESP_FAIL;
  memcpy(esp->sent_to, address, 6);
  pass_to(esp->now_us + 1000);
  if (esp->on_frame != NULL) esp->on_frame(esp, data, length);
  return ESP_OK;
}

/* The Makefile calls it so in the target: a test must not set the machine's clock. */
int sim_settimeofday(const struct timeval *time, const struct timezone *zone) {
  (void)zone;
  esp->unix_s = (int64_t)time->tv_sec;
  return 0;
}
