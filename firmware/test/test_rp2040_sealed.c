/*
 * The RP2040 leaf as it is, built with an install code: wire v2 over its UART in virtual time, with a
 * hub that goes away, and with power that fails 400 times, also in the midst of the flash's pages.
 */
#include "expect.h"
#include "sealed_hub.h"
#include "sim_rp2040.h"

/* The Makefile calls its main() so. */
int rp2040_main(void);

#define S 1000000ull
#define MINUTE (60 * S)

static const uint8_t eui[8] = {0xe6, 0x60, 0x58, 0x38, 0x83, 0x00, 0x00, 0x07};

static void send(void *sim, const uint8_t *frame, size_t length) {
  (void)sim;
  sim_rp2040_say(frame, length);
}

static void hear(sim_rp2040 *sim, const uint8_t *frame, size_t length) {
  static uint64_t heard_us;
  const uint64_t minute = sim->now_us / MINUTE;
  hub.away = minute >= 20 && minute < 30;
  if (minute != heard_us / MINUTE) {
    if (minute == 5) sealed_hub_command(1, MYCEL_COMMAND_SET_STATE, 1, 1);
    if (minute == 8) expect_number("relay", sim->relay, 1);
    if (minute == 9) sealed_hub_command(2, MYCEL_COMMAND_SET_STATE, 0, 1);
    if (minute == 12 || minute == 55) sealed_hub_command(1, MYCEL_COMMAND_SET_STATE, 1, 1);
  }
  heard_us = sim->now_us;
  sealed_hub_hear(sim->now_us, frame, length);
}

static void test_hour(sim_rp2040 *sim) {
  uint64_t gap_us;
  sim_rp2040_run(sim, rp2040_main);
  expect_number("pairs once", hub.accepts, 1);
  expect_number("registers once", hub.registers, 1);
  expect_number("as a leaf that never sleeps", hub.flags, 0);
  expect_number("no measurement came twice", sealed_hub_twice(&gap_us), 0);
  expect_number("none of the ten minutes without the hub is missing", gap_us <= 31 * S, 1);
  expect_number("they came with their age", hub.oldest_s >= 570 && hub.oldest_s <= 720, 1);
  expect_number("nothing dropped", hub.dropped, 0);
  expect_number("four commands, four results", hub.results, 4);
  expect_number("the one that came again was not run again", sim->relay, 0);
  expect_number("one epoch", hub.epoch, 1);
  /* Pages 1 to 15 are not clean, and 16 begins a sector. */
  expect_number("the start, the key, two commands", sim->notes, 15 + 4);
}

static void test_cuts(sim_rp2040 *sim) {
  uint64_t gap_us;
  uint64_t cut_us = 32 * MINUTE;
  /* Lives of 0.3 ms and more: a note takes 0.7, a sector's erasure 45. */
  for (uint64_t life = 1; life <= 400; life++) {
    cut_us += life * 311 + (life % 10 == 0 ? 5 * S : 0);
    sim->cuts_us[sim->cuts_count++] = cut_us;
  }
  sim_rp2040_run(sim, rp2040_main);
  expect_number("every cut is a boot", sim->boots, 401);
  expect_number("pairs once in its life", hub.accepts, 1);
  expect_number("an epoch for each start that got as far as its note",
                hub.epoch > 100 && hub.epoch <= 401, 1);
  expect_number("no measurement came twice", sealed_hub_twice(&gap_us), 0);
  expect_number("a command from before is answered as it was", hub.results, 4);
  expect_number("and not run again", sim->relay, 0);
}

int main(int argc, char **argv) {
  static sim_rp2040 sim;
  sim.now_us = 1000;
  sim.end_us = 60 * MINUTE;
  sim.on_frame = hear;
  sim.sensors.bme680.absent = true;
  sim_answer(&sim.sensors, "sht31", (const uint8_t *)"\x66\x66\x93\x80\x00\xa2", 6);
  sim_answer(&sim.sensors, "dht22", (const uint8_t *)"\x02\x8c\x01\x5f\xee", 5);
  hub.send = send;
  hub.eui = eui;
  if (argc > 1 && strcmp(argv[1], "hour") == 0) test_hour(&sim);
  if (argc > 1 && strcmp(argv[1], "cuts") == 0) test_cuts(&sim);
  expect_number("no counter twice", hub.reused, 0);
  expect_number("nothing refused", hub.refused, 0);
  return expect_end();
}
