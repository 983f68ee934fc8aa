#include <string.h>

#include "board.h"
#include "driver/uart.h"
#include "esp_rtc_time.h"
#include "freertos/FreeRTOS.h"
#include "mycel_stream.h"
#include "radio.h"

#ifdef MYCEL_INSTALL_CODE
#error "Pairing draws from the chip's generator, which is true only while the radio is on."
#endif

#define LINK_UART UART_NUM_1
#define LINK_BAUD 115200
/* Four of the longest frames, 90 ms. */
#define RECEIVE_BYTES 1024

/* A UART hears nothing while the chip sleeps deeply. */
const bool radio_lets_sleep = false;

static mycel_splitter splitter;

void radio_start(void) {
  const uart_config_t config = {.baud_rate = LINK_BAUD, .data_bits = UART_DATA_8_BITS};
  ESP_ERROR_CHECK(uart_driver_install(LINK_UART, RECEIVE_BYTES, 0, 0, NULL, 0));
  ESP_ERROR_CHECK(uart_param_config(LINK_UART, &config));
  ESP_ERROR_CHECK(uart_set_pin(LINK_UART, MYCEL_PIN_LINK_TX, MYCEL_PIN_LINK_RX,
                               UART_PIN_NO_CHANGE, UART_PIN_NO_CHANGE));
}

void radio_send(void *context, const uint8_t *frame, size_t length) {
  (void)context;
  uint8_t stream[MYCEL_STREAM_BYTES_MAX];
  uart_write_bytes(LINK_UART, stream, mycel_to_stream(frame, length, stream));
}

size_t radio_receive(uint8_t *frame, size_t max, uint32_t wait_ms) {
  const uint64_t until_us = esp_rtc_get_time_us() + (uint64_t)wait_ms * 1000;
  for (;;) {
    const uint64_t now_us = esp_rtc_get_time_us();
    const uint32_t left_ms = now_us < until_us ? (uint32_t)((until_us - now_us) / 1000) : 0;
    uint8_t byte;
    if (uart_read_bytes(LINK_UART, &byte, 1, pdMS_TO_TICKS(left_ms)) != 1) return 0;
    if (mycel_splitter_feed(&splitter, byte) != MYCEL_STREAM_FRAME) continue;
    if (splitter.length > max) continue;
    memcpy(frame, splitter.frame, splitter.length);
    return splitter.length;
  }
}
