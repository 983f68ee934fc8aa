/* frames of wire v2: AES-128-CCM, sealed, opened, checked, read; one key */
#include "mycel_sealed.h"

static mycel_key key;
static uint8_t frame[MYCEL_SEALED_BYTES_MAX];
volatile uint8_t sink;

int main(void) {
  static const uint8_t channels[] = {MYCEL_CHANNEL_TEMPERATURE};
  const float values[] = {(float)sink};
  const mycel_header header = {.type = MYCEL_SEALED_TYPE_REPORT, .leaf_id = sink};
  uint8_t *payload = frame + MYCEL_SEALED_AT_PAYLOAD;
  uint8_t secret[16] = {sink};
  mycel_expand_key(&key, secret);
  const size_t bytes = (size_t)(mycel_put_group(payload, 0, channels, values, 1) - payload);
  size_t length = mycel_seal(&key, &header, payload, bytes, frame);
  if (mycel_check_sealed(frame, length) != MYCEL_SOUND) return 1;
  length = mycel_open(&key, frame, length, frame);
  if (length > 0 && mycel_check_opened(frame, length) == MYCEL_SOUND) {
    sink = (uint8_t)mycel_sealed_command_arg(frame);
  }
  return 0;
}
