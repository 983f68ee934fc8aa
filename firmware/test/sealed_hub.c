#include "sealed_hub.h"

#include <stdlib.h>
#include <string.h>

#define LEAF_ID 300

/* As targets/host.mk builds it in. */
static const uint8_t code[16] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
static const uint8_t raw_key[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

/* What was on the air, and which of it the hub took. */
static struct {
  uint8_t length;
  bool taken;
  uint8_t bytes[MYCEL_SEALED_BYTES_MAX];
} air[SEALED_HUB_FRAMES_MAX];
static size_t air_count;

sealed_hub hub;

static void put(uint8_t *at, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) at[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t counter_of(const uint8_t *frame) {
  mycel_header header;
  mycel_read_header(frame, &header);
  return (uint64_t)header.epoch << 16 | header.sequence;
}

static void tell(const mycel_key *key, uint8_t key_no, uint16_t leaf_id,
                 uint8_t type, const uint8_t *payload, size_t length) {
  uint8_t frame[MYCEL_SEALED_BYTES_MAX];
  const mycel_header header = {type, key_no, leaf_id, 1, hub.sequence++};
  const size_t sealed = mycel_seal(key, &header, payload, length, frame);
  hub.send(hub.context, frame, sealed);
}

static void pair(const uint8_t *frame, size_t length) {
  uint8_t raw[16], opened[MYCEL_SEALED_BYTES_MAX], payload[27];
  mycel_key key;
  hub.requests++;
  mycel_pairing_key(raw, code);
  mycel_expand_key(&key, raw);
  if (mycel_open(&key, frame, length, opened) == 0 || memcmp(opened + 13, hub.eui, 8) != 0) {
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
  tell(&key, 0, header.leaf_id, MYCEL_SEALED_TYPE_PAIR_ACCEPT, payload, sizeof payload);
}

static bool is_taken(uint64_t counter) {
  for (size_t i = 0; i < air_count; i++) {
    if (air[i].bytes[MYCEL_SEALED_AT_KEY_NO] == 1 && counter_of(air[i].bytes) == counter) {
      return air[i].taken;
    }
  }
  return false;
}

static void acknowledge(uint64_t counter) {
  uint8_t payload[10];
  uint32_t seen = 0;
  for (uint32_t n = 0; n < 32; n++) seen |= (uint32_t)is_taken(counter - 1 - n) << n;
  put(payload, counter >> 16, 4);
  put(payload + 4, counter & 0xffff, 2);
  put(payload + 6, seen, 4);
  tell(&hub.key, 1, LEAF_ID, MYCEL_SEALED_TYPE_ACK, payload, sizeof payload);
}

static void take_report(uint64_t now_us, const uint8_t *opened, size_t length) {
  hub.reports++;
  for (const uint8_t *group = opened + MYCEL_SEALED_AT_PAYLOAD; group < opened + length;
       group = mycel_group_end(group)) {
    const uint32_t age_ms = mycel_group_age_ms(group);
    hub.measured_us[hub.measured_count++] = now_us - age_ms * 1000ull;
    if (age_ms > 25000) hub.late++;
    if (age_ms / 1000 > hub.oldest_s) hub.oldest_s = age_ms / 1000;
  }
}

static void take(uint64_t now_us, const uint8_t *opened, size_t length) {
  mycel_header header;
  mycel_read_header(opened, &header);
  if (header.epoch > hub.epoch) hub.epoch = header.epoch;
  switch (mycel_sealed_kind(opened)) {
    case MYCEL_SEALED_TYPE_REPORT:
      take_report(now_us, opened, length);
      break;
    case MYCEL_SEALED_TYPE_HEARTBEAT:
      hub.heartbeats++;
      hub.battery_mv = mycel_opened_u16(opened, 0);
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
  if (air_count == SEALED_HUB_FRAMES_MAX) abort();
  air[air_count].length = (uint8_t)length;
  memcpy(air[air_count].bytes, frame, length);
  return air_count++;
}

void sealed_hub_hear(uint64_t now_us, const uint8_t *frame, size_t length) {
  const size_t index = on_air(frame, length);
  if (hub.away || (hub.loses > 0 && ++hub.heard % hub.loses == 0)) return;
  if (mycel_check_sealed(frame, length) != MYCEL_SOUND) {
    hub.refused++;
    return;
  }
  if (mycel_sealed_kind(frame) == MYCEL_SEALED_TYPE_PAIR_REQUEST) {
    pair( frame, length);
    return;
  }
  uint8_t opened[MYCEL_SEALED_BYTES_MAX];
  const size_t opened_length = hub.has_key ? mycel_open(&hub.key, frame, length, opened) : 0;
  if (opened_length == 0 || mycel_check_opened(opened, opened_length) != MYCEL_SOUND) {
    hub.refused++;
    return;
  }
  if (!air[index].taken) take(now_us, opened, opened_length);
  air[index].taken = true;
  if (frame[MYCEL_SEALED_AT_TYPE] & MYCEL_SEALED_ANSWER_BIT) acknowledge(counter_of(frame));
  if (hub.said_length == 0) return;
  const size_t said = hub.said_length;
  hub.said_length = 0;
  tell(&hub.key, 1, LEAF_ID, hub.type, hub.said, said);
}

void sealed_hub_command(uint32_t id, uint8_t what, uint32_t arg, size_t arg_bytes) {
  hub.type = MYCEL_SEALED_TYPE_COMMAND;
  put(hub.said, id, 4);
  put(hub.said + 4, 0, 2);
  hub.said[6] = what;
  hub.said[7] = (uint8_t)arg_bytes;
  put(hub.said + 8, arg, arg_bytes);
  hub.said_length = 8 + arg_bytes;
}

void sealed_hub_tell_time(uint64_t unix_ms) {
  hub.type = MYCEL_SEALED_TYPE_TIME_SYNC;
  put(hub.said, unix_ms, 8);
  hub.said_length = 8;
}

static int by_time(const void *a, const void *b) {
  const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
  return (left > right) - (left < right);
}

/* Twice: the same one in two frames. Starting takes longer than 50 ms, rounding and sending not. */
uint32_t sealed_hub_twice(uint64_t *longest_us) {
  uint32_t twice = 0;
  *longest_us = 0;
  qsort(hub.measured_us, hub.measured_count, sizeof hub.measured_us[0], by_time);
  for (size_t i = 1; i < hub.measured_count; i++) {
    const uint64_t gap_us = hub.measured_us[i] - hub.measured_us[i - 1];
    if (gap_us < 50000) twice++;
    if (gap_us > *longest_us) *longest_us = gap_us;
  }
  return twice;
}
