/* frames of wire v1: written, checked, read */
#include "mycel_frame.h"

static uint8_t frame[MYCEL_FRAME_BYTES_MAX];
volatile uint8_t sink;

int main(void) {
  static const uint8_t channels[] = {MYCEL_CHANNEL_TEMPERATURE};
  const float values[] = {(float)sink};
  const size_t length = mycel_write_report(frame, 1, channels, values, 1);
  if (mycel_check_frame(frame, length) == MYCEL_SOUND) {
    sink = (uint8_t)mycel_command_arg(frame);
    sink = mycel_report_channel(frame, 0);
  }
  return 0;
}
