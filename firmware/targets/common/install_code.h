/* The build's install code, 32 hex digits without quotes: -D MYCEL_INSTALL_CODE=0011...eeff. */
#ifndef INSTALL_CODE_H
#define INSTALL_CODE_H

#include <stdint.h>

#include "sealed_types.h"

#define INSTALL_CODE_TEXT(code) INSTALL_CODE_AS_IS(code)
#define INSTALL_CODE_AS_IS(code) #code

_Static_assert(sizeof INSTALL_CODE_TEXT(MYCEL_INSTALL_CODE) == 2 * MYCEL_SEALED_KEY_BYTES + 1,
               "MYCEL_INSTALL_CODE has 32 hex digits");

static inline void install_code(uint8_t code[MYCEL_SEALED_KEY_BYTES]) {
  static const char text[] = INSTALL_CODE_TEXT(MYCEL_INSTALL_CODE);
  for (int i = 0; i < 2 * MYCEL_SEALED_KEY_BYTES; i++) {
    const int digit = text[i] <= '9' ? text[i] - '0' : (text[i] | 0x20) - 'a' + 10;
    code[i / 2] = (uint8_t)(code[i / 2] << 4 | (digit & 15));
  }
}

#endif
