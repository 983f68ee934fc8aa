/*
 * AES-128, encryption of one block, which is all that CCM needs in both directions (FIPS 197). 11 round
 * keys of 16 bytes in RAM and a table of 256 bytes; no heap. A board whose chip has AES in hardware
 * (ESP32, nRF54) defines MYCEL_AES_EXTERNAL, leaves mycel_aes.c out and gives both functions itself.
 */
#ifndef MYCEL_AES_H
#define MYCEL_AES_H

#include <stdint.h>

#ifndef MYCEL_AES_EXTERNAL
typedef struct {
  uint8_t round_keys[176];
} mycel_key;
#else
#include "mycel_aes_external.h"
#endif

void mycel_expand_key(mycel_key *key, const uint8_t raw[16]);

/* In place. */
void mycel_encrypt_block(const mycel_key *key, uint8_t block[16]);

#endif
