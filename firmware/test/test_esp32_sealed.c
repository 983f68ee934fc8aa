/*
 * The ESP32 leaf over ESP-NOW as it is, built with an install code: wire v2, in virtual time. `hour`
 * has a hub that goes away, comes back and loses frames; `cuts` has a power supply that fails. Both
 * look at each frame on the air: no counter may come twice with other bytes.
 */
#include <stdlib.h>

#include "expect.h"
#include "mycel_sealed.h"
#include "sim_esp32.h"

void app_main(void);

#define S 1000000ull
#define MINUTE (60 * S)
#define LEAF_ID 300
#define FRAMES_MAX 4096

static const uint8_t code[16] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
static const uint8_t eui[8] = {0x24, 0x0a, 0xc4, 0xff, 0xfe, 0x00, 0x00, 0x07};
static const uint8_t raw_key[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

/* What was on the air, and which of it the hub took. */
static struct {
  uint8_t length;
  bool taken;
  uint8_t bytes[MYCEL_SEALED_BYTES_MAX];
} air[FRAMES_MAX];
static size_t air_count;

static struct {
  mycel_key key;
  bool has_key, away;
  uint16_t sequence;
  /* Every so many frames one of the leaf's is lost; 0: none. */
  uint32_t loses, heard;
  uint32_t requests, accepts, registers, reports, heartbeats, results, wakes, refused, reused;
  uint32_t flags, dropped, epoch;
  uint8_t outcome;
  /* When each measurement was made, by its age. */
  uint64_t measured_us[FRAMES_MAX];
  size_t measured_count;
  uint32_t late, oldest_s;
  /* Told after the leaf's next frame: it listens then. */
  uint8_t type, said[16];
  size_t said_length;
} hub;

static struct {
  uint64_t at_us;
  void (*act)(sim_esp32 *sim);
} plan[24];
static size_t plan_at, plan_count;

static void at(uint64_t at_us, void (*act)(sim_esp32 *)) {
  plan[plan_count].at_us = at_us;
  plan[plan_count++].act = act;
}

static void put(uint8_t *at, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) at[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t counter_of(const uint8_t *frame) {
  mycel_header header;
  mycel_read_header(frame, &header);
  return (uint64_t)header.epoch << 16 | header.sequence;
}

static void tell(sim_esp32 *sim, const mycel_key *key, uint8_t key_no, uint16_t leaf_id,
                 uint8_t type, const uint8_t *payload, size_t length) {
  uint8_t frame[MYCEL_SEALED_BYTES_MAX];
  const mycel_header header = {type, key_no, leaf_id, 1, hub.sequence++};
  const size_t sealed = mycel_seal(key, &header, payload, length, frame);
  sim_esp32_deliver(sim, sim->now_us + 30000 + hub.sequence % 8 * 1000u, frame, sealed);
}

static void pair(sim_esp32 *sim, const uint8_t *frame, size_t length) {
  uint8_t raw[16], opened[MYCEL_SEALED_BYTES_MAX], payload[27];
  mycel_key key;
  hub.requests++;
  mycel_pairing_key(raw, code);
  mycel_expand_key(&key, raw);
  if (mycel_open(&key, frame, length, opened) == 0 || memcmp(opened + 13, eui, 8) != 0) {
    hub.refused++;
    return;
  }
  /* The operator opens the window at the third request. */
  if (hub.requests < 3) return;
  memcpy(payload, opened + 21, 8);
  put(payload + 8, LEAF_ID, 2);
  payload[10] = 1;
  memcpy(payload + 11, raw_key, 16);
  mycel_expand_key(&hub.key, raw_key);
  hub.has_key = true;
  hub.accepts++;
  mycel_header header;
  mycel_read_header(frame, &header);
  tell(sim, &key, 0, header.leaf_id, MYCEL_SEALED_TYPE_PAIR_ACCEPT, payload, sizeof payload);
}

static bool is_taken(uint64_t counter) {
  for (size_t i = 0; i < air_count; i++) {
    if (air[i].bytes[MYCEL_SEALED_AT_KEY_NO] == 1 && counter_of(air[i].bytes) == counter) {
      return air[i].taken;
    }
  }
  return false;
}

static void acknowledge(sim_esp32 *sim, uint64_t counter) {
  uint8_t payload[10];
  uint32_t seen = 0;
  for (uint32_t n = 0; n < 32; n++) seen |= (uint32_t)is_taken(counter - 1 - n) << n;
  put(payload, counter >> 16, 4);
  put(payload + 4, counter & 0xffff, 2);
  put(payload + 6, seen, 4);
  tell(sim, &hub.key, 1, LEAF_ID, MYCEL_SEALED_TYPE_ACK, payload, sizeof payload);
}

static void take_report(const sim_esp32 *sim, const uint8_t *opened, size_t length) {
  hub.reports++;
  for (const uint8_t *group = opened + MYCEL_SEALED_AT_PAYLOAD; group < opened + length;
       group = mycel_group_end(group)) {
    const uint32_t age_ms = mycel_group_age_ms(group);
    hub.measured_us[hub.measured_count++] = sim->now_us - age_ms * 1000ull;
    if (age_ms > 25000) hub.late++;
    if (age_ms / 1000 > hub.oldest_s) hub.oldest_s = age_ms / 1000;
  }
}

static void take(sim_esp32 *sim, const uint8_t *opened, size_t length) {
  mycel_header header;
  mycel_read_header(opened, &header);
  if (header.epoch > hub.epoch) hub.epoch = header.epoch;
  switch (mycel_sealed_kind(opened)) {
    case MYCEL_SEALED_TYPE_REPORT:
      take_report(sim, opened, length);
      break;
    case MYCEL_SEALED_TYPE_HEARTBEAT:
      hub.heartbeats++;
      hub.dropped = mycel_opened_u16(opened, 8);
      break;
    case MYCEL_SEALED_TYPE_REGISTER:
      hub.registers++;
      hub.flags = mycel_opened_u8(opened, 1);
      break;
    case MYCEL_SEALED_TYPE_RESULT:
      hub.results++;
      hub.outcome = mycel_opened_u8(opened, 4);
      break;
    case MYCEL_SEALED_TYPE_WAKE_NOTIFY:
      hub.wakes++;
      break;
    default:
      hub.refused++;
  }
}

/* Index of the frame; one that has the counter of another is seen here, whoever hears it. */
static size_t on_air(const uint8_t *frame, size_t length) {
  for (size_t i = 0; i < air_count; i++) {
    if (air[i].bytes[MYCEL_SEALED_AT_KEY_NO] != frame[MYCEL_SEALED_AT_KEY_NO]) continue;
    if (counter_of(air[i].bytes) != counter_of(frame)) continue;
    if (air[i].length != length || memcmp(air[i].bytes, frame, length) != 0) hub.reused++;
    return i;
  }
  if (air_count == FRAMES_MAX) abort();
  air[air_count].length = (uint8_t)length;
  memcpy(air[air_count].bytes, frame, length);
  return air_count++;
}

static void hear(sim_esp32 *sim, const uint8_t *frame, size_t length) {
  while (plan_at < plan_count && plan[plan_at].at_us <= sim->now_us) plan[plan_at++].act(sim);
  const size_t index = on_air(frame, length);
  if (hub.away || (hub.loses > 0 && ++hub.heard % hub.loses == 0)) return;
  if (mycel_check_sealed(frame, length) != MYCEL_SOUND) {
    hub.refused++;
    return;
  }
  if (mycel_sealed_kind(frame) == MYCEL_SEALED_TYPE_PAIR_REQUEST) {
    pair(sim, frame, length);
    return;
  }
  uint8_t opened[MYCEL_SEALED_BYTES_MAX];
  const size_t opened_length = hub.has_key ? mycel_open(&hub.key, frame, length, opened) : 0;
  if (opened_length == 0 || mycel_check_opened(opened, opened_length) != MYCEL_SOUND) {
    hub.refused++;
    return;
  }
  if (!air[index].taken) take(sim, opened, opened_length);
  air[index].taken = true;
  if (frame[MYCEL_SEALED_AT_TYPE] & MYCEL_SEALED_ANSWER_BIT) acknowledge(sim, counter_of(frame));
  if (hub.said_length == 0) return;
  const size_t said = hub.said_length;
  hub.said_length = 0;
  tell(sim, &hub.key, 1, LEAF_ID, hub.type, hub.said, said);
}

static void command(uint32_t id, uint8_t what, uint32_t arg, size_t arg_bytes) {
  hub.type = MYCEL_SEALED_TYPE_COMMAND;
  put(hub.said, id, 4);
  put(hub.said + 4, 0, 2);
  hub.said[6] = what;
  hub.said[7] = (uint8_t)arg_bytes;
  put(hub.said + 8, arg, arg_bytes);
  hub.said_length = 8 + arg_bytes;
}

static void switch_on(sim_esp32 *sim) {
  (void)sim;
  command(1, MYCEL_COMMAND_SET_STATE, 1, 1);
}

static void switch_off(sim_esp32 *sim) {
  (void)sim;
  command(2, MYCEL_COMMAND_SET_STATE, 0, 1);
}

static void expect_on(sim_esp32 *sim) {
  expect_number("the relay is held through sleep", sim->relay, 1);
}

static void sleep_three_minutes(sim_esp32 *sim) {
  (void)sim;
  command(3, MYCEL_COMMAND_DEEP_SLEEP, 180000, 4);
}

static void tell_time(sim_esp32 *sim) {
  (void)sim;
  hub.type = MYCEL_SEALED_TYPE_TIME_SYNC;
  put(hub.said, 1771027200000ull, 8);
  hub.said_length = 8;
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

static int by_time(const void *a, const void *b) {
  const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
  return (left > right) - (left < right);
}

/* Twice: the same one in two frames. Starting takes longer than 50 ms, rounding and sending not. */
static uint32_t twice_and_gaps(uint64_t *longest_us) {
  uint32_t twice = 0;
  *longest_us = 0;
  qsort(hub.measured_us, hub.measured_count, sizeof hub.measured_us[0], by_time);
  for (size_t i = 1; i < hub.measured_count; i++) {
    const uint64_t gap_us = hub.measured_us[i] - hub.measured_us[i - 1];
    if (gap_us < S / 20) twice++;
    if (gap_us > *longest_us) *longest_us = gap_us;
  }
  return twice;
}

static void equip(sim_esp32 *sim) {
  sim_answer(&sim->sensors, "sht31", (const uint8_t *)"\x66\x66\x93\x80\x00\xa2", 6);
  sim_answer(&sim->sensors, "bh1750", (const uint8_t *)"\x01\x10", 2);
  sim_answer(&sim->sensors, "mhz19c", (const uint8_t *)"\xff\x86\x02\x60\x47\x00\x00\x00\xd1", 9);
  sim_answer(&sim->sensors, "dht22", (const uint8_t *)"\x02\x8c\x01\x5f\xee", 5);
  sim->battery_raw = 2048;
  sim->now_us = 1000;
  sim->on_frame = hear;
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
  expect_number("no measurement came twice", twice_and_gaps(&gap_us), 0);
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
  expect_number("no measurement came twice", twice_and_gaps(&gap_us), 0);
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
