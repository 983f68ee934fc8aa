/*
 * The ESP32 leaf as it is, an hour and more of virtual time: deep sleep and waking, motion, commands,
 * a sensor that is unplugged, a radio that is away. `hour`, `motion` and `sleep` are for the leaf over
 * ESP-NOW, `uart` for the one over a UART.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "mycel_frame.h"
#include "mycel_stream.h"
#include "sim_esp32.h"

void app_main(void);

#define S 1000000ull
#define MINUTE (60 * S)

/* The hub at the other end. */
static struct {
  uint32_t reports, heartbeats, registers, acks, wakes, damaged;
  uint64_t last_report_us;
  uint64_t longest_gap_us;
  float newest[256];
  uint64_t newest_us[256];
  uint16_t battery_mv;
  /* Sent with the leaf's next report: it listens then. */
  uint8_t command[MYCEL_FRAME_BYTES_MAX];
  size_t command_length;
  bool away;
} hub;

/* What the hub does at what time. */
static struct {
  uint64_t at_us;
  void (*act)(sim_esp32 *sim);
} plan[16];
static size_t plan_at, plan_count;

static void at(uint64_t at_us, void (*act)(sim_esp32 *)) {
  plan[plan_count].at_us = at_us;
  plan[plan_count++].act = act;
}

static void hear_report(const uint8_t *frame, uint64_t now_us) {
  if (hub.reports++ > 0 && now_us - hub.last_report_us > hub.longest_gap_us) {
    hub.longest_gap_us = now_us - hub.last_report_us;
  }
  hub.last_report_us = now_us;
  for (size_t i = 0; i < mycel_report_count(frame); i++) {
    const uint8_t channel = mycel_report_channel(frame, i);
    hub.newest[channel] = mycel_report_value(frame, i);
    hub.newest_us[channel] = now_us;
  }
}

static void answer(sim_esp32 *sim) {
  if (hub.command_length == 0) return;
  if (sim->on_stream != NULL) {
    sim->stream_at = 0;
    sim->stream_filled = mycel_to_stream(hub.command, hub.command_length, sim->stream);
  } else {
    sim_esp32_deliver(sim, sim->now_us + 30000, hub.command, hub.command_length);
  }
  hub.command_length = 0;
}

static void hear(sim_esp32 *sim, const uint8_t *frame, size_t length) {
  while (plan_at < plan_count && plan[plan_at].at_us <= sim->now_us) plan[plan_at++].act(sim);
  if (hub.away) return;
  if (mycel_check_frame(frame, length) != MYCEL_SOUND || mycel_frame_leaf_id(frame) != 1) {
    hub.damaged++;
    return;
  }
  switch (mycel_frame_type(frame)) {
    case MYCEL_MESSAGE_SENSOR_REPORT:
      hear_report(frame, sim->now_us);
      answer(sim);
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
    case MYCEL_MESSAGE_WAKE_NOTIFY:
      hub.wakes++;
      break;
    default:
      hub.damaged++;
  }
}

static void hear_stream(sim_esp32 *sim, const uint8_t *bytes, size_t length) {
  static mycel_splitter splitter;
  for (size_t i = 0; i < length; i++) {
    if (mycel_splitter_feed(&splitter, bytes[i]) != MYCEL_STREAM_FRAME) continue;
    hear(sim, splitter.frame, splitter.length);
  }
}

static void say(uint8_t command, uint32_t arg) {
  hub.command_length = mycel_write_command(hub.command, 1, command, arg);
}

static void switch_on(sim_esp32 *sim) {
  (void)sim;
  say(MYCEL_COMMAND_SET_STATE, 1);
}

static void dim(sim_esp32 *sim) {
  (void)sim;
  say(MYCEL_COMMAND_SET_PWM, 300);
}

static void every_minute(sim_esp32 *sim) {
  (void)sim;
  say(MYCEL_COMMAND_SET_INTERVAL, 60);
}

static void sleep_ten_minutes(sim_esp32 *sim) {
  (void)sim;
  say(MYCEL_COMMAND_DEEP_SLEEP, 600000);
}

static void tell_time(sim_esp32 *sim) {
  (void)sim;
  hub.command_length = mycel_write_time_sync(hub.command, 1, 1771027200);
}

static void unplug(sim_esp32 *sim) { sim->sensors.sht31.absent = true; }
static void plug_in(sim_esp32 *sim) { sim->sensors.sht31.absent = false; }

static void walk_away(sim_esp32 *sim) {
  (void)sim;
  hub.away = true;
}

static void come_back(sim_esp32 *sim) {
  (void)sim;
  hub.away = false;
}

static void equip(sim_esp32 *sim) {
  static const char bme680[] =
      "\x61\x2e\x00\x10\x00\x13\x97\x67\x03\x00\xc0\x88\xd4\xd7\x58\x00\xdc\x25\x36\xff\x18\x1e"
      "\x00\x00\xfc\xff\x73\xf2\x1e\x3e\xfa\x31\x00\x2d\x14\x78\x9c\x5b\x66\x85\xe9\xd0\x12"
      "\x50\x4b\x40\x76\x2d\x60\x60\x92\x00\x00\x00\xe8\xb9";
  sim_answer(&sim->sensors, "bme680", (const uint8_t *)bme680, 56);
  sim_answer(&sim->sensors, "sht31", (const uint8_t *)"\x66\x66\x93\x80\x00\xa2", 6);
  sim_answer(&sim->sensors, "bh1750", (const uint8_t *)"\x01\x10", 2);
  sim_answer(&sim->sensors, "mhz19c", (const uint8_t *)"\xff\x86\x02\x60\x47\x00\x00\x00\xd1", 9);
  sim_answer(&sim->sensors, "dht22", (const uint8_t *)"\x02\x8c\x01\x5f\xee", 5);
  /* 2048 of 4095, of 3.1 V, of half the battery. */
  sim->battery_raw = 2048;
  sim->now_us = 1000;
}

static bool is_near(float value, float wanted) { return fabsf(value - wanted) < 0.01f; }

static void expect_readings(void) {
  expect_number("pressure by BME680", is_near(hub.newest[MYCEL_CHANNEL_PRESSURE], 1000.9f), 1);
  expect_number("light by BH1750", is_near(hub.newest[MYCEL_CHANNEL_ILLUMINANCE], 226.67f), 1);
  expect_number("CO2 by MH-Z19C", is_near(hub.newest[MYCEL_CHANNEL_CO2], 608), 1);
  /* It is the last in the table that measures them. */
  expect_number("humidity by DHT22, from its pulses",
                is_near(hub.newest[MYCEL_CHANNEL_HUMIDITY], 65.2f), 1);
  expect_number("battery", hub.battery_mv, 3100);
}

static void test_uart(void) {
  static sim_esp32 sim;
  equip(&sim);
  sim.end_us = 10 * MINUTE;
  sim.on_stream = hear_stream;
  at(2 * MINUTE, switch_on);
  at(3 * MINUTE, dim);
  at(4 * MINUTE, tell_time);
  sim_esp32_run(&sim, app_main);
  expect_number("boots once", sim.boots, 1);
  expect_number("never sleeps", sim.slept_us > 0, 0);
  expect_number("a report every half minute", hub.reports, 20);
  expect_number("acknowledges", hub.acks, 2);
  expect_number("relay", sim.relay, 1);
  expect_number("duty", (long)sim.duty, 300);
  expect_number("clock", (long)sim.unix_s, 1771027200);
  expect_number("nothing else on the line", hub.damaged, 0);
  expect_readings();
}

static void test_hour(void) {
  static sim_esp32 sim;
  equip(&sim);
  sim.end_us = 60 * MINUTE;
  sim.on_frame = hear;
  at(5 * MINUTE, tell_time);
  at(10 * MINUTE, switch_on);
  at(20 * MINUTE, unplug);
  at(25 * MINUTE, plug_in);
  at(30 * MINUTE, walk_away);
  at(35 * MINUTE, come_back);
  sim_esp32_move(&sim, 15 * MINUTE + 7 * S, 3 * S);
  sim_esp32_run(&sim, app_main);

  expect_number("registers once, not with each wake", hub.registers, 1);
  /* One every 30 s, one for the motion, less the 5 minutes that the hub was away. */
  expect_number("reports of an hour", hub.reports, 120 + 1 - 10);
  expect_number("heartbeats, one of six", hub.heartbeats >= 18 && hub.heartbeats <= 21, 1);
  expect_number("a boot for each", sim.boots, 121);
  expect_number("asleep for more than 97 % of the time",
                sim.slept_us * 100 > sim.end_us * 97, 1);
  expect_number("gap while the hub was away", (long)(hub.longest_gap_us / S), 330);
  expect_number("no frame missed the time it listens", sim.deaf, 0);
  expect_number("acknowledges", hub.acks, 1);
  expect_number("the relay is held through sleep", sim.relay, 1);
  expect_number("clock", (long)sim.unix_s, 1771027200);
  expect_number("nothing damaged", hub.damaged, 0);
  expect_readings();
}

static void test_motion_wakes(void) {
  static sim_esp32 sim;
  equip(&sim);
  sim.on_frame = hear;
  sim_esp32_move(&sim, 3 * MINUTE + 17 * S, 4 * S);
  /* Stops shortly after: motion is in the newest report. */
  sim.end_us = 3 * MINUTE + 19 * S;
  sim_esp32_run(&sim, app_main);
  expect_number("motion is reported within a second",
                (long)((hub.newest_us[MYCEL_CHANNEL_MOTION] - 3 * MINUTE - 17 * S) / S), 0);
  expect_number("as motion", hub.newest[MYCEL_CHANNEL_MOTION] == 1.0f, 1);
}

static void test_long_sleep(void) {
  static sim_esp32 sim;
  equip(&sim);
  sim.on_frame = hear;
  sim.end_us = 40 * MINUTE;
  at(5 * MINUTE, every_minute);
  at(15 * MINUTE, sleep_ten_minutes);
  sim_esp32_run(&sim, app_main);
  /* 10 by half minutes, 10 by minutes, 10 minutes of sleep, 15 more. */
  expect_number("reports", hub.reports >= 34 && hub.reports <= 37, 1);
  expect_number("slept for ten minutes", (long)(hub.longest_gap_us / MINUTE), 10);
  expect_number("and said that it woke", hub.wakes, 1);
  expect_number("both acknowledged", hub.acks, 2);
}

/* RTC memory begins with power-on: each life is a process of its own. */
int main(int argc, char **argv) {
  static const struct {
    const char *name;
    void (*live)(void);
  } lives[] = {{"hour", test_hour},
               {"motion", test_motion_wakes},
               {"sleep", test_long_sleep},
               {"uart", test_uart}};
  for (size_t i = 0; argc > 1 && i < sizeof lives / sizeof lives[0]; i++) {
    if (strcmp(argv[1], lives[i].name) == 0) lives[i].live();
  }
  return expect_end();
}
