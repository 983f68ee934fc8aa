#include "mycel_sealed.h"

#include <string.h>

#define PAYLOAD MYCEL_SEALED_AT_PAYLOAD

static uint16_t get16(const uint8_t *at) { return (uint16_t)(at[0] | (uint16_t)at[1] << 8); }

static uint32_t get32(const uint8_t *at) { return get16(at) | (uint32_t)get16(at + 2) << 16; }

static uint8_t *put16(uint8_t *at, uint16_t value) {
  at[0] = (uint8_t)value;
  at[1] = (uint8_t)(value >> 8);
  return at + 2;
}

static uint8_t *put32(uint8_t *at, uint32_t value) {
  return put16(put16(at, (uint16_t)value), (uint16_t)(value >> 16));
}

/*
 * SP 800-38C and RFC 3610. First block of the MAC: flags, nonce, length of the text; the counter's:
 * 2 - 1, nonce, number. Lengths have two bytes, high one first.
 */
static void absorb(const mycel_key *key, uint8_t mac[16], uint8_t at, const uint8_t *bytes,
                   size_t length) {
  for (size_t i = 0; i < length; i++) {
    mac[at++] ^= bytes[i];
    if (at == 16 || i + 1 == length) {
      mycel_encrypt_block(key, mac);
      at = 0;
    }
  }
}

static void stream_block(const mycel_key *key, const uint8_t nonce[13], uint8_t number,
                         uint8_t block[16]) {
  block[0] = 1;
  memcpy(block + 1, nonce, 13);
  block[14] = 0;
  block[15] = number;
  mycel_encrypt_block(key, block);
}

static void add_stream(const mycel_key *key, const uint8_t nonce[13], uint8_t *text,
                       size_t length) {
  uint8_t block[16];
  for (size_t i = 0; i < length; i++) {
    /* A text has at most 229 bytes: the counter never needs its second byte. */
    if (i % 16 == 0) stream_block(key, nonce, (uint8_t)(i / 16 + 1), block);
    text[i] ^= block[i % 16];
  }
}

bool mycel_ccm(const mycel_key *key, const uint8_t nonce[13], const uint8_t *clear,
               size_t clear_length, uint8_t *text, size_t text_length, uint8_t *tag,
               uint8_t tag_length, bool opening) {
  uint8_t mac[16], block[16];
  if (opening) add_stream(key, nonce, text, text_length);
  mac[0] = (uint8_t)((clear_length > 0 ? 0x40 : 0) | (tag_length - 2) / 2 << 3 | 1);
  memcpy(mac + 1, nonce, 13);
  mac[14] = (uint8_t)(text_length >> 8);
  mac[15] = (uint8_t)text_length;
  mycel_encrypt_block(key, mac);
  if (clear_length > 0) {
    mac[0] ^= (uint8_t)(clear_length >> 8);
    mac[1] ^= (uint8_t)clear_length;
    absorb(key, mac, 2, clear, clear_length);
  }
  absorb(key, mac, 0, text, text_length);
  stream_block(key, nonce, 0, block);
  if (!opening) {
    add_stream(key, nonce, text, text_length);
    for (uint8_t i = 0; i < tag_length; i++) tag[i] = mac[i] ^ block[i];
    return true;
  }
  /* All of them are looked at, so that the time tells nothing of the right tag. */
  uint8_t wrong = 0;
  for (uint8_t i = 0; i < tag_length; i++) wrong |= (uint8_t)(tag[i] ^ mac[i] ^ block[i]);
  if (wrong != 0) memset(text, 0, text_length);
  return wrong == 0;
}

static size_t clear_bytes(const uint8_t *frame) {
  return MYCEL_SEALED_HEADER_BYTES +
         (mycel_sealed_kind(frame) == MYCEL_SEALED_TYPE_PAIR_REQUEST ? MYCEL_SEALED_EUI_BYTES : 0);
}

static void take_nonce(uint8_t nonce[13], const uint8_t *frame) {
  memcpy(nonce, frame + MYCEL_SEALED_AT_TYPE, MYCEL_SEALED_NONCE_HEADER_BYTES);
  nonce[11] = nonce[12] = 0;
}

size_t mycel_seal(const mycel_key *key, const mycel_header *header, const uint8_t *payload,
                  size_t length, uint8_t *frame) {
  uint8_t nonce[13];
  if (length > MYCEL_SEALED_PAYLOAD_BYTES_MAX) return 0;
  const size_t text_end = MYCEL_SEALED_HEADER_BYTES + length;
  if (length > 0) memmove(frame + PAYLOAD, payload, length);
  frame[MYCEL_SEALED_AT_MAGIC] = MYCEL_SEALED_MAGIC;
  frame[MYCEL_SEALED_AT_VERSION] = MYCEL_SEALED_VERSION;
  frame[MYCEL_SEALED_AT_TYPE] = header->type;
  frame[MYCEL_SEALED_AT_KEY_NO] = header->key_no;
  frame[MYCEL_SEALED_AT_LENGTH] = (uint8_t)(text_end + MYCEL_SEALED_TAG_BYTES);
  put16(frame + MYCEL_SEALED_AT_LEAF_ID, header->leaf_id);
  put32(frame + MYCEL_SEALED_AT_EPOCH, header->epoch);
  put16(frame + MYCEL_SEALED_AT_SEQUENCE, header->sequence);
  const size_t clear = clear_bytes(frame);
  if (clear > text_end) return 0;
  take_nonce(nonce, frame);
  mycel_ccm(key, nonce, frame, clear, frame + clear, text_end - clear, frame + text_end,
            MYCEL_SEALED_TAG_BYTES, false);
  return text_end + MYCEL_SEALED_TAG_BYTES;
}

mycel_fault mycel_check_sealed(const uint8_t *frame, size_t length) {
  if (length < MYCEL_SEALED_BYTES_MIN) return MYCEL_TOO_SHORT;
  if (length > MYCEL_SEALED_BYTES_MAX) return MYCEL_TOO_LONG;
  if (frame[MYCEL_SEALED_AT_MAGIC] != MYCEL_SEALED_MAGIC) return MYCEL_BAD_MAGIC;
  if (frame[MYCEL_SEALED_AT_VERSION] != MYCEL_SEALED_VERSION) return MYCEL_UNSUPPORTED_VERSION;
  if (frame[MYCEL_SEALED_AT_LENGTH] != length) return MYCEL_BAD_LENGTH;
  return length < clear_bytes(frame) + MYCEL_SEALED_TAG_BYTES ? MYCEL_BAD_LENGTH : MYCEL_SOUND;
}

size_t mycel_open(const mycel_key *key, const uint8_t *frame, size_t length, uint8_t *opened) {
  uint8_t nonce[13], tag[MYCEL_SEALED_TAG_BYTES];
  const size_t text_end = length - MYCEL_SEALED_TAG_BYTES;
  const size_t clear = clear_bytes(frame);
  take_nonce(nonce, frame);
  memcpy(tag, frame + text_end, sizeof tag);
  memmove(opened, frame, text_end);
  return mycel_ccm(key, nonce, opened, clear, opened + clear, text_end - clear, tag, sizeof tag,
                   true)
             ? text_end
             : 0;
}

/* An exponent of all ones is a NaN or an infinity (IEEE 754-2008, 3.4). */
static bool is_finite32(uint32_t bits) { return (bits & 0x7f800000u) != 0x7f800000u; }

static mycel_fault check_groups(const uint8_t *group, const uint8_t *end) {
  mycel_fault fault = MYCEL_SOUND;
  while (group < end) {
    if (end - group < MYCEL_SEALED_GROUP_HEADER_BYTES) return MYCEL_TRUNCATED_PAYLOAD;
    const uint8_t *reading = group + MYCEL_SEALED_GROUP_HEADER_BYTES;
    if (end - reading < (ptrdiff_t)group[4] * MYCEL_SEALED_READING_BYTES) {
      return MYCEL_TRUNCATED_PAYLOAD;
    }
    for (uint8_t i = 0; i < group[4]; i++, reading += MYCEL_SEALED_READING_BYTES) {
      if (!is_finite32(get32(reading + 1))) fault = MYCEL_BAD_VALUE;
    }
    group = reading;
  }
  return fault;
}

static mycel_fault check_settings(const uint8_t *at, const uint8_t *end) {
  while (at < end) {
    if (end - at < 2 || end - at - 2 < at[1]) return MYCEL_TRUNCATED_PAYLOAD;
    at += 2 + at[1];
  }
  return MYCEL_SOUND;
}

static uint8_t arg_bytes(uint8_t command) {
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

static mycel_fault needs(size_t bytes, size_t length) {
  return length < bytes ? MYCEL_TRUNCATED_PAYLOAD : MYCEL_SOUND;
}

mycel_fault mycel_check_opened(const uint8_t *opened, size_t length) {
  const uint8_t *payload = opened + PAYLOAD;
  const uint8_t *end = opened + length;
  length -= PAYLOAD;
  switch (mycel_sealed_kind(opened)) {
    case MYCEL_SEALED_TYPE_REPORT:
      return check_groups(payload, end);
    case MYCEL_SEALED_TYPE_HEARTBEAT:
      return needs(MYCEL_SEALED_PAYLOAD_BYTES_HEARTBEAT, length);
    case MYCEL_SEALED_TYPE_WAKE_NOTIFY:
      return needs(length < 1 ? 1 : 1 + 2 * (size_t)payload[0], length);
    case MYCEL_SEALED_TYPE_REGISTER:
      return needs(MYCEL_SEALED_PAYLOAD_BYTES_REGISTER +
                       (length < MYCEL_SEALED_PAYLOAD_BYTES_REGISTER ? 0 : (size_t)payload[6]),
                   length);
    case MYCEL_SEALED_TYPE_RESULT:
      return length % MYCEL_SEALED_RESULT_BYTES != 0 ? MYCEL_TRUNCATED_PAYLOAD : MYCEL_SOUND;
    case MYCEL_SEALED_TYPE_PAIR_REQUEST:
      return needs(MYCEL_SEALED_PAYLOAD_BYTES_PAIR_REQUEST, length);
    case MYCEL_SEALED_TYPE_COMMAND:
      if (length < MYCEL_SEALED_PAYLOAD_BYTES_COMMAND) return MYCEL_TRUNCATED_PAYLOAD;
      if (payload[7] < arg_bytes(payload[6])) return MYCEL_TRUNCATED_PAYLOAD;
      return needs(MYCEL_SEALED_PAYLOAD_BYTES_COMMAND + (size_t)payload[7], length);
    case MYCEL_SEALED_TYPE_CONFIG:
      if (length < MYCEL_SEALED_PAYLOAD_BYTES_CONFIG) return MYCEL_TRUNCATED_PAYLOAD;
      return check_settings(payload + MYCEL_SEALED_PAYLOAD_BYTES_CONFIG, end);
    case MYCEL_SEALED_TYPE_TIME_SYNC:
      if (length < MYCEL_SEALED_PAYLOAD_BYTES_TIME_SYNC) return MYCEL_TRUNCATED_PAYLOAD;
      /* Beyond 2^53 ms a JavaScript number is no longer exact. */
      return get32(payload + 4) > 0x1fffff ? MYCEL_BAD_VALUE : MYCEL_SOUND;
    case MYCEL_SEALED_TYPE_REKEY:
      return needs(MYCEL_SEALED_PAYLOAD_BYTES_REKEY, length);
    case MYCEL_SEALED_TYPE_PAIR_ACCEPT:
      return needs(MYCEL_SEALED_PAYLOAD_BYTES_PAIR_ACCEPT, length);
    case MYCEL_SEALED_TYPE_ACK:
      return needs(MYCEL_SEALED_PAYLOAD_BYTES_ACK, length);
    default:
      return MYCEL_SOUND;
  }
}

void mycel_pairing_key(uint8_t key[16], const uint8_t install_code[16]) {
  mycel_key expanded;
  mycel_expand_key(&expanded, install_code);
  memcpy(key, MYCEL_PAIRING_LABEL, 16);
  mycel_encrypt_block(&expanded, key);
}

void mycel_fleet_install_code(uint8_t install_code[16], const uint8_t fleet_secret[16],
                              const uint8_t eui[8]) {
  mycel_key expanded;
  mycel_expand_key(&expanded, fleet_secret);
  memcpy(install_code, eui, 8);
  memset(install_code + 8, 0, 8);
  mycel_encrypt_block(&expanded, install_code);
}

uint8_t mycel_sealed_kind(const uint8_t *frame) {
  const uint8_t type = frame[MYCEL_SEALED_AT_TYPE];
  return type < MYCEL_SEALED_HUB_BIT ? (uint8_t)(type & ~MYCEL_SEALED_ANSWER_BIT) : type;
}

uint16_t mycel_sealed_leaf_id(const uint8_t *frame) {
  return get16(frame + MYCEL_SEALED_AT_LEAF_ID);
}

void mycel_read_header(const uint8_t *frame, mycel_header *header) {
  header->type = frame[MYCEL_SEALED_AT_TYPE];
  header->key_no = frame[MYCEL_SEALED_AT_KEY_NO];
  header->leaf_id = mycel_sealed_leaf_id(frame);
  header->epoch = get32(frame + MYCEL_SEALED_AT_EPOCH);
  header->sequence = get16(frame + MYCEL_SEALED_AT_SEQUENCE);
}

const uint8_t *mycel_group_end(const uint8_t *group) {
  return group + MYCEL_SEALED_GROUP_HEADER_BYTES + (size_t)group[4] * MYCEL_SEALED_READING_BYTES;
}

uint32_t mycel_group_age_ms(const uint8_t *group) { return get32(group); }

uint8_t mycel_group_count(const uint8_t *group) { return group[4]; }

static const uint8_t *reading_at(const uint8_t *group, size_t index) {
  return group + MYCEL_SEALED_GROUP_HEADER_BYTES + index * MYCEL_SEALED_READING_BYTES;
}

uint8_t mycel_group_channel(const uint8_t *group, size_t index) {
  return reading_at(group, index)[0];
}

float mycel_group_value(const uint8_t *group, size_t index) {
  const uint32_t bits = get32(reading_at(group, index) + 1);
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

const uint8_t *mycel_setting_end(const uint8_t *setting) { return setting + 2 + setting[1]; }

uint8_t mycel_setting_key(const uint8_t *setting) { return setting[0]; }

static uint32_t get_wide(const uint8_t *at, uint8_t bytes) {
  uint32_t value = 0;
  while (bytes-- > 0) value = value << 8 | at[bytes];
  return value;
}

uint32_t mycel_setting_value(const uint8_t *setting) {
  return get_wide(setting + 2, setting[1] < 4 ? setting[1] : 4);
}

uint32_t mycel_opened_u32(const uint8_t *opened, size_t payload_offset) {
  return get32(opened + PAYLOAD + payload_offset);
}

uint16_t mycel_opened_u16(const uint8_t *opened, size_t payload_offset) {
  return get16(opened + PAYLOAD + payload_offset);
}

uint8_t mycel_opened_u8(const uint8_t *opened, size_t payload_offset) {
  return opened[PAYLOAD + payload_offset];
}

uint32_t mycel_sealed_command_arg(const uint8_t *opened) {
  return get_wide(opened + PAYLOAD + 8, arg_bytes(opened[PAYLOAD + 6]));
}

uint8_t *mycel_put_group(uint8_t *at, uint32_t age_ms, const uint8_t *channels, const float *values,
                         size_t count) {
  at = put32(at, age_ms);
  *at++ = (uint8_t)count;
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, &values[i], sizeof bits);
    *at++ = channels[i];
    at = put32(at, bits);
  }
  return at;
}

uint8_t *mycel_put_beat(uint8_t *at, uint16_t battery_mv, uint32_t uptime_s, uint16_t waiting,
                        uint16_t dropped, uint16_t config_version) {
  at = put32(put16(at, battery_mv), uptime_s);
  return put16(put16(put16(at, waiting), dropped), config_version);
}

uint8_t *mycel_put_register(uint8_t *at, uint8_t hardware, uint8_t flags, uint16_t firmware,
                            uint16_t config_version, const uint8_t *capabilities, size_t count) {
  *at++ = hardware;
  *at++ = flags;
  at = put16(put16(at, firmware), config_version);
  *at++ = (uint8_t)count;
  memcpy(at, capabilities, count);
  return at + count;
}

uint8_t *mycel_put_result(uint8_t *at, uint32_t command_id, uint8_t outcome) {
  at = put32(at, command_id);
  *at++ = outcome;
  return at;
}

uint8_t *mycel_put_pair_request(uint8_t *at, const uint8_t eui[8], const uint8_t challenge[8]) {
  memcpy(at, eui, 8);
  memcpy(at + 8, challenge, 8);
  return at + 16;
}
