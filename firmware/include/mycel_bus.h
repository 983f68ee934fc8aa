/*
 * What sensors and the I2C hub ask of a board: two wires, a UART, a pin, a clock. A function that no
 * sensor of the board needs may be NULL.
 */
#ifndef MYCEL_BUS_H
#define MYCEL_BUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
  MYCEL_BUS_OK,
  MYCEL_BUS_ABSENT, /* nobody acknowledges the address */
  MYCEL_BUS_TIMEOUT /* a line is held, or the answer does not come */
} mycel_bus_outcome;

typedef struct {
  void *context;
  /* Writes, then, after a repeated start, reads; either may be 0 bytes. 7-bit address. */
  mycel_bus_outcome (*i2c)(void *context, uint8_t address, const uint8_t *out, size_t out_length,
                           uint8_t *in, size_t in_length);
  /* Drops what was received before, writes, and waits at most `wait_ms` for all of the answer. */
  mycel_bus_outcome (*uart)(void *context, const uint8_t *out, size_t out_length, uint8_t *in,
                            size_t in_length, uint32_t wait_ms);
  /*
   * Holds the pin low for `low_ms`, lets go, and notes for how many us it is high each time that it
   * is, until `max` or a ms of silence. Returns how many it noted.
   */
  size_t (*pulses)(void *context, uint8_t pin, uint32_t low_ms, uint8_t *high_us, size_t max);
  bool (*pin)(void *context, uint8_t pin);
  uint32_t (*now_ms)(void *context);
  void (*sleep_ms)(void *context, uint32_t ms);
} mycel_bus;

#endif
