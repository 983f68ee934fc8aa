/*
 * The nRF54 leaf as it is, twenty minutes of virtual time: it advertises, a hub that scans visits it
 * when frames wait, with small and large MTUs, a stack that is full now and then, and once a
 * connection that breaks in the midst of a frame.
 */
#include <math.h>
#include <setjmp.h>
#include <string.h>

#include "expect.h"
#include "mycel_ble.h"
#include "mycel_frame.h"
#include "sim_sensors.h"
#include "zephyr_api.h"

/* The Makefile calls its main() so; the rest is what its macros define. */
int nrf54_main(void);
extern const struct bt_gatt_service_static mycel;
extern const struct bt_conn_cb shim_callbacks;

#define END_MS 1200000u
#define FRAMES_WORTH_A_VISIT 3
/* Declaration, uplink (2), its CCC, downlink (2). */
#define UPLINK_CCC 3
#define DOWNLINK_VALUE 5

const struct device shim_mycel_i2c = {"i2c"};
struct bt_conn {
  int references;
};

static uint32_t time_ms;
static jmp_buf ended;
static sim_sensors sim;
static mycel_bus bus;
static bool relay, motion;
static bool advertising;
static mycel_ble_beacon beacon;
static long adverts_wrong;

static struct bt_conn connection;
static bool connected;
static uint32_t visit_ms;
static uint16_t mtu;
static mycel_ble_receiver heard;
static mycel_ble_sender said;
static uint8_t command[MYCEL_FRAME_BYTES_MAX];

static struct {
  long visits, reports, registers, heartbeats, acks, others, faults, full, broken, notified;
  float newest[256];
  uint16_t battery_mv;
} hub;

static void hear(const uint8_t *frame, size_t length) {
  if (mycel_check_frame(frame, length) != MYCEL_SOUND) {
    hub.faults++;
    return;
  }
  switch (mycel_frame_type(frame)) {
    case MYCEL_MESSAGE_SENSOR_REPORT:
      hub.reports++;
      for (size_t i = 0; i < mycel_report_count(frame); i++) {
        hub.newest[mycel_report_channel(frame, i)] = mycel_report_value(frame, i);
      }
      break;
    case MYCEL_MESSAGE_HEARTBEAT:
      hub.heartbeats++;
      hub.battery_mv = mycel_heartbeat_battery_mv(frame);
      break;
    case MYCEL_MESSAGE_REGISTER:
      hub.registers++;
      break;
    case MYCEL_MESSAGE_ACK:
      hub.acks++;
      break;
    default:
      hub.others++;
  }
}

static void say_command(void) {
  uint8_t value[MYCEL_BLE_VALUE_BYTES_MAX];
  /* With bytes that it does not need, so that it takes fragments. */
  uint8_t payload[60] = {MYCEL_COMMAND_SET_STATE, 1, 1};
  const size_t length =
      mycel_write_frame(command, MYCEL_MESSAGE_COMMAND, 1, payload, sizeof payload);
  mycel_ble_send(&said, command, length);
  for (size_t bytes; (bytes = mycel_ble_next(&said, mtu, value)) > 0;) {
    const struct bt_gatt_attr *downlink = &mycel.attrs[DOWNLINK_VALUE];
    downlink->write(&connection, downlink, value, (uint16_t)bytes, 0, 0);
  }
}

static void leave(void) {
  connected = false;
  shim_callbacks.disconnected(&connection, 0x13);
  shim_callbacks.recycled();
}

static void visit(void) {
  static const uint16_t mtus[] = {247, 23, 65};
  mtu = mtus[hub.visits++ % 3];
  heard = (mycel_ble_receiver){0};
  said = (mycel_ble_sender){0};
  connected = true;
  advertising = false;
  visit_ms = time_ms;
  shim_callbacks.connected(&connection, 0);
  mycel.attrs[UPLINK_CCC].subscribe(&mycel.attrs[UPLINK_CCC], BT_GATT_CCC_NOTIFY);
  if (hub.visits == 3) say_command();
}

/* The hub's side each ms. */
static void step(void) {
  if (connected && time_ms - visit_ms > 300) leave();
  if (!connected && advertising && beacon.waiting >= FRAMES_WORTH_A_VISIT) visit();
}

static void pass_ms(uint32_t ms) {
  for (; ms > 0; ms--) {
    time_ms++;
    sim.now_ms = time_ms;
    if (time_ms >= END_MS) longjmp(ended, 1);
    step();
  }
}

uint32_t k_uptime_get_32(void) { return time_ms; }

int32_t k_msleep(int32_t ms) {
  pass_ms((uint32_t)ms);
  return 0;
}

int k_msgq_put(struct k_msgq *queue, const void *item, k_timeout_t wait) {
  (void)wait;
  if (queue->count == queue->items_max) return -ENOMSG;
  const size_t at = (queue->first + queue->count++) % queue->items_max;
  memcpy(queue->bytes + at * queue->item_bytes, item, queue->item_bytes);
  return 0;
}

int k_msgq_get(struct k_msgq *queue, void *item, k_timeout_t wait) {
  (void)wait;
  if (queue->count == 0) return -ENOMSG;
  memcpy(item, queue->bytes + queue->first * queue->item_bytes, queue->item_bytes);
  queue->first = (queue->first + 1) % queue->items_max;
  queue->count--;
  return 0;
}

uint32_t k_msgq_num_used_get(struct k_msgq *queue) { return (uint32_t)queue->count; }

void k_sem_give(struct k_sem *sem) {
  if (sem->count < sem->limit) sem->count++;
}

int k_sem_take(struct k_sem *sem, k_timeout_t wait) {
  for (int64_t left = wait.ms; sem->count == 0; left--) {
    if (left <= 0) return -EAGAIN;
    pass_ms(1);
  }
  sem->count--;
  return 0;
}

static int result(mycel_bus_outcome outcome) {
  if (outcome == MYCEL_BUS_OK) return 0;
  return outcome == MYCEL_BUS_TIMEOUT ? -ETIMEDOUT : -EIO;
}

int i2c_write(const struct device *device, const uint8_t *out, uint32_t length, uint16_t address) {
  (void)device;
  return result(bus.i2c(&sim, (uint8_t)address, out, length, NULL, 0));
}

int i2c_read(const struct device *device, uint8_t *in, uint32_t length, uint16_t address) {
  (void)device;
  return result(bus.i2c(&sim, (uint8_t)address, NULL, 0, in, length));
}

int i2c_write_read(const struct device *device, uint16_t address, const void *out,
                   size_t out_length, void *in, size_t in_length) {
  (void)device;
  return result(bus.i2c(&sim, (uint8_t)address, out, out_length, in, in_length));
}

int gpio_pin_configure_dt(const struct gpio_dt_spec *spec, int flags) {
  (void)spec, (void)flags;
  return 0;
}

int gpio_pin_get_dt(const struct gpio_dt_spec *spec) { return spec->pin == shim_mycel_pir && motion; }

int gpio_pin_set_dt(const struct gpio_dt_spec *spec, int value) {
  if (spec->pin == shim_mycel_relay) relay = value != 0;
  return 0;
}

int adc_channel_setup_dt(const struct adc_dt_spec *spec) { return spec->channel; }

int adc_sequence_init_dt(const struct adc_dt_spec *spec, struct adc_sequence *sequence) {
  (void)sequence;
  return spec->channel;
}

int adc_read_dt(const struct adc_dt_spec *spec, const struct adc_sequence *sequence) {
  *(int16_t *)sequence->buffer = 3413;
  return spec->channel;
}

/* 12 bits over 3.6 V. */
int adc_raw_to_millivolts_dt(const struct adc_dt_spec *spec, int32_t *mv) {
  *mv = *mv * 3600 / 4096;
  return spec->channel;
}

int bt_enable(void (*ready)(int error)) {
  (void)ready;
  return 0;
}

/* As the stack puts the structures on the air, and as a hub reads them. */
static int put_on_air(const struct bt_data *ad, size_t ad_len) {
  uint8_t air[64];
  size_t length = 0;
  for (size_t i = 0; i < ad_len; i++) {
    air[length++] = (uint8_t)(ad[i].data_len + 1);
    air[length++] = ad[i].type;
    memcpy(air + length, ad[i].data, ad[i].data_len);
    length += ad[i].data_len;
  }
  mycel_ble_beacon seen;
  if (length != MYCEL_BLE_ADVERTISEMENT_BYTES ||
      mycel_ble_read_advertisement(air, length, &seen) != MYCEL_BLE_BEACON || seen.leaf_id != 1 ||
      seen.sequence == beacon.sequence) {
    adverts_wrong++;
  }
  beacon = seen;
  return 0;
}

int bt_le_adv_start(const struct bt_le_adv_param *param, const struct bt_data *ad, size_t ad_len,
                    const struct bt_data *sd, size_t sd_len) {
  (void)sd, (void)sd_len;
  if (advertising || (param->options & BT_LE_ADV_OPT_CONN) == 0) return -EALREADY;
  advertising = true;
  return put_on_air(ad, ad_len);
}

int bt_le_adv_update_data(const struct bt_data *ad, size_t ad_len, const struct bt_data *sd,
                          size_t sd_len) {
  (void)sd, (void)sd_len;
  return advertising ? put_on_air(ad, ad_len) : -EAGAIN;
}

struct bt_conn *bt_conn_ref(struct bt_conn *one) {
  one->references++;
  return one;
}

void bt_conn_unref(struct bt_conn *one) { one->references--; }

uint16_t bt_gatt_get_mtu(struct bt_conn *one) {
  (void)one;
  return mtu;
}

int bt_gatt_notify(struct bt_conn *one, const struct bt_gatt_attr *attribute, const void *bytes,
                   uint16_t length) {
  static const uint8_t uplink[] = {MYCEL_BLE_UUID(MYCEL_BLE_UPLINK)};
  if (!connected || one != &connection) return -ENOTCONN;
  if (memcmp(((const struct bt_uuid_128 *)attribute->uuid)->val, uplink, 16) != 0) hub.faults++;
  if (length > mtu - 3) hub.faults++;
  if (++hub.notified % 7 == 0) {
    hub.full++;
    return -ENOMEM;
  }
  if (mycel_ble_feed(&heard, bytes, length) == MYCEL_BLE_FRAME) hear(heard.frame, heard.length);
  else if (hub.broken == 0 && hub.visits == 2) {
    /* The hub walks off in the midst of a frame: it comes again, whole. */
    hub.broken++;
    leave();
  }
  return 0;
}

int main(void) {
  bus = sim_bus(&sim);
  beacon.sequence = 255;
  sim_answer(&sim, "sht31", (const uint8_t *)"\x66\x66\x93\x80\x00\xa2", 6);
  sim_answer(&sim, "bh1750", (const uint8_t *)"\x01\x10", 2);
  motion = true;
  if (setjmp(ended) == 0) nrf54_main();
  expect_number("registers, once", hub.registers, 1);
  /* Of forty, what waits for the next visit is still in the leaf. */
  expect_number("every report, none twice", hub.reports + 3 >= 40 && hub.reports <= 40, 1);
  expect_number("visits when frames wait", hub.visits >= 10 && hub.visits <= 20, 1);
  expect_number("one broke in the midst of a frame", hub.broken, 1);
  expect_number("the stack was full", hub.full > 3, 1);
  expect_number("the advertisement is BLE.md's, with a new number each", adverts_wrong, 0);
  expect_number("no reference is left", connection.references, connected);
  expect_number("battery", hub.battery_mv, 2999);
  expect_number("humidity by SHT31", fabsf(hub.newest[MYCEL_CHANNEL_HUMIDITY] - 50.0f) < 0.01f, 1);
  expect_number("motion", hub.newest[MYCEL_CHANNEL_MOTION] == 1.0f, 1);
  expect_number("the command came in fragments", hub.acks, 1);
  expect_number("relay", relay, 1);
  expect_number("nothing else, no fault", hub.others + hub.faults, 0);
  return expect_end();
}
