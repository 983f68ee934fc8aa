/*
 * Wire v2 frames, sealed with AES-128-CCM: C99, no heap, no I/O, no globals. WIRE.md draws the frame.
 *
 *   0     1     2     3       4       5        7      11        13          length-8
 *   0x53  0x02  type  key_no  length  leaf id  epoch  sequence  payload...  tag
 *
 * Out:  mycel_seal(key, &header, payload, length, frame)             payload from the writers below
 * In:   mycel_check_sealed(frame, length), mycel_open(key, frame, length, opened),
 *       mycel_check_opened(opened, length)                           then the readers below
 *
 * An opened frame is header and payload without the tag; `opened` may be the frame itself.
 */
#ifndef MYCEL_SEALED_H
#define MYCEL_SEALED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mycel_aes.h"
#include "sealed_types.h"

typedef struct {
  /* One of MYCEL_SEALED_TYPE_..., a leaf's with MYCEL_SEALED_ANSWER_BIT where the hub is to answer. */
  uint8_t type;
  uint8_t key_no;
  uint16_t leaf_id;
  uint32_t epoch;
  uint16_t sequence;
} mycel_header;

/*
 * Writes the frame into `frame`, which has room for MYCEL_SEALED_BYTES_MAX bytes; `payload` may be
 * frame + MYCEL_SEALED_AT_PAYLOAD. Returns its length, 0 for a payload above 229 bytes. The caller's
 * promise: under one key and in one direction (epoch, sequence) never comes twice.
 */
size_t mycel_seal(const mycel_key *key, const mycel_header *header, const uint8_t *payload,
                  size_t length, uint8_t *frame);

/* Before any key is known, in WIRE.md's order. */
mycel_fault mycel_check_sealed(const uint8_t *frame, size_t length);

/*
 * Opens a frame that mycel_check_sealed() found sound. Returns header and payload's length, or 0 for
 * a tag that is not right; `opened` then holds zeros where the payload would be.
 */
size_t mycel_open(const mycel_key *key, const uint8_t *frame, size_t length, uint8_t *opened);

/* Of an opened frame's payload; MYCEL_SOUND: every field below can be read. */
mycel_fault mycel_check_opened(const uint8_t *opened, size_t length);

/*
 * CCM itself, with a 13-byte nonce: `text` is in place, the tag goes to and comes from `tag`. With
 * `opening` it answers whether the tag was right, without it makes one and answers true.
 */
bool mycel_ccm(const mycel_key *key, const uint8_t nonce[13], const uint8_t *clear,
               size_t clear_length, uint8_t *text, size_t text_length, uint8_t *tag,
               uint8_t tag_length, bool opening);

/* What an install code makes of the pairing label. */
void mycel_pairing_key(uint8_t key[16], const uint8_t install_code[16]);
/* The install code of the device with this EUI, where a fleet's codes come from one secret. */
void mycel_fleet_install_code(uint8_t install_code[16], const uint8_t fleet_secret[16],
                              const uint8_t eui[8]);

/* Also of a frame that is still sealed. The kind is the type without a leaf's answer bit. */
void mycel_read_header(const uint8_t *frame, mycel_header *header);
uint8_t mycel_sealed_kind(const uint8_t *frame);
uint16_t mycel_sealed_leaf_id(const uint8_t *frame);

/*
 * Lists are walked by their end: for (at = payload; at < end; at = mycel_group_end(at)), where
 * payload = opened + MYCEL_SEALED_AT_PAYLOAD and end = opened + length.
 */
const uint8_t *mycel_group_end(const uint8_t *group);
uint32_t mycel_group_age_ms(const uint8_t *group);
uint8_t mycel_group_count(const uint8_t *group);
uint8_t mycel_group_channel(const uint8_t *group, size_t index);
float mycel_group_value(const uint8_t *group, size_t index);

const uint8_t *mycel_setting_end(const uint8_t *setting);
uint8_t mycel_setting_key(const uint8_t *setting);
/* As many bytes as it has, at most four; little-endian. */
uint32_t mycel_setting_value(const uint8_t *setting);

/* Of fixed fields in an opened frame. */
uint32_t mycel_opened_u32(const uint8_t *opened, size_t payload_offset);
uint16_t mycel_opened_u16(const uint8_t *opened, size_t payload_offset);
uint8_t mycel_opened_u8(const uint8_t *opened, size_t payload_offset);
/* The argument of a known command as a number; 0 for a command that has none. */
uint32_t mycel_sealed_command_arg(const uint8_t *opened);

/*
 * Writers of payloads. Each writes at `at` and returns where it ended; `at` has the room, which the
 * caller counts: a group takes 5 + 5 x count bytes, a result 5, a setting 2 and its value.
 */
uint8_t *mycel_put_group(uint8_t *at, uint32_t age_ms, const uint8_t *channels, const float *values,
                         size_t count);
uint8_t *mycel_put_beat(uint8_t *at, uint16_t battery_mv, uint32_t uptime_s, uint16_t waiting,
                        uint16_t dropped, uint16_t config_version);
uint8_t *mycel_put_register(uint8_t *at, uint8_t hardware, uint8_t flags, uint16_t firmware,
                            uint16_t config_version, const uint8_t *capabilities, size_t count);
uint8_t *mycel_put_result(uint8_t *at, uint32_t command_id, uint8_t outcome);
uint8_t *mycel_put_pair_request(uint8_t *at, const uint8_t eui[8], const uint8_t challenge[8]);

#endif
