/* COBS framing of a UART, both ways */
#include "mycel_stream.h"

volatile uint8_t sink;

int main(void) {
  static mycel_splitter splitter;
  static uint8_t stream[MYCEL_STREAM_BYTES_MAX];
  for (;;) {
    if (mycel_splitter_feed(&splitter, sink) != MYCEL_STREAM_FRAME) continue;
    const size_t length = mycel_to_stream(splitter.frame, splitter.length, stream);
    for (size_t i = 0; i < length; i++) sink = stream[i];
  }
}
