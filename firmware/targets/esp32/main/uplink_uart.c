#include <string.h>

#include "board.h"
#include "driver/uart.h"
#include "esp_wifi.h"
#include "freertos/FreeRTOS.h"
#include "mycel_gateway.h"
#include "uplink.h"

#define UPLINK_UART UART_NUM_1
/* Two hundred frames of 40 bytes a second take a tenth of it. */
#define UPLINK_BAUD 921600
#define RECEIVE_BYTES 4096

void uplink_start(void) {
  const uart_config_t config = {.baud_rate = UPLINK_BAUD, .data_bits = UART_DATA_8_BITS};
  ESP_ERROR_CHECK(uart_driver_install(UPLINK_UART, RECEIVE_BYTES, RECEIVE_BYTES, 0, NULL, 0));
  ESP_ERROR_CHECK(uart_param_config(UPLINK_UART, &config));
  ESP_ERROR_CHECK(uart_set_pin(UPLINK_UART, MYCEL_PIN_LINK_TX, MYCEL_PIN_LINK_RX,
                               UART_PIN_NO_CHANGE, UART_PIN_NO_CHANGE));
  ESP_ERROR_CHECK(esp_wifi_start());
  ESP_ERROR_CHECK(esp_wifi_set_channel(MYCEL_WIFI_CHANNEL, WIFI_SECOND_CHAN_NONE));
}

void uplink_send(const uint8_t *envelope, size_t length) {
  static uint8_t stream[MYCEL_PACKET_STREAM_BYTES(MYCEL_ENVELOPE_BYTES)];
  uart_write_bytes(UPLINK_UART, stream, mycel_packet_to_stream(envelope, length, stream));
}

size_t uplink_receive(uint8_t *envelope, size_t max) {
  static uint8_t packet[MYCEL_ENVELOPE_BYTES + MYCEL_STREAM_CRC_BYTES];
  static mycel_packet_splitter splitter = {.packet = packet, .size = sizeof packet};
  for (uint8_t byte; uart_read_bytes(UPLINK_UART, &byte, 1, 0) == 1;) {
    if (mycel_packet_splitter_feed(&splitter, byte) != MYCEL_STREAM_FRAME) continue;
    if (splitter.length > max) continue;
    memcpy(envelope, packet, splitter.length);
    return splitter.length;
  }
  return 0;
}
