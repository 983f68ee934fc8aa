#include "mycel_frame.h"

#include <string.h>

static uint16_t get16(const uint8_t *at) {
  return (uint16_t)(at[0] | (uint16_t)at[1] << 8);
}

static uint32_t get32(const uint8_t *at) {
  return get16(at) | (uint32_t)get16(at + 2) << 16;
}

static void put16(uint8_t *at, uint16_t value) {
  at[0] = (uint8_t)value;
  at[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *at, uint32_t value) {
  put16(at, (uint16_t)value);
  put16(at + 2, (uint16_t)(value >> 16));
}

static uint8_t xor_of(const uint8_t *bytes, size_t length) {
  uint8_t result = 0;
  for (size_t i = 0; i < length; i++) result ^= bytes[i];
  return result;
}

/* An exponent of all ones is a NaN or an infinity (IEEE 754-2008, 3.4). */
static int is_finite32(uint32_t bits) {
  return (bits & 0x7f800000u) != 0x7f800000u;
}

static size_t arg_bytes(uint8_t command) {
  switch (command) {
    case MYCEL_COMMAND_SET_STATE:
      return MYCEL_ARG_BYTES_SET_STATE;
    case MYCEL_COMMAND_SET_PWM:
      return MYCEL_ARG_BYTES_SET_PWM;
    case MYCEL_COMMAND_SET_INTERVAL:
      return MYCEL_ARG_BYTES_SET_INTERVAL;
    case MYCEL_COMMAND_DEEP_SLEEP:
      return MYCEL_ARG_BYTES_DEEP_SLEEP;
    default:
      return 0;
  }
}

static mycel_fault check_report(const uint8_t *payload, size_t length) {
  if (length < 1) return MYCEL_TRUNCATED_PAYLOAD;
  if (1 + (size_t)payload[0] * MYCEL_FRAME_READING_BYTES > length) return MYCEL_TRUNCATED_PAYLOAD;
  const uint8_t *reading = payload + 1;
  for (size_t i = 0; i < payload[0]; i++, reading += MYCEL_FRAME_READING_BYTES) {
    if (!is_finite32(get32(reading + 1))) return MYCEL_BAD_VALUE;
  }
  return MYCEL_SOUND;
}

static mycel_fault needs(size_t bytes, size_t length) {
  return length < bytes ? MYCEL_TRUNCATED_PAYLOAD : MYCEL_SOUND;
}

mycel_fault mycel_check_frame(const uint8_t *frame, size_t length) {
  if (length < MYCEL_FRAME_BYTES_MIN) return MYCEL_TOO_SHORT;
  if (length > MYCEL_FRAME_BYTES_MAX) return MYCEL_TOO_LONG;
  if (frame[MYCEL_AT_MAGIC] != MYCEL_FRAME_MAGIC) return MYCEL_BAD_MAGIC;
  if (frame[MYCEL_AT_VERSION] != MYCEL_FRAME_VERSION) return MYCEL_UNSUPPORTED_VERSION;
  if (xor_of(frame, length) != 0) return MYCEL_BAD_CHECKSUM;

  const uint8_t *payload = frame + MYCEL_AT_PAYLOAD;
  length -= MYCEL_FRAME_HEADER_BYTES + MYCEL_FRAME_CHECKSUM_BYTES;
  switch (mycel_frame_type(frame)) {
    case MYCEL_MESSAGE_SENSOR_REPORT:
      return check_report(payload, length);
    case MYCEL_MESSAGE_HEARTBEAT:
      return needs(6, length);
    case MYCEL_MESSAGE_WAKE_NOTIFY:
      return needs(1, length);
    case MYCEL_MESSAGE_REGISTER:
      return needs(length < 2 ? 2 : 2 + (size_t)payload[1], length);
    case MYCEL_MESSAGE_COMMAND:
      if (length < 2 || payload[1] < arg_bytes(payload[0])) return MYCEL_TRUNCATED_PAYLOAD;
      return needs(2 + (size_t)payload[1], length);
    case MYCEL_MESSAGE_TIME_SYNC:
      return needs(4, length);
    default:
      return MYCEL_SOUND;
  }
}

uint8_t mycel_frame_type(const uint8_t *frame) { return frame[MYCEL_AT_TYPE]; }

uint8_t mycel_frame_leaf_id(const uint8_t *frame) { return frame[MYCEL_AT_LEAF_ID]; }

uint8_t mycel_report_count(const uint8_t *frame) { return frame[MYCEL_AT_PAYLOAD]; }

static const uint8_t *reading_at(const uint8_t *frame, size_t index) {
  return frame + MYCEL_AT_PAYLOAD + 1 + index * MYCEL_FRAME_READING_BYTES;
}

uint8_t mycel_report_channel(const uint8_t *frame, size_t index) {
  return reading_at(frame, index)[0];
}

float mycel_report_value(const uint8_t *frame, size_t index) {
  uint32_t bits = get32(reading_at(frame, index) + 1);
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

uint16_t mycel_heartbeat_battery_mv(const uint8_t *frame) {
  return get16(frame + MYCEL_AT_PAYLOAD);
}

uint32_t mycel_heartbeat_uptime_s(const uint8_t *frame) {
  return get32(frame + MYCEL_AT_PAYLOAD + 2);
}

uint8_t mycel_wake_notify_leaf_id(const uint8_t *frame) { return frame[MYCEL_AT_PAYLOAD]; }

uint8_t mycel_register_hardware(const uint8_t *frame) { return frame[MYCEL_AT_PAYLOAD]; }

uint8_t mycel_register_capability_count(const uint8_t *frame) {
  return frame[MYCEL_AT_PAYLOAD + 1];
}

uint8_t mycel_register_capability(const uint8_t *frame, size_t index) {
  return frame[MYCEL_AT_PAYLOAD + 2 + index];
}

uint8_t mycel_command_id(const uint8_t *frame) { return frame[MYCEL_AT_PAYLOAD]; }

uint8_t mycel_command_arg_length(const uint8_t *frame) { return frame[MYCEL_AT_PAYLOAD + 1]; }

const uint8_t *mycel_command_arg_bytes(const uint8_t *frame) {
  return frame + MYCEL_AT_PAYLOAD + 2;
}

uint32_t mycel_command_arg(const uint8_t *frame) {
  const uint8_t *arg = mycel_command_arg_bytes(frame);
  switch (arg_bytes(mycel_command_id(frame))) {
    case 1:
      return arg[0];
    case 2:
      return get16(arg);
    case 4:
      return get32(arg);
    default:
      return 0;
  }
}

uint32_t mycel_time_sync_unix_s(const uint8_t *frame) { return get32(frame + MYCEL_AT_PAYLOAD); }

/* Header and checksum around a payload that is in place already. */
static size_t finish(uint8_t *frame, uint8_t type, uint8_t leaf_id, size_t payload_bytes) {
  const size_t checksum_at = MYCEL_FRAME_HEADER_BYTES + payload_bytes;
  frame[MYCEL_AT_MAGIC] = MYCEL_FRAME_MAGIC;
  frame[MYCEL_AT_VERSION] = MYCEL_FRAME_VERSION;
  frame[MYCEL_AT_TYPE] = type;
  frame[MYCEL_AT_LEAF_ID] = leaf_id;
  frame[checksum_at] = xor_of(frame, checksum_at);
  return checksum_at + MYCEL_FRAME_CHECKSUM_BYTES;
}

size_t mycel_write_report(uint8_t *frame, uint8_t leaf_id, const uint8_t *channels,
                          const float *values, size_t count) {
  if (count > MYCEL_FRAME_READINGS_MAX) return 0;
  uint8_t *at = frame + MYCEL_AT_PAYLOAD;
  *at++ = (uint8_t)count;
  for (size_t i = 0; i < count; i++, at += MYCEL_FRAME_READING_BYTES) {
    uint32_t bits;
    memcpy(&bits, &values[i], sizeof bits);
    if (!is_finite32(bits)) return 0;
    at[0] = channels[i];
    put32(at + 1, bits);
  }
  return finish(frame, MYCEL_MESSAGE_SENSOR_REPORT, leaf_id,
                1 + count * MYCEL_FRAME_READING_BYTES);
}

size_t mycel_write_heartbeat(uint8_t *frame, uint8_t leaf_id, uint16_t battery_mv,
                             uint32_t uptime_s) {
  put16(frame + MYCEL_AT_PAYLOAD, battery_mv);
  put32(frame + MYCEL_AT_PAYLOAD + 2, uptime_s);
  return finish(frame, MYCEL_MESSAGE_HEARTBEAT, leaf_id, 6);
}

size_t mycel_write_wake_notify(uint8_t *frame, uint8_t leaf_id, uint8_t woken_leaf_id) {
  frame[MYCEL_AT_PAYLOAD] = woken_leaf_id;
  return finish(frame, MYCEL_MESSAGE_WAKE_NOTIFY, leaf_id, 1);
}

size_t mycel_write_register(uint8_t *frame, uint8_t leaf_id, uint8_t hardware,
                            const uint8_t *capabilities, size_t count) {
  if (count > MYCEL_FRAME_CAPABILITIES_MAX) return 0;
  frame[MYCEL_AT_PAYLOAD] = hardware;
  frame[MYCEL_AT_PAYLOAD + 1] = (uint8_t)count;
  for (size_t i = 0; i < count; i++) frame[MYCEL_AT_PAYLOAD + 2 + i] = capabilities[i];
  return finish(frame, MYCEL_MESSAGE_REGISTER, leaf_id, 2 + count);
}

size_t mycel_write_ack(uint8_t *frame, uint8_t leaf_id) {
  return finish(frame, MYCEL_MESSAGE_ACK, leaf_id, 0);
}

size_t mycel_write_command(uint8_t *frame, uint8_t leaf_id, uint8_t command, uint32_t arg) {
  const size_t width = arg_bytes(command);
  frame[MYCEL_AT_PAYLOAD] = command;
  frame[MYCEL_AT_PAYLOAD + 1] = (uint8_t)width;
  for (size_t i = 0; i < width; i++) {
    frame[MYCEL_AT_PAYLOAD + 2 + i] = (uint8_t)(arg >> (8 * i));
  }
  return finish(frame, MYCEL_MESSAGE_COMMAND, leaf_id, 2 + width);
}

size_t mycel_write_time_sync(uint8_t *frame, uint8_t leaf_id, uint32_t unix_s) {
  put32(frame + MYCEL_AT_PAYLOAD, unix_s);
  return finish(frame, MYCEL_MESSAGE_TIME_SYNC, leaf_id, 4);
}

size_t mycel_write_frame(uint8_t *frame, uint8_t type, uint8_t leaf_id, const uint8_t *payload,
                         size_t length) {
  if (length > MYCEL_FRAME_PAYLOAD_BYTES_MAX) return 0;
  for (size_t i = 0; i < length; i++) frame[MYCEL_AT_PAYLOAD + i] = payload[i];
  return finish(frame, type, leaf_id, length);
}
