/*
 * Many sealed leaves behind one gateway, each once a period, evenly over it:
 *
 *   dense_sender PORT HUBS LEAVES EVERY_MS SECONDS EPOCH
 *
 * LEAVES a hub, hubs numbered from 0. A report has four readings as an office's sensors give them: in
 * steps, each channel in one of fifteen reports another. The key of a leaf is "mycel dense " behind which
 * stand its hub and its id, u16 each; its epoch is the caller's, the sequence counts reports.
 *
 * Last line: {"sent":N,"datagrams":M,"cpuS":X,"seconds":Y,"lateMs":Z}, sent being frames and lateMs the
 * longest that a turn began late
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "mycel_gateway.h"
#include "mycel_sealed.h"

enum { CHANNELS = 4, CHANGE_ONE_IN = 15, TURN_MS = 10 };

typedef struct {
  mycel_key key;
  uint16_t hub;
  uint16_t id;
  uint16_t sequence;
  float values[CHANNELS];
} leaf;

/* Temperature, humidity, CO2, light: codes, first values, steps. */
static const uint8_t codes[CHANNELS] = {0x01, 0x02, 0x04, 0x05};
static const float firsts[CHANNELS] = {21.0f, 40.0f, 600.0f, 300.0f};
static const float steps[CHANNELS] = {0.1f, 0.5f, 5.0f, 5.0f};

static double clock_s(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Marsaglia's xorshift: what is random here is a sensor's last digit. */
static uint32_t chance(void) {
  static uint32_t state = 2463534242u;
  state ^= state << 13;
  state ^= state >> 17;
  return state ^= state << 5;
}

static size_t report(leaf *each, uint32_t epoch, uint8_t *frame) {
  uint8_t *payload = frame + MYCEL_SEALED_AT_PAYLOAD;
  for (int i = 0; i < CHANNELS; i++) {
    const uint32_t draw = chance();
    if (draw % CHANGE_ONE_IN != 0) continue;
    /* Back towards the middle, so that it never leaves a room's range. */
    const float far = each->values[i] - firsts[i];
    const float up = (int)((draw >> 16) % 100) < 50 - (int)(far / steps[i]) ? 1.0f : -1.0f;
    each->values[i] += up * steps[i];
  }
  const uint8_t *end = mycel_put_group(payload, 0, codes, each->values, CHANNELS);
  const mycel_header header = {.type = MYCEL_SEALED_TYPE_REPORT,
                               .key_no = 1,
                               .leaf_id = each->id,
                               .epoch = epoch,
                               .sequence = each->sequence++};
  return mycel_seal(&each->key, &header, payload, (size_t)(end - payload), frame);
}

int main(int argc, char **argv) {
  if (argc != 7) return 2;
  const int hubs = atoi(argv[2]), leaves = atoi(argv[3]);
  const long every_ms = atol(argv[4]);
  const double seconds = atof(argv[5]);
  const uint32_t epoch = (uint32_t)strtoul(argv[6], NULL, 10);
  const long count = (long)hubs * leaves;
  const long turns = every_ms / TURN_MS;
  if (hubs < 1 || leaves < 1 || turns < 1) return 2;
  leaf *all = calloc((size_t)count, sizeof *all);
  for (long n = 0; n < count; n++) {
    uint8_t key[16] = "mycel dense ";
    /* Neighbours in time belong to different hubs, as in a building. */
    all[n].hub = (uint16_t)(n % hubs);
    all[n].id = (uint16_t)(n / hubs);
    memcpy(key + 12, &all[n].hub, 2);
    memcpy(key + 14, &all[n].id, 2);
    mycel_expand_key(&all[n].key, key);
    memcpy(all[n].values, firsts, sizeof firsts);
  }

  struct sockaddr_in node = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
  node.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&node, sizeof node) != 0) return 1;

  uint8_t bytes[MYCEL_ENVELOPE_BYTES];
  mycel_envelope envelope;
  mycel_envelope_begin(&envelope, bytes, sizeof bytes);
  long sent = 0;
  long datagrams = 0;
  double late_s = 0;
  const double started = clock_s(CLOCK_MONOTONIC);
  for (long turn = 0; (double)turn * TURN_MS < seconds * 1000; turn++) {
    const double due = started + (double)turn * TURN_MS / 1000;
    const double now = clock_s(CLOCK_MONOTONIC);
    if (now > due && now - due > late_s) late_s = now - due;
    const struct timespec wake = {(time_t)due, (long)((due - (double)(time_t)due) * 1e9)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, NULL);
    const long slot = turn % turns;
    for (long n = count * slot / turns; n < count * (slot + 1) / turns; n++) {
      uint8_t frame[MYCEL_SEALED_BYTES_MAX];
      const size_t length = report(&all[n], epoch, frame);
      if (!mycel_envelope_add(&envelope, all[n].hub, all[n].id, frame, length)) {
        if (send(fd, bytes, envelope.length, 0) < 0) return 1;
        datagrams++;
        mycel_envelope_begin(&envelope, bytes, sizeof bytes);
        mycel_envelope_add(&envelope, all[n].hub, all[n].id, frame, length);
      }
      sent++;
    }
    if (envelope.frames > 0) {
      if (send(fd, bytes, envelope.length, 0) < 0) return 1;
      datagrams++;
    }
    mycel_envelope_begin(&envelope, bytes, sizeof bytes);
    char answer[65536];
    while (recv(fd, answer, sizeof answer, MSG_DONTWAIT) > 0) continue;
  }
  printf("{\"sent\":%ld,\"datagrams\":%ld,\"cpuS\":%.3f,\"seconds\":%.3f,\"lateMs\":%.1f}\n", sent,
         datagrams, clock_s(CLOCK_PROCESS_CPUTIME_ID), clock_s(CLOCK_MONOTONIC) - started, late_s * 1000);
  return 0;
}
