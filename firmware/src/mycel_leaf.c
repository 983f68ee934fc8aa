#include "mycel_leaf.h"

#include <math.h>

#include "mycel_frame.h"

/* As many channels as v1 has: a leaf that measures each of them once. */
#define READINGS_MAX 14

static void send(mycel_leaf *leaf, size_t length) {
  if (length > 0) leaf->board->send(leaf->board->context, leaf->frame, length);
}

void mycel_leaf_start(mycel_leaf *leaf, const mycel_board *board, uint8_t id,
                      uint32_t interval_ms, uint32_t now_ms) {
  leaf->board = board;
  leaf->id = id;
  leaf->interval_ms = interval_ms;
  leaf->clock_ms = now_ms;
  leaf->uptime_ms = 0;
  leaf->uptime_s = 0;
  leaf->wait_ms = 0;
  leaf->sleep_ms = 0;
  leaf->reports = 0;
  send(leaf, mycel_write_register(leaf->frame, id, board->hardware, board->capabilities,
                                  board->capability_count));
}

/* One sensor without an answer, a NaN, must not cost the report of the others. */
static size_t keep_finite(uint8_t *channels, float *values, size_t count) {
  size_t kept = 0;
  for (size_t i = 0; i < count; i++) {
    if (!isfinite(values[i])) continue;
    channels[kept] = channels[i];
    values[kept++] = values[i];
  }
  return kept;
}

static void report(mycel_leaf *leaf) {
  const mycel_board *board = leaf->board;
  uint8_t channels[READINGS_MAX];
  float values[READINGS_MAX];
  const size_t measured = board->measure(board->context, channels, values, READINGS_MAX);
  const size_t count = keep_finite(channels, values, measured);
  send(leaf, mycel_write_report(leaf->frame, leaf->id, channels, values, count));
  if (leaf->reports++ % MYCEL_LEAF_REPORTS_PER_HEARTBEAT == 0) {
    send(leaf, mycel_write_heartbeat(leaf->frame, leaf->id, board->battery_mv(board->context),
                                     leaf->uptime_s));
  }
}

static uint32_t less(uint32_t value, uint32_t by) { return value > by ? value - by : 0; }

/* Differences of an unsigned clock stay right when it runs over. */
static void pass_time(mycel_leaf *leaf, uint32_t now_ms) {
  const uint32_t passed_ms = now_ms - leaf->clock_ms;
  leaf->clock_ms = now_ms;
  leaf->uptime_ms += passed_ms % 1000;
  leaf->uptime_s += passed_ms / 1000 + leaf->uptime_ms / 1000;
  leaf->uptime_ms %= 1000;
  leaf->wait_ms = less(leaf->wait_ms, passed_ms);
  if (leaf->sleep_ms > 0 && (leaf->sleep_ms = less(leaf->sleep_ms, passed_ms)) == 0) {
    leaf->wait_ms = 0;
    send(leaf, mycel_write_wake_notify(leaf->frame, leaf->id, leaf->id));
  }
}

uint32_t mycel_leaf_tick(mycel_leaf *leaf, uint32_t now_ms) {
  pass_time(leaf, now_ms);
  if (leaf->sleep_ms > 0) return leaf->sleep_ms;
  if (leaf->wait_ms == 0) {
    report(leaf);
    leaf->wait_ms = leaf->interval_ms;
  }
  return leaf->wait_ms;
}

static bool can(const mycel_leaf *leaf, uint8_t command, uint32_t arg) {
  switch (command) {
    case MYCEL_COMMAND_SET_STATE:
      return leaf->board->set_state != NULL;
    case MYCEL_COMMAND_SET_PWM:
      return leaf->board->set_pwm != NULL;
    case MYCEL_COMMAND_SET_INTERVAL:
    case MYCEL_COMMAND_DEEP_SLEEP:
      return arg > 0;
    default:
      return command == MYCEL_COMMAND_READ_NOW || command == MYCEL_COMMAND_RESET;
  }
}

static void obey(mycel_leaf *leaf, uint8_t command, uint32_t arg) {
  const mycel_board *board = leaf->board;
  if (!can(leaf, command, arg)) return;
  send(leaf, mycel_write_ack(leaf->frame, leaf->id));
  switch (command) {
    case MYCEL_COMMAND_SET_STATE:
      board->set_state(board->context, arg != 0);
      break;
    case MYCEL_COMMAND_SET_PWM:
      board->set_pwm(board->context, (uint16_t)arg);
      break;
    case MYCEL_COMMAND_READ_NOW:
      leaf->wait_ms = 0;
      break;
    case MYCEL_COMMAND_SET_INTERVAL:
      leaf->interval_ms = arg * 1000;
      leaf->wait_ms = leaf->interval_ms;
      break;
    case MYCEL_COMMAND_DEEP_SLEEP:
      leaf->sleep_ms = arg;
      break;
    default:
      mycel_leaf_start(leaf, board, leaf->id, leaf->interval_ms, leaf->clock_ms);
  }
}

void mycel_leaf_receive(mycel_leaf *leaf, const uint8_t *frame, size_t length, uint32_t now_ms) {
  pass_time(leaf, now_ms);
  if (leaf->sleep_ms > 0 || mycel_check_frame(frame, length) != MYCEL_SOUND) return;
  if (mycel_frame_leaf_id(frame) != leaf->id) return;
  switch (mycel_frame_type(frame)) {
    case MYCEL_MESSAGE_COMMAND:
      obey(leaf, mycel_command_id(frame), mycel_command_arg(frame));
      break;
    case MYCEL_MESSAGE_WAKE:
      leaf->wait_ms = 0;
      break;
    case MYCEL_MESSAGE_TIME_SYNC:
      if (leaf->board->set_clock != NULL) {
        leaf->board->set_clock(leaf->board->context, mycel_time_sync_unix_s(frame));
      }
      break;
    default:
      break;
  }
}
