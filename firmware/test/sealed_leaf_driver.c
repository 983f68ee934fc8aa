/*
 * The leaf of wire v2 in virtual time, for a test on the host: a line in, what it did out.
 *
 *   start NOW EVERY     switched on; its memory is that of before, in this process
 *   tick NOW            hear NOW HEX            fail 0|1    whether notes can be made
 *
 * Answers `send HEX`, `did NAME VALUE` and, last, `wait MS`. It measures 1, 2, 3 ... and a NaN.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame_json.h"
#include "mycel_sealed_leaf.h"

static mycel_leaf_state memory;
static bool has_memory, fails;
static float measured;
static uint8_t drawn;

static size_t measure(void *context, uint8_t *channels, float *values, size_t max) {
  (void)context;
  (void)max;
  channels[0] = MYCEL_CHANNEL_TEMPERATURE;
  values[0] = ++measured;
  channels[1] = MYCEL_CHANNEL_HUMIDITY;
  values[1] = NAN;
  return 2;
}

static uint16_t battery_mv(void *context) {
  (void)context;
  return 3300;
}

static void send_frame(void *context, const uint8_t *frame, size_t length) {
  (void)context;
  printf("send ");
  for (size_t i = 0; i < length; i++) printf("%02x", frame[i]);
  putchar('\n');
}

static void set_state(void *context, bool on) {
  (void)context;
  printf("did set_state %d\n", on);
}

static void set_clock(void *context, uint32_t unix_s) {
  (void)context;
  printf("did set_clock %lu\n", (unsigned long)unix_s);
}

static bool load(void *context, mycel_leaf_state *state) {
  (void)context;
  if (has_memory) *state = memory;
  return has_memory;
}

static bool save(void *context, const mycel_leaf_state *state) {
  (void)context;
  if (fails) return false;
  memory = *state;
  has_memory = true;
  return true;
}

static void draw(void *context, uint8_t *bytes, size_t length) {
  (void)context;
  for (size_t i = 0; i < length; i++) bytes[i] = drawn++;
}

int main(void) {
  static const uint8_t capabilities[] = {MYCEL_CHANNEL_TEMPERATURE, MYCEL_CHANNEL_HUMIDITY,
                                         MYCEL_ACTUATOR_RELAY};
  static mycel_sealed_board board = {
      .board = {.hardware = MYCEL_HARDWARE_ESP32,
                .capabilities = capabilities,
                .capability_count = sizeof capabilities,
                .measure = measure,
                .battery_mv = battery_mv,
                .send = send_frame,
                .set_state = set_state,
                .set_clock = set_clock},
      .eui = {2, 0, 0, 0, 0, 0, 0, 7},
      .firmware = 1,
      .load = load,
      .save = save,
      .random = draw,
  };
  uint8_t secret[MYCEL_SEALED_KEY_BYTES];
  for (uint8_t i = 0; i < sizeof secret; i++) secret[i] = i;
  mycel_fleet_install_code(board.install_code, secret, board.eui);

  static mycel_sealed_leaf leaf;
  static char line[2048], hex[2048];
  while (fgets(line, sizeof line, stdin) != NULL) {
    unsigned long now = 0, value = 0;
    hex[0] = '\0';
    if (sscanf(line, "start %lu %lu", &now, &value) == 2) {
      mycel_sealed_leaf_start(&leaf, &board, (uint32_t)value, (uint32_t)now);
    } else if (sscanf(line, "tick %lu", &now) == 1) {
      value = mycel_sealed_leaf_tick(&leaf, (uint32_t)now);
    } else if (sscanf(line, "hear %lu %2000[0-9a-f]", &now, hex) >= 1) {
      uint8_t bytes[1000];
      const int length = bytes_of_hex(hex, bytes, sizeof bytes);
      /* In a block of exactly its size, so that a sanitizer sees any read beyond it. */
      uint8_t *frame = malloc(length > 0 ? (size_t)length : 1);
      memcpy(frame, bytes, (size_t)length);
      mycel_sealed_leaf_receive(&leaf, frame, (size_t)length, (uint32_t)now);
      free(frame);
    } else if (sscanf(line, "fail %lu", &value) == 1) {
      fails = value != 0;
    }
    printf("wait %lu\n", value);
    fflush(stdout);
  }
  return 0;
}
