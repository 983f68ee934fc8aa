/*
 * A frame in hex a line on standard input, the line of `mycel frame decode` on standard output. Each
 * frame is decoded in a block of exactly its size, so that a sanitizer sees any read beyond it. A line
 * of a key, a space and a frame is one of wire v2.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame_json.h"

int main(void) {
  static char hex[2048];
  static char line[FRAME_JSON_MAX];
  while (fgets(hex, sizeof hex, stdin) != NULL) {
    hex[strcspn(hex, "\r\n")] = '\0';
    static uint8_t bytes[1024], key[16];
    char *frame_hex = strchr(hex, ' ');
    const int sealed = frame_hex != NULL;
    if (sealed) *frame_hex++ = '\0';
    const int length = bytes_of_hex(sealed ? frame_hex : hex, bytes, sizeof bytes);
    if (length < 0 || (sealed && bytes_of_hex(hex, key, sizeof key) != sizeof key)) {
      puts("{\"ok\":false,\"fault\":\"badHex\"}");
      continue;
    }
    uint8_t *frame = malloc(length > 0 ? (size_t)length : 1);
    if (frame == NULL) return 1;
    memcpy(frame, bytes, (size_t)length);
    if (sealed) sealed_json(key, frame, (size_t)length, line);
    else frame_json(frame, (size_t)length, line);
    free(frame);
    puts(line);
  }
  return 0;
}
