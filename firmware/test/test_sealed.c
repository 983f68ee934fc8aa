/* Runs every vector of wire v2 through the C codec, and RFC 3610's and NIST's through its CCM. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"
#include "frame_json.h"
#include "mycel_sealed.h"
#include "sealed_vectors.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static void hex_of(const uint8_t *bytes, size_t length, char *hex) {
  *hex = '\0';
  for (size_t i = 0; i < length; i++) sprintf(hex + 2 * i, "%02x", bytes[i]);
}

/* Reads what a leaf sends field by field and writes it again; of all else, the payload as it is. */
static uint8_t *write_again(const uint8_t *opened, size_t length, uint8_t *at) {
  const uint8_t *payload = opened + MYCEL_SEALED_AT_PAYLOAD;
  const uint8_t *end = opened + length;
  switch (mycel_sealed_kind(opened)) {
    case MYCEL_SEALED_TYPE_REPORT:
      for (const uint8_t *group = payload; group < end; group = mycel_group_end(group)) {
        uint8_t channels[MYCEL_SEALED_READINGS_MAX];
        float values[MYCEL_SEALED_READINGS_MAX];
        const size_t count = mycel_group_count(group);
        for (size_t i = 0; i < count; i++) {
          channels[i] = mycel_group_channel(group, i);
          values[i] = mycel_group_value(group, i);
        }
        at = mycel_put_group(at, mycel_group_age_ms(group), channels, values, count);
      }
      return at;
    case MYCEL_SEALED_TYPE_HEARTBEAT:
      return mycel_put_beat(at, mycel_opened_u16(opened, 0), mycel_opened_u32(opened, 2),
                            mycel_opened_u16(opened, 6), mycel_opened_u16(opened, 8),
                            mycel_opened_u16(opened, 10));
    case MYCEL_SEALED_TYPE_REGISTER:
      return mycel_put_register(at, payload[0], payload[1], mycel_opened_u16(opened, 2),
                                mycel_opened_u16(opened, 4), payload + 7, payload[6]);
    case MYCEL_SEALED_TYPE_RESULT:
      for (size_t i = 0; payload + i < end; i += MYCEL_SEALED_RESULT_BYTES) {
        at = mycel_put_result(at, mycel_opened_u32(opened, i), payload[i + 4]);
      }
      return at;
    case MYCEL_SEALED_TYPE_PAIR_REQUEST:
      return mycel_put_pair_request(at, payload, payload + 8);
    default:
      memcpy(at, payload, (size_t)(end - payload));
      return at + (end - payload);
  }
}

static void holds_vector(size_t index) {
  static char line[FRAME_JSON_MAX], hex[2 * MYCEL_SEALED_BYTES_MAX + 1];
  const char *name = sealed_vectors[index].name;
  uint8_t raw_key[16], bytes[1024], payload[MYCEL_SEALED_BYTES_MAX], again[MYCEL_SEALED_BYTES_MAX];
  expect_number(name, bytes_of_hex(sealed_vectors[index].key, raw_key, 16), 16);
  const int length = bytes_of_hex(sealed_vectors[index].hex, bytes, sizeof bytes);
  /* In a block of exactly its size, so that a sanitizer sees any read beyond it. */
  uint8_t *frame = malloc(length > 0 ? (size_t)length : 1);
  memcpy(frame, bytes, (size_t)length);
  sealed_json(raw_key, frame, (size_t)length, line);
  expect_text(name, line, sealed_vectors[index].line);
  if (sealed_vectors[index].again == NULL) {
    free(frame);
    return;
  }

  mycel_key key;
  mycel_header header;
  mycel_expand_key(&key, raw_key);
  const size_t opened_length = mycel_open(&key, frame, (size_t)length, frame);
  mycel_read_header(frame, &header);
  const uint8_t *end = write_again(frame, opened_length, payload);
  const size_t sealed = mycel_seal(&key, &header, payload, (size_t)(end - payload), again);
  hex_of(again, sealed, hex);
  const int canonical = mycel_sealed_kind(frame) < MYCEL_SEALED_HUB_BIT;
  expect_text(name, hex, canonical ? sealed_vectors[index].again : sealed_vectors[index].hex);
  free(frame);
}

static void holds_ccm(size_t index) {
  const char *name = ccm_vectors[index].name;
  uint8_t raw_key[16], nonce[13], clear[64], text[64], plain[64], tag[16];
  char hex[160];
  mycel_key key;
  expect_number(name, bytes_of_hex(ccm_vectors[index].key, raw_key, 16), 16);
  expect_number(name, bytes_of_hex(ccm_vectors[index].nonce, nonce, 13), 13);
  mycel_expand_key(&key, raw_key);
  const size_t clear_length = (size_t)bytes_of_hex(ccm_vectors[index].clear, clear, 64);
  const size_t length = (size_t)bytes_of_hex(ccm_vectors[index].text, text, 64);
  const uint8_t tag_length = (uint8_t)(strlen(ccm_vectors[index].sealed) / 2 - length);
  memcpy(plain, text, length);
  mycel_ccm(&key, nonce, clear, clear_length, text, length, tag, tag_length, false);
  hex_of(text, length, hex);
  hex_of(tag, tag_length, hex + 2 * length);
  expect_text(name, hex, ccm_vectors[index].sealed);
  expect(mycel_ccm(&key, nonce, clear, clear_length, text, length, tag, tag_length, true), name,
         "refused", "opened");
  expect(memcmp(text, plain, length) == 0, name, "another text", "the text");
  tag[tag_length - 1] ^= 1;
  expect(!mycel_ccm(&key, nonce, clear, clear_length, text, length, tag, tag_length, true), name,
         "opened", "refused");
}

/* FIPS 197, appendix C.1. */
static void aes_is_aes(void) {
  uint8_t key[16], block[16];
  char hex[33];
  mycel_key expanded;
  for (uint8_t i = 0; i < 16; i++) {
    key[i] = i;
    block[i] = (uint8_t)(i << 4 | i);
  }
  mycel_expand_key(&expanded, key);
  mycel_encrypt_block(&expanded, block);
  hex_of(block, 16, hex);
  expect_text("AES-128 of FIPS 197", hex, "69c4e0d86a7b0430d8cdb78070b4c55a");
}

static void refuses_what_does_not_fit(void) {
  uint8_t frame[MYCEL_SEALED_BYTES_MAX], payload[MYCEL_SEALED_PAYLOAD_BYTES_MAX + 1] = {0};
  const uint8_t raw_key[16] = {0};
  mycel_header header = {MYCEL_SEALED_TYPE_REPORT, 1, 2, 3, 4};
  mycel_key key;
  mycel_expand_key(&key, raw_key);
  expect_number("229 bytes of payload", (long)mycel_seal(&key, &header, payload, 229, frame), 250);
  expect_number("230 bytes of payload", (long)mycel_seal(&key, &header, payload, 230, frame), 0);
  header.type = MYCEL_SEALED_TYPE_PAIR_REQUEST;
  expect_number("no room for an EUI", (long)mycel_seal(&key, &header, payload, 7, frame), 0);
}

int main(void) {
  aes_is_aes();
  refuses_what_does_not_fit();
  for (size_t i = 0; i < COUNT_OF(ccm_vectors); i++) holds_ccm(i);
  for (size_t i = 0; i < COUNT_OF(sealed_vectors); i++) holds_vector(i);
  return expect_end();
}
