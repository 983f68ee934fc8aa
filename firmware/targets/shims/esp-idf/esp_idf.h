/*
 * The few calls of ESP-IDF 5 that targets/esp32 uses, with the names, types and meanings of its
 * programming guide, so that the target compiles on the host. test/sim_esp32.c stands behind them.
 */
#ifndef ESP_IDF_SHIM_H
#define ESP_IDF_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* esp_err.h */
typedef int esp_err_t;
#define ESP_OK 0
#define ESP_FAIL (-1)
#define ESP_ERR_INVALID_RESPONSE 0x108
#define ESP_ERR_TIMEOUT 0x107
void esp_shim_check(esp_err_t error, const char *what);
#define ESP_ERROR_CHECK(call) esp_shim_check((call), #call)

/* esp_attr.h: kept through deep sleep; the simulation keeps this section, and no other. */
#define RTC_DATA_ATTR __attribute__((section("rtc_data")))

/* FreeRTOS: a tick is a ms. */
typedef int BaseType_t;
typedef uint32_t TickType_t;
#define pdTRUE 1
#define pdFALSE 0
#define pdMS_TO_TICKS(ms) ((TickType_t)(ms))
typedef struct shim_queue {
  uint8_t *storage;
  size_t item_bytes, items_max, first, count;
} StaticQueue_t;
typedef StaticQueue_t *QueueHandle_t;
QueueHandle_t xQueueCreateStatic(uint32_t items, uint32_t item_bytes, uint8_t *storage,
                                 StaticQueue_t *queue);
BaseType_t xQueueSend(QueueHandle_t queue, const void *item, TickType_t wait);
BaseType_t xQueueReceive(QueueHandle_t queue, void *item, TickType_t wait);
void vTaskDelay(TickType_t ticks);
typedef int portMUX_TYPE;
#define portMUX_INITIALIZER_UNLOCKED 0
void taskENTER_CRITICAL(portMUX_TYPE *lock);
void taskEXIT_CRITICAL(portMUX_TYPE *lock);

/* Time and sleep. */
int64_t esp_timer_get_time(void);
uint64_t esp_rtc_get_time_us(void);
void esp_rom_delay_us(uint32_t us);
typedef enum {
  ESP_SLEEP_WAKEUP_UNDEFINED,
  ESP_SLEEP_WAKEUP_EXT0 = 2,
  ESP_SLEEP_WAKEUP_TIMER = 4,
} esp_sleep_wakeup_cause_t;
esp_sleep_wakeup_cause_t esp_sleep_get_wakeup_cause(void);
esp_err_t esp_sleep_enable_timer_wakeup(uint64_t us);
esp_err_t esp_sleep_enable_ext0_wakeup(int pin, int level);
void esp_deep_sleep_start(void) __attribute__((noreturn));

/* driver/gpio.h */
typedef int gpio_num_t;
typedef enum { GPIO_MODE_INPUT, GPIO_MODE_OUTPUT, GPIO_MODE_INPUT_OUTPUT_OD } gpio_mode_t;
typedef enum { GPIO_PULLUP_ONLY } gpio_pull_mode_t;
esp_err_t gpio_set_direction(gpio_num_t pin, gpio_mode_t mode);
esp_err_t gpio_set_pull_mode(gpio_num_t pin, gpio_pull_mode_t mode);
esp_err_t gpio_set_level(gpio_num_t pin, uint32_t level);
int gpio_get_level(gpio_num_t pin);
esp_err_t gpio_hold_en(gpio_num_t pin);
esp_err_t gpio_hold_dis(gpio_num_t pin);
void gpio_deep_sleep_hold_en(void);

/* driver/i2c_master.h */
typedef struct shim_i2c_bus *i2c_master_bus_handle_t;
typedef struct shim_i2c_device *i2c_master_dev_handle_t;
typedef enum { I2C_CLK_SRC_DEFAULT } i2c_clock_source_t;
typedef enum { I2C_ADDR_BIT_LEN_7 } i2c_addr_bit_len_t;
typedef struct {
  int i2c_port;
  gpio_num_t sda_io_num, scl_io_num;
  i2c_clock_source_t clk_source;
  uint8_t glitch_ignore_cnt;
  struct {
    uint32_t enable_internal_pullup : 1;
  } flags;
} i2c_master_bus_config_t;
typedef struct {
  i2c_addr_bit_len_t dev_addr_length;
  uint16_t device_address;
  uint32_t scl_speed_hz;
} i2c_device_config_t;
esp_err_t i2c_new_master_bus(const i2c_master_bus_config_t *config, i2c_master_bus_handle_t *bus);
esp_err_t i2c_master_bus_add_device(i2c_master_bus_handle_t bus, const i2c_device_config_t *config,
                                    i2c_master_dev_handle_t *device);
esp_err_t i2c_master_transmit(i2c_master_dev_handle_t device, const uint8_t *out,
                              size_t out_length, int wait_ms);
esp_err_t i2c_master_receive(i2c_master_dev_handle_t device, uint8_t *in, size_t in_length,
                             int wait_ms);
esp_err_t i2c_master_transmit_receive(i2c_master_dev_handle_t device, const uint8_t *out,
                                      size_t out_length, uint8_t *in, size_t in_length,
                                      int wait_ms);

/* driver/uart.h */
typedef int uart_port_t;
#define UART_NUM_0 0
#define UART_NUM_1 1
#define UART_NUM_2 2
#define UART_PIN_NO_CHANGE (-1)
typedef enum { UART_DATA_8_BITS = 3 } uart_word_length_t;
typedef struct {
  int baud_rate;
  uart_word_length_t data_bits;
} uart_config_t;
esp_err_t uart_driver_install(uart_port_t port, int rx_bytes, int tx_bytes, int queue_size,
                              QueueHandle_t *queue, int flags);
esp_err_t uart_param_config(uart_port_t port, const uart_config_t *config);
esp_err_t uart_set_pin(uart_port_t port, int tx, int rx, int rts, int cts);
esp_err_t uart_flush_input(uart_port_t port);
int uart_write_bytes(uart_port_t port, const void *bytes, size_t length);
int uart_read_bytes(uart_port_t port, void *bytes, uint32_t length, TickType_t wait);

/* driver/ledc.h */
typedef enum { LEDC_LOW_SPEED_MODE } ledc_mode_t;
typedef enum { LEDC_CHANNEL_0 } ledc_channel_t;
typedef enum { LEDC_TIMER_0 } ledc_timer_t;
typedef enum { LEDC_TIMER_10_BIT = 10 } ledc_timer_bit_t;
typedef enum { LEDC_AUTO_CLK } ledc_clk_cfg_t;
typedef struct {
  ledc_mode_t speed_mode;
  ledc_timer_bit_t duty_resolution;
  ledc_timer_t timer_num;
  uint32_t freq_hz;
  ledc_clk_cfg_t clk_cfg;
} ledc_timer_config_t;
typedef struct {
  int gpio_num;
  ledc_mode_t speed_mode;
  ledc_channel_t channel;
  ledc_timer_t timer_sel;
} ledc_channel_config_t;
esp_err_t ledc_timer_config(const ledc_timer_config_t *config);
esp_err_t ledc_channel_config(const ledc_channel_config_t *config);
esp_err_t ledc_set_duty(ledc_mode_t mode, ledc_channel_t channel, uint32_t duty);
esp_err_t ledc_update_duty(ledc_mode_t mode, ledc_channel_t channel);

/* esp_adc/adc_oneshot.h */
typedef struct shim_adc *adc_oneshot_unit_handle_t;
typedef enum { ADC_UNIT_1 } adc_unit_t;
typedef enum { ADC_ATTEN_DB_12 = 3 } adc_atten_t;
typedef enum { ADC_BITWIDTH_12 = 12 } adc_bitwidth_t;
typedef int adc_channel_t;
typedef struct {
  adc_unit_t unit_id;
} adc_oneshot_unit_init_cfg_t;
typedef struct {
  adc_atten_t atten;
  adc_bitwidth_t bitwidth;
} adc_oneshot_chan_cfg_t;
esp_err_t adc_oneshot_new_unit(const adc_oneshot_unit_init_cfg_t *config,
                               adc_oneshot_unit_handle_t *unit);
esp_err_t adc_oneshot_config_channel(adc_oneshot_unit_handle_t unit, adc_channel_t channel,
                                     const adc_oneshot_chan_cfg_t *config);
esp_err_t adc_oneshot_read(adc_oneshot_unit_handle_t unit, adc_channel_t channel, int *raw);

/* nvs_flash.h, nvs.h: a value is written whole or, when the power goes, not at all. */
esp_err_t nvs_flash_init(void);
typedef uint32_t nvs_handle_t;
typedef enum { NVS_READONLY, NVS_READWRITE } nvs_open_mode_t;
#define ESP_ERR_NVS_NOT_FOUND 0x1102
#define ESP_ERR_NVS_INVALID_LENGTH 0x110c
esp_err_t nvs_open(const char *space, nvs_open_mode_t mode, nvs_handle_t *handle);
void nvs_close(nvs_handle_t handle);
esp_err_t nvs_get_blob(nvs_handle_t handle, const char *key, void *value, size_t *length);
esp_err_t nvs_set_blob(nvs_handle_t handle, const char *key, const void *value, size_t length);
esp_err_t nvs_commit(nvs_handle_t handle);

/* esp_mac.h, esp_random.h */
esp_err_t esp_efuse_mac_get_default(uint8_t *mac);
void esp_fill_random(void *bytes, size_t length);

/* esp_netif.h, esp_event.h */
esp_err_t esp_netif_init(void);
esp_err_t esp_event_loop_create_default(void);
typedef const char *esp_event_base_t;
typedef void (*esp_event_handler_t)(void *context, esp_event_base_t base, int32_t event,
                                    void *data);
#define ESP_EVENT_ANY_ID (-1)
#define WIFI_EVENT "WIFI_EVENT"
enum { WIFI_EVENT_STA_START = 2, WIFI_EVENT_STA_DISCONNECTED = 5 };
esp_err_t esp_event_handler_register(esp_event_base_t base, int32_t event,
                                     esp_event_handler_t handler, void *context);
typedef struct shim_netif esp_netif_t;
esp_netif_t *esp_netif_create_default_wifi_sta(void);

/* esp_wifi.h */
typedef struct {
  int shim;
} wifi_init_config_t; /* many fields, all set by the macro */
#define WIFI_INIT_CONFIG_DEFAULT() {0}
typedef enum { WIFI_MODE_STA = 1 } wifi_mode_t;
typedef enum { WIFI_STORAGE_FLASH, WIFI_STORAGE_RAM } wifi_storage_t;
typedef enum { WIFI_IF_STA } wifi_interface_t;
typedef enum { WIFI_SECOND_CHAN_NONE } wifi_second_chan_t;
typedef enum { WIFI_PS_NONE } wifi_ps_type_t;
typedef union {
  struct {
    uint8_t ssid[32];
    uint8_t password[64];
  } sta;
} wifi_config_t;
esp_err_t esp_wifi_init(const wifi_init_config_t *config);
esp_err_t esp_wifi_set_storage(wifi_storage_t storage);
esp_err_t esp_wifi_set_mode(wifi_mode_t mode);
esp_err_t esp_wifi_set_config(wifi_interface_t interface, wifi_config_t *config);
esp_err_t esp_wifi_set_ps(wifi_ps_type_t type);
esp_err_t esp_wifi_start(void);
esp_err_t esp_wifi_connect(void);
esp_err_t esp_wifi_set_channel(uint8_t channel, wifi_second_chan_t second);

/* esp_now.h */
#define ESP_NOW_ETH_ALEN 6
#define ESP_NOW_MAX_DATA_LEN 250
#define ESP_ERR_ESPNOW_FULL 0x3068
typedef struct {
  uint8_t *src_addr;
  uint8_t *des_addr;
} esp_now_recv_info_t;
typedef void (*esp_now_recv_cb_t)(const esp_now_recv_info_t *info, const uint8_t *data,
                                  int length);
typedef struct {
  uint8_t peer_addr[ESP_NOW_ETH_ALEN];
  uint8_t channel;
  wifi_interface_t ifidx;
  bool encrypt;
} esp_now_peer_info_t;
esp_err_t esp_now_init(void);
esp_err_t esp_now_register_recv_cb(esp_now_recv_cb_t callback);
esp_err_t esp_now_add_peer(const esp_now_peer_info_t *peer);
esp_err_t esp_now_del_peer(const uint8_t *address);
bool esp_now_is_peer_exist(const uint8_t *address);
esp_err_t esp_now_send(const uint8_t *address, const uint8_t *data, size_t length);

#endif
