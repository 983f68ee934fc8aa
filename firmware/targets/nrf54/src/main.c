/*
 * An nRF54L15 as a leaf over Bluetooth Low Energy, on Zephyr: wire/BLE.md's advertisement, service and
 * fragments. It advertises how many frames wait; a hub connects, takes them, gives its own and goes.
 */
#include <string.h>
#include <zephyr/bluetooth/bluetooth.h>
#include <zephyr/bluetooth/conn.h>
#include <zephyr/bluetooth/gatt.h>
#include <zephyr/bluetooth/uuid.h>
#include <zephyr/drivers/adc.h>
#include <zephyr/drivers/gpio.h>
#include <zephyr/drivers/i2c.h>
#include <zephyr/kernel.h>

#include "mycel_ble.h"
#include "node.h"

#ifndef MYCEL_LEAF_ID
#define MYCEL_LEAF_ID 1
#endif
#ifndef MYCEL_INTERVAL_MS
#define MYCEL_INTERVAL_MS 30000
#endif

/* Half an hour of reports while no hub is near; then the oldest goes. */
#define OUTBOX_FRAMES 64
/* What a hub says in one visit. */
#define INBOX_FRAMES 4
/* Every buffer of the stack is in use: a connection event frees some. */
#define BUSY_MS 5

typedef struct {
  uint8_t length;
  uint8_t frame[MYCEL_BLE_FRAME_BYTES_MAX];
} queued_frame;

K_MSGQ_DEFINE(outbox, sizeof(queued_frame), OUTBOX_FRAMES, 4);
K_MSGQ_DEFINE(inbox, sizeof(queued_frame), INBOX_FRAMES, 4);
/* Something happened: a frame came, someone subscribed, someone went. */
K_SEM_DEFINE(event, 0, 1);

static const struct device *const wires = DEVICE_DT_GET(DT_ALIAS(mycel_i2c));
static const struct gpio_dt_spec pir = GPIO_DT_SPEC_GET(DT_ALIAS(mycel_pir), gpios);
static const struct gpio_dt_spec relay = GPIO_DT_SPEC_GET(DT_ALIAS(mycel_relay), gpios);

static const struct adc_dt_spec battery = ADC_DT_SPEC_GET(DT_PATH(zephyr_user));

/* The stack's threads set these and the receiver; all else is the main thread's. */
static struct bt_conn *volatile hub;
static volatile bool subscribed, fresh;
static mycel_ble_sender sender;
static mycel_ble_receiver receiver;
/* The frame on its way, in fragments, and the one that the stack had no room for. */
static queued_frame leaving;
static uint8_t value[MYCEL_BLE_VALUE_BYTES_MAX];
static size_t value_length;

static mycel_ble_beacon beacon = {.leaf_id = MYCEL_LEAF_ID, .state = MYCEL_BLE_SLEEPS};
static uint8_t advertisement[MYCEL_BLE_ADVERTISEMENT_BYTES];
/* The three structures of BLE.md, without their lengths and types, which the stack adds. */
static const struct bt_data advertised[] = {
    BT_DATA(BT_DATA_FLAGS, advertisement + 2, 1),
    BT_DATA(BT_DATA_UUID128_ALL, advertisement + 5, 16),
    BT_DATA(BT_DATA_MANUFACTURER_DATA, advertisement + 23, 8),
};

static void on_subscribe(const struct bt_gatt_attr *attribute, uint16_t setting) {
  (void)attribute;
  subscribed = setting == BT_GATT_CCC_NOTIFY;
  k_sem_give(&event);
}

static ssize_t on_write(struct bt_conn *connection, const struct bt_gatt_attr *attribute,
                        const void *bytes, uint16_t length, uint16_t offset, uint8_t flags) {
  (void)connection, (void)attribute, (void)flags;
  if (offset == 0 && mycel_ble_feed(&receiver, bytes, length) == MYCEL_BLE_FRAME) {
    queued_frame frame = {.length = receiver.length};
    memcpy(frame.frame, receiver.frame, receiver.length);
    /* One that finds no room is lost, as on the air. */
    k_msgq_put(&inbox, &frame, K_NO_WAIT);
    k_sem_give(&event);
  }
  return length;
}

static struct bt_uuid_128 service = BT_UUID_INIT_128(MYCEL_BLE_UUID(MYCEL_BLE_SERVICE));
static struct bt_uuid_128 uplink = BT_UUID_INIT_128(MYCEL_BLE_UUID(MYCEL_BLE_UPLINK));
static struct bt_uuid_128 downlink = BT_UUID_INIT_128(MYCEL_BLE_UUID(MYCEL_BLE_DOWNLINK));

/* The second attribute holds the uplink's value. */
#define UPLINK_VALUE 2
BT_GATT_SERVICE_DEFINE(mycel, BT_GATT_PRIMARY_SERVICE(&service),
                       BT_GATT_CHARACTERISTIC(&uplink.uuid, BT_GATT_CHRC_NOTIFY, BT_GATT_PERM_NONE,
                                              NULL, NULL, NULL),
                       BT_GATT_CCC(on_subscribe, BT_GATT_PERM_READ | BT_GATT_PERM_WRITE),
                       BT_GATT_CHARACTERISTIC(&downlink.uuid, BT_GATT_CHRC_WRITE_WITHOUT_RESP,
                                              BT_GATT_PERM_WRITE, NULL, on_write, NULL));

static void fill_advertisement(void) {
  const uint32_t waiting = k_msgq_num_used_get(&outbox) + (leaving.length > 0 ? 1 : 0);
  beacon.waiting = (uint8_t)(waiting < 255 ? waiting : 255);
  beacon.sequence++;
  mycel_ble_write_advertisement(advertisement, &beacon);
}

static void start_advertising(void) {
  fill_advertisement();
  bt_le_adv_start(BT_LE_ADV_PARAM(BT_LE_ADV_OPT_CONN, BT_GAP_ADV_SLOW_INT_MIN,
                                  BT_GAP_ADV_SLOW_INT_MAX, NULL),
                  advertised, ARRAY_SIZE(advertised), NULL, 0);
}

static void on_connect(struct bt_conn *connection, uint8_t error) {
  if (error != 0) return;
  hub = bt_conn_ref(connection);
  fresh = true;
  receiver = (mycel_ble_receiver){0};
}

static void on_disconnect(struct bt_conn *connection, uint8_t reason) {
  (void)reason;
  if (hub != connection) return;
  bt_conn_unref(hub);
  hub = NULL;
  subscribed = false;
  k_sem_give(&event);
}

/* Advertising again is possible only now, when the connection's place is free. */
static void on_recycled(void) { start_advertising(); }

BT_CONN_CB_DEFINE(callbacks) = {
    .connected = on_connect, .disconnected = on_disconnect, .recycled = on_recycled};

/* Counters begin at 0; a frame that the last connection cut off begins anew. */
static void begin_anew(void) {
  fresh = false;
  value_length = 0;
  sender = (mycel_ble_sender){0};
  if (leaving.length > 0) mycel_ble_send(&sender, leaving.frame, leaving.length);
}

/* Notifies what waits; false: the stack is full, try again soon. */
static bool pump(void) {
  while (hub != NULL && subscribed) {
    if (fresh) begin_anew();
    if (value_length == 0) value_length = mycel_ble_next(&sender, bt_gatt_get_mtu(hub), value);
    if (value_length == 0) {
      /* The last fragment is in the stack's hands: the frame is out. */
      leaving.length = 0;
      if (k_msgq_get(&outbox, &leaving, K_NO_WAIT) != 0) return true;
      mycel_ble_send(&sender, leaving.frame, leaving.length);
      continue;
    }
    const int error = bt_gatt_notify(hub, &mycel.attrs[UPLINK_VALUE], value, (uint16_t)value_length);
    if (error == -ENOMEM) return false;
    value_length = 0;
  }
  return true;
}

static void send_frame(void *context, const uint8_t *frame, size_t length) {
  (void)context;
  queued_frame queued = {.length = (uint8_t)length};
  queued_frame oldest;
  memcpy(queued.frame, frame, length);
  if (k_msgq_put(&outbox, &queued, K_NO_WAIT) != 0) {
    k_msgq_get(&outbox, &oldest, K_NO_WAIT);
    k_msgq_put(&outbox, &queued, K_NO_WAIT);
  }
  if (hub != NULL) return;
  fill_advertisement();
  bt_le_adv_update_data(advertised, ARRAY_SIZE(advertised), NULL, 0);
}

static uint32_t now_ms(void *context) {
  (void)context;
  return k_uptime_get_32();
}

static size_t receive(uint8_t *frame, size_t max, uint32_t wait_ms) {
  const uint32_t from_ms = now_ms(NULL);
  for (;;) {
    queued_frame next;
    if (k_msgq_get(&inbox, &next, K_NO_WAIT) == 0 && next.length <= max) {
      memcpy(frame, next.frame, next.length);
      return next.length;
    }
    const bool done = pump();
    const uint32_t passed_ms = now_ms(NULL) - from_ms;
    if (passed_ms >= wait_ms) return 0;
    const uint32_t left_ms = wait_ms - passed_ms;
    k_sem_take(&event, K_MSEC(done || left_ms < BUSY_MS ? left_ms : BUSY_MS));
  }
}

static mycel_bus_outcome i2c(void *context, uint8_t address, const uint8_t *out,
                             size_t out_length, uint8_t *in, size_t in_length) {
  (void)context;
  int error;
  if (in_length == 0) error = i2c_write(wires, out, (uint32_t)out_length, address);
  else if (out_length == 0) error = i2c_read(wires, in, (uint32_t)in_length, address);
  else error = i2c_write_read(wires, address, out, out_length, in, in_length);
  if (error == 0) return MYCEL_BUS_OK;
  return error == -ETIMEDOUT ? MYCEL_BUS_TIMEOUT : MYCEL_BUS_ABSENT;
}

static bool pin(void *context, uint8_t number) {
  (void)context, (void)number;
  return gpio_pin_get_dt(&pir) > 0;
}

static void sleep_ms(void *context, uint32_t ms) {
  (void)context;
  k_msleep((int32_t)ms);
}

static uint16_t battery_mv(void *context) {
  (void)context;
  int16_t raw = 0;
  struct adc_sequence sequence = {.buffer = &raw, .buffer_size = sizeof raw};
  adc_sequence_init_dt(&battery, &sequence);
  if (adc_read_dt(&battery, &sequence) != 0) return 0;
  int32_t mv = raw;
  return adc_raw_to_millivolts_dt(&battery, &mv) == 0 && mv > 0 ? (uint16_t)mv : 0;
}

static void set_state(void *context, bool on) {
  (void)context;
  gpio_pin_set_dt(&relay, on);
}

int main(void) {
  static const mycel_bus bus = {.i2c = i2c, .pin = pin, .now_ms = now_ms, .sleep_ms = sleep_ms};
  static mycel_sensor sensors[] = {
      {.driver = &mycel_sht31, .at = 0x44},
      {.driver = &mycel_bh1750, .at = 0x23},
      {.driver = &mycel_pir},
  };
  static const uint8_t capabilities[] = {MYCEL_CHANNEL_TEMPERATURE, MYCEL_CHANNEL_HUMIDITY,
                                         MYCEL_CHANNEL_ILLUMINANCE, MYCEL_CHANNEL_MOTION,
                                         MYCEL_ACTUATOR_RELAY};
  static mycel_leaf leaf;
  static mycel_node node = {.leaf = &leaf,
                            .sensors = sensors,
                            .sensor_count = ARRAY_SIZE(sensors),
                            .bus = &bus,
                            .receive = receive};
  static const mycel_board board = {.context = &node,
                                    .hardware = MYCEL_HARDWARE_NRF54,
                                    .capabilities = capabilities,
                                    .capability_count = sizeof capabilities,
                                    .measure = mycel_node_measure,
                                    .battery_mv = battery_mv,
                                    .send = send_frame,
                                    .set_state = set_state};
  gpio_pin_configure_dt(&pir, GPIO_INPUT);
  gpio_pin_configure_dt(&relay, GPIO_OUTPUT_INACTIVE);
  adc_channel_setup_dt(&battery);
  if (bt_enable(NULL) != 0) return 1;
  start_advertising();
  mycel_leaf_start(&leaf, &board, MYCEL_LEAF_ID, MYCEL_INTERVAL_MS, now_ms(NULL));
  for (;;) mycel_node_turn(&node);
}
