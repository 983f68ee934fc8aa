/*
 * Wire v1 frames for leaves: C99, no heap, no I/O, no globals. WIRE.md draws the frame.
 *
 *   0     1        2     3        4          length-1
 *   0x53  version  type  leaf id  payload... XOR of all bytes before it
 *
 * A frame is read where it lies: call mycel_check_frame() first, the readers below only after it
 * answered MYCEL_SOUND.
 */
#ifndef MYCEL_FRAME_H
#define MYCEL_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "frame_types.h"

mycel_fault mycel_check_frame(const uint8_t *frame, size_t length);

uint8_t mycel_frame_type(const uint8_t *frame);
uint8_t mycel_frame_leaf_id(const uint8_t *frame);

uint8_t mycel_report_count(const uint8_t *frame);
uint8_t mycel_report_channel(const uint8_t *frame, size_t index);
float mycel_report_value(const uint8_t *frame, size_t index);

uint16_t mycel_heartbeat_battery_mv(const uint8_t *frame);
uint32_t mycel_heartbeat_uptime_s(const uint8_t *frame);

uint8_t mycel_wake_notify_leaf_id(const uint8_t *frame);

uint8_t mycel_register_hardware(const uint8_t *frame);
uint8_t mycel_register_capability_count(const uint8_t *frame);
uint8_t mycel_register_capability(const uint8_t *frame, size_t index);

uint8_t mycel_command_id(const uint8_t *frame);
/* The argument of a known command as a number; 0 for a command that has none. */
uint32_t mycel_command_arg(const uint8_t *frame);
/* The argument's bytes as they came, for a command that this version does not know. */
uint8_t mycel_command_arg_length(const uint8_t *frame);
const uint8_t *mycel_command_arg_bytes(const uint8_t *frame);

uint32_t mycel_time_sync_unix_s(const uint8_t *frame);

/*
 * Writers: `frame` has room for MYCEL_FRAME_BYTES_MAX bytes. They return the frame's length, or 0
 * for what the wire cannot carry: more than fits, a NaN, an infinity.
 */
size_t mycel_write_report(uint8_t *frame, uint8_t leaf_id, const uint8_t *channels,
                          const float *values, size_t count);
size_t mycel_write_heartbeat(uint8_t *frame, uint8_t leaf_id, uint16_t battery_mv,
                             uint32_t uptime_s);
size_t mycel_write_wake_notify(uint8_t *frame, uint8_t leaf_id, uint8_t woken_leaf_id);
size_t mycel_write_register(uint8_t *frame, uint8_t leaf_id, uint8_t hardware,
                            const uint8_t *capabilities, size_t count);
size_t mycel_write_ack(uint8_t *frame, uint8_t leaf_id);
/* What a hub sends. A known command's argument takes the width of the table. */
size_t mycel_write_command(uint8_t *frame, uint8_t leaf_id, uint8_t command, uint32_t arg);
size_t mycel_write_time_sync(uint8_t *frame, uint8_t leaf_id, uint32_t unix_s);
/* Any type with any payload. */
size_t mycel_write_frame(uint8_t *frame, uint8_t type, uint8_t leaf_id, const uint8_t *payload,
                         size_t length);

#endif
