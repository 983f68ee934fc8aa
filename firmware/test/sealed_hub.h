/*
 * The hub of one sealed leaf, for tests of boards in virtual time: pairs, answers, tells. It looks at
 * each frame on the air, also what it does not hear: no counter may come twice with other bytes.
 */
#ifndef SEALED_HUB_H
#define SEALED_HUB_H

#include "mycel_sealed.h"

#define SEALED_HUB_FRAMES_MAX 4096

typedef struct {
  /* How its frames go; `context` is the board's. */
  void (*send)(void *context, const uint8_t *frame, size_t length);
  void *context;
  const uint8_t *eui;
  bool away;
  /* Every so many frames one of the leaf's is lost; 0: none. */
  uint32_t loses;
  /* Told after the leaf's next frame, when one that sleeps still listens. */
  uint8_t type, said[16];
  size_t said_length;

  mycel_key key;
  bool has_key;
  uint16_t sequence;
  uint32_t heard;
  uint32_t requests, accepts, registers, reports, heartbeats, results, wakes, refused, reused;
  uint32_t flags, dropped, epoch, battery_mv;
  uint8_t outcome;
  /* When each measurement was made, by its age. */
  uint64_t measured_us[SEALED_HUB_FRAMES_MAX];
  size_t measured_count;
  uint32_t late, oldest_s;
} sealed_hub;

extern sealed_hub hub;

void sealed_hub_hear(uint64_t now_us, const uint8_t *frame, size_t length);
void sealed_hub_command(uint32_t id, uint8_t what, uint32_t arg, size_t arg_bytes);
void sealed_hub_tell_time(uint64_t unix_ms);

/* Measurements that came in two frames; between which two was most time, beside. */
uint32_t sealed_hub_twice(uint64_t *longest_us);

#endif
