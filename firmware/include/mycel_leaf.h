/*
 * What a leaf does on any board: it registers, reports, tells that it lives, and obeys commands.
 * No heap and no I/O of its own; the board gives it a clock by calling, and a radio by `send`.
 *
 *   measure() --> report --> send()          frame --> mycel_leaf_receive() --> command, ACK
 */
#ifndef MYCEL_LEAF_H
#define MYCEL_LEAF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame_types.h"

/* A heartbeat with every sixth report, as deployed leaves do. */
#define MYCEL_LEAF_REPORTS_PER_HEARTBEAT 6

/* `context` is handed to each function. Any but `measure`, `battery_mv` and `send` may be NULL. */
typedef struct {
  void *context;
  uint8_t hardware;
  const uint8_t *capabilities;
  size_t capability_count;
  /* Fills in at most `max` readings and returns how many; what is not finite is left out. */
  size_t (*measure)(void *context, uint8_t *channels, float *values, size_t max);
  uint16_t (*battery_mv)(void *context);
  void (*send)(void *context, const uint8_t *frame, size_t length);
  void (*set_state)(void *context, bool on);
  void (*set_pwm)(void *context, uint16_t duty);
  void (*set_clock)(void *context, uint32_t unix_s);
} mycel_board;

typedef struct {
  const mycel_board *board;
  uint8_t id;
  uint32_t interval_ms;
  /* Times are the caller's milliseconds, which may run over after 49 days. */
  uint32_t clock_ms;
  uint32_t uptime_ms;
  uint32_t uptime_s;
  uint32_t wait_ms;
  uint32_t sleep_ms;
  uint32_t reports;
  uint8_t frame[MYCEL_FRAME_BYTES_MAX];
} mycel_leaf;

/* Registers with the hub. The first report is due at once. */
void mycel_leaf_start(mycel_leaf *leaf, const mycel_board *board, uint8_t id,
                      uint32_t interval_ms, uint32_t now_ms);

/* Sends what is due. Returns how many ms may pass until the next call. */
uint32_t mycel_leaf_tick(mycel_leaf *leaf, uint32_t now_ms);

/*
 * Obeys a frame from the hub. Frames that are damaged or meant for another leaf are ignored. A
 * command that this leaf carries out is acknowledged first, any other gets no answer.
 */
void mycel_leaf_receive(mycel_leaf *leaf, const uint8_t *frame, size_t length, uint32_t now_ms);

#endif
