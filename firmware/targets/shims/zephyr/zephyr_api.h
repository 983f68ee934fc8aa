/*
 * The few calls of Zephyr 4 that targets/nrf54 uses, with its names, types and meanings, so that the
 * target compiles on the host. test/test_nrf54.c stands behind them.
 */
#ifndef ZEPHYR_SHIM_H
#define ZEPHYR_SHIM_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof(array)[0])

/* kernel.h */
typedef struct {
  int64_t ms;
} k_timeout_t;
#define K_MSEC(time) ((k_timeout_t){(int64_t)(time)})
#define K_NO_WAIT ((k_timeout_t){0})
struct k_msgq {
  uint8_t *bytes;
  size_t item_bytes, items_max, first, count;
};
#define K_MSGQ_DEFINE(name, bytes_each, items, align)  \
  static uint8_t name##_bytes[(bytes_each) * (items)]; \
  static struct k_msgq name = {name##_bytes, (bytes_each), (items), 0, 0}
int k_msgq_put(struct k_msgq *queue, const void *item, k_timeout_t wait);
int k_msgq_get(struct k_msgq *queue, void *item, k_timeout_t wait);
uint32_t k_msgq_num_used_get(struct k_msgq *queue);
struct k_sem {
  unsigned int count, limit;
};
#define K_SEM_DEFINE(name, initial, most) static struct k_sem name = {(initial), (most)}
int k_sem_take(struct k_sem *sem, k_timeout_t wait);
void k_sem_give(struct k_sem *sem);
uint32_t k_uptime_get_32(void);
int32_t k_msleep(int32_t ms);

/* Devices, by their names in the devicetree. */
struct device {
  const char *name;
};
#define DT_ALIAS(name) shim_##name
#define DT_PATH(name) shim_##name
extern const struct device shim_mycel_i2c;
#define DEVICE_DT_GET(node) (&(node))
int i2c_write(const struct device *device, const uint8_t *out, uint32_t length, uint16_t address);
int i2c_read(const struct device *device, uint8_t *in, uint32_t length, uint16_t address);
int i2c_write_read(const struct device *device, uint16_t address, const void *out,
                   size_t out_length, void *in, size_t in_length);
struct gpio_dt_spec {
  int pin;
};
#define shim_mycel_pir 11
#define shim_mycel_relay 12
#define GPIO_DT_SPEC_GET(node, property) {(node)}
#define GPIO_INPUT 1
#define GPIO_OUTPUT_INACTIVE 2
int gpio_pin_configure_dt(const struct gpio_dt_spec *spec, int flags);
int gpio_pin_get_dt(const struct gpio_dt_spec *spec);
int gpio_pin_set_dt(const struct gpio_dt_spec *spec, int value);
struct adc_dt_spec {
  int channel;
};
#define shim_zephyr_user 0
#define ADC_DT_SPEC_GET(node) {(node)}
struct adc_sequence {
  void *buffer;
  size_t buffer_size;
};
int adc_channel_setup_dt(const struct adc_dt_spec *spec);
int adc_sequence_init_dt(const struct adc_dt_spec *spec, struct adc_sequence *sequence);
int adc_read_dt(const struct adc_dt_spec *spec, const struct adc_sequence *sequence);
int adc_raw_to_millivolts_dt(const struct adc_dt_spec *spec, int32_t *mv);

/* bluetooth */
struct bt_conn;
struct bt_data {
  uint8_t type, data_len;
  const uint8_t *data;
};
#define BT_DATA(of_type, bytes, length) {(of_type), (length), (bytes)}
#define BT_DATA_FLAGS 0x01
#define BT_DATA_UUID128_ALL 0x07
#define BT_DATA_MANUFACTURER_DATA 0xff
struct bt_le_adv_param {
  uint32_t options, interval_min, interval_max;
  const void *peer;
};
#define BT_LE_ADV_OPT_CONN 1
#define BT_GAP_ADV_SLOW_INT_MIN 0x0640
#define BT_GAP_ADV_SLOW_INT_MAX 0x0780
#define BT_LE_ADV_PARAM(options, least, most, peer) \
  (&(const struct bt_le_adv_param){(options), (least), (most), (peer)})
int bt_enable(void (*ready)(int error));
int bt_le_adv_start(const struct bt_le_adv_param *param, const struct bt_data *ad, size_t ad_len,
                    const struct bt_data *sd, size_t sd_len);
int bt_le_adv_update_data(const struct bt_data *ad, size_t ad_len, const struct bt_data *sd,
                          size_t sd_len);
struct bt_conn *bt_conn_ref(struct bt_conn *connection);
void bt_conn_unref(struct bt_conn *connection);
struct bt_conn_cb {
  void (*connected)(struct bt_conn *connection, uint8_t error);
  void (*disconnected)(struct bt_conn *connection, uint8_t reason);
  void (*recycled)(void);
};
#define BT_CONN_CB_DEFINE(name) const struct bt_conn_cb shim_##name

struct bt_uuid {
  uint8_t type;
};
struct bt_uuid_128 {
  struct bt_uuid uuid;
  uint8_t val[16];
};
#define BT_UUID_INIT_128(...) {{2}, {__VA_ARGS__}}
struct bt_gatt_attr {
  const void *uuid;
  ssize_t (*write)(struct bt_conn *connection, const struct bt_gatt_attr *attribute,
                   const void *bytes, uint16_t length, uint16_t offset, uint8_t flags);
  void (*subscribe)(const struct bt_gatt_attr *attribute, uint16_t setting);
};
struct bt_gatt_service_static {
  const struct bt_gatt_attr *attrs;
  size_t attr_count;
};
#define BT_GATT_CCC_NOTIFY 1
#define BT_GATT_CHRC_NOTIFY 0x10
#define BT_GATT_CHRC_WRITE_WITHOUT_RESP 0x04
#define BT_GATT_PERM_NONE 0
#define BT_GATT_PERM_READ 1
#define BT_GATT_PERM_WRITE 2
#define BT_GATT_PRIMARY_SERVICE(uuid) {(uuid), NULL, NULL}
/* Two attributes: the declaration and the value. */
#define BT_GATT_CHARACTERISTIC(uuid, properties, permissions, on_read, on_write, user) \
  {NULL, NULL, NULL}, {(uuid), (on_write), NULL}
#define BT_GATT_CCC(on_change, permissions) {NULL, NULL, (on_change)}
#define BT_GATT_SERVICE_DEFINE(name, ...)                           \
  static const struct bt_gatt_attr name##_attrs[] = {__VA_ARGS__}; \
  const struct bt_gatt_service_static name = {name##_attrs, ARRAY_SIZE(name##_attrs)}
uint16_t bt_gatt_get_mtu(struct bt_conn *connection);
int bt_gatt_notify(struct bt_conn *connection, const struct bt_gatt_attr *attribute,
                   const void *bytes, uint16_t length);

#endif
