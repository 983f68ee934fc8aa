/*
 * The ESP32 leaf over ESP-NOW as it is, built with an install code: wire v2, in virtual time. `hour`
 * has a hub that goes away, comes back and loses frames; `cuts` has a power supply that fails. Both
 * look at each frame on the air: no counter may come twice with other bytes.
 */
#include "expect.h"
#include "sealed_hub.h"
#include "sim_esp32.h"

void app_main(void);

#define S 1000000ull
#define MINUTE (60 * S)

static const uint8_t eui[8] = {0x24, 0x0a, 0xc4, 0xff, 0xfe, 0x00, 0x00, 0x07};

static struct {
  uint64_t at_us;
  void (*act)(sim_esp32 *sim);
} plan[24];
static size_t plan_at, plan_count;

static void at(uint64_t at_us, void (*act)(sim_esp32 *)) {
  plan[plan_count].at_us = at_us;
  plan[plan_count++].act = act;
}

static void send(void *sim, const uint8_t *frame, size_t length) {
  const uint64_t now_us = ((sim_esp32 *)sim)->now_us;
  sim_esp32_deliver(sim, now_us + 30000 + hub.sequence % 8 * 1000u, frame, length);
}

static void hear(sim_esp32 *sim, const uint8_t *frame, size_t length) {
  while (plan_at < plan_count && plan[plan_at].at_us <= sim->now_us) plan[plan_at++].act(sim);
  sealed_hub_hear(sim->now_us, frame, length);
}

static void switch_on(sim_esp32 *sim) {
  (void)sim;
  sealed_hub_command(1, MYCEL_COMMAND_SET_STATE, 1, 1);
}

static void switch_off(sim_esp32 *sim) {
  (void)sim;
  sealed_hub_command(2, MYCEL_COMMAND_SET_STATE, 0, 1);
}

static void expect_on(sim_esp32 *sim) {
  expect_number("the relay is held through sleep", sim->relay, 1);
}

static void sleep_three_minutes(sim_esp32 *sim) {
  (void)sim;
  sealed_hub_command(3, MYCEL_COMMAND_DEEP_SLEEP, 180000, 4);
}

static void tell_time(sim_esp32 *sim) {
  (void)sim;
  sealed_hub_tell_time(1771027200000);
}

static void walk_away(sim_esp32 *sim) {
  (void)sim;
  hub.away = true;
}

static void come_back(sim_esp32 *sim) {
  (void)sim;
  hub.away = false;
}

static void lose(sim_esp32 *sim) {
  (void)sim;
  hub.loses = 4;
}

static void hear_all(sim_esp32 *sim) {
  (void)sim;
  hub.loses = 0;
}

static void equip(sim_esp32 *sim) {
  sim_answer(&sim->sensors, "sht31", (const uint8_t *)"\x66\x66\x93\x80\x00\xa2", 6);
  sim_answer(&sim->sensors, "bh1750", (const uint8_t *)"\x01\x10", 2);
  sim_answer(&sim->sensors, "mhz19c", (const uint8_t *)"\xff\x86\x02\x60\x47\x00\x00\x00\xd1", 9);
  sim_answer(&sim->sensors, "dht22", (const uint8_t *)"\x02\x8c\x01\x5f\xee", 5);
  sim->battery_raw = 2048;
  sim->now_us = 1000;
  sim->on_frame = hear;
  hub.send = send;
  hub.context = sim;
  hub.eui = eui;
}

static void test_hour(void) {
  static sim_esp32 sim;
  equip(&sim);
  sim.end_us = 60 * MINUTE;
  at(5 * MINUTE, tell_time);
  at(7 * MINUTE, switch_on);
  at(9 * MINUTE, expect_on);
  at(10 * MINUTE, switch_off);
  /* Its answer was lost, says this hub. */
  at(12 * MINUTE, switch_on);
  at(20 * MINUTE, walk_away);
  at(30 * MINUTE, come_back);
  at(40 * MINUTE, lose);
  at(50 * MINUTE, hear_all);
  sim_esp32_run(&sim, app_main);

  uint64_t gap_us;
  expect_number("asks until the window is open", hub.requests, 3);
  expect_number("pairs once", hub.accepts, 1);
  expect_number("registers once, not with each wake", hub.registers, 1);
  expect_number("as a leaf that sleeps", hub.flags, MYCEL_REGISTER_FLAG_SLEEPS);
  expect_number("no measurement came twice", sealed_hub_twice(&gap_us), 0);
  expect_number("none is missing in ten minutes without the hub, and ten with a bad one",
                gap_us <= 31 * S, 1);
  /* Two a minute, from the third request on. */
  expect_number("measurements", hub.measured_count >= 117 && hub.measured_count <= 119, 1);
  expect_number("those of the ten minutes came with their age",
                hub.oldest_s >= 570 && hub.oldest_s <= 720, 1);
  expect_number("some of it in company", hub.late >= 20, 1);
  expect_number("nothing dropped", hub.dropped, 0);
  expect_number("a boot for each wake", sim.boots >= 118 && sim.boots <= 122, 1);
  expect_number("asleep for more than 97 % of the time",
                sim.slept_us * 100 > sim.end_us * 97, 1);
  expect_number("no frame missed the time it listens", sim.deaf, 0);
  expect_number("three commands, three results", hub.results, 3);
  expect_number("applied", hub.outcome, MYCEL_OUTCOME_APPLIED);
  expect_number("the one that came again was not run again", sim.relay, 0);
  expect_number("clock", (long)sim.unix_s, 1771027200);
  expect_number("one epoch: RTC memory has the counter", hub.epoch, 1);
  /* The start, the key, two commands. */
  expect_number("flash is written for keys and commands, not for wakes", sim.nvs_writes, 4);
  expect_number("no counter twice", hub.reused, 0);
  expect_number("nothing refused", hub.refused, 0);
}

/* Off at any moment: asleep, before and after a note is in flash, between two frames. */
static void test_cuts(void) {
  static sim_esp32 sim;
  equip(&sim);
  sim.end_us = 60 * MINUTE;
  at(5 * MINUTE, switch_on);
  at(8 * MINUTE, expect_on);
  at(12 * MINUTE, switch_on);
  sim.cuts_us[sim.cuts_count++] = 10 * MINUTE + 7 * S;
  /* Each next life is 7 ms longer, then seconds. */
  uint64_t cut_us = 20 * MINUTE;
  for (uint64_t life = 1; life <= 100; life++) {
    cut_us += life * 7000 + (life % 10 == 0 ? 31 * S : 0);
    sim.cuts_us[sim.cuts_count++] = cut_us;
  }
  at(40 * MINUTE, walk_away);
  at(45 * MINUTE, come_back);
  sim.cuts_us[sim.cuts_count++] = 47 * MINUTE + 3 * S;
  at(50 * MINUTE, sleep_three_minutes);
  sim_esp32_run(&sim, app_main);

  uint64_t gap_us;
  expect_number("every cut is a boot", sim.boots > 102, 1);
  expect_number("pairs once in its life", hub.accepts, 1);
  expect_number("an epoch for each start that got as far as its note",
                hub.epoch > 50 && hub.epoch <= 103, 1);
  expect_number("no counter twice", hub.reused, 0);
  expect_number("nothing refused", hub.refused, 0);
  expect_number("no measurement came twice", sealed_hub_twice(&gap_us), 0);
  expect_number("registers after a cut", hub.registers > 2, 1);
  expect_number("a command from before the cut is answered as it was", hub.results, 3);
  expect_number("and not run again", sim.relay, 0);
  expect_number("says that it woke", hub.wakes, 1);
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "hour") == 0) test_hour();
  if (argc > 1 && strcmp(argv[1], "cuts") == 0) test_cuts();
  return expect_end();
}
