/* The line that `mycel frame decode` prints for the same bytes, so that the two can be compared. */
#ifndef MYCEL_FRAME_JSON_H
#define MYCEL_FRAME_JSON_H

#include <stddef.h>
#include <stdint.h>

/* 238 capabilities as `"unknown_0xff",` are the most text that a frame can hold. */
#define FRAME_JSON_MAX 8192

/* Writes a text that ends in a zero, without a newline. */
void frame_json(const uint8_t *frame, size_t length, char line[FRAME_JSON_MAX]);

/* The same for wire v2, opened with this key. */
void sealed_json(const uint8_t key[16], const uint8_t *frame, size_t length,
                 char line[FRAME_JSON_MAX]);

/* Bytes of pairs of hex digits; returns how many, at most `max`, or -1 for anything else. */
int bytes_of_hex(const char *hex, uint8_t *bytes, int max);

#endif
